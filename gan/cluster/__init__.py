"""Runs on other machines: Dask's distributed places them, and their folders are copied here while they train.

Importing this room is the only thing that loads Dask; `train.py` and `gan.study` do it where --cluster is given.

A worker of the cluster trains a run in a process of its own, in a folder of its own (`host`). Here a queue hands runs
out, hears their events and copies what is new in those folders into --out (`queue`, `copied`): that is the one
truth, from which a run goes on elsewhere when its worker is lost. Who takes part is found out before (`connect`).
"""

from gan.errors import InputError

try:
    import distributed as _  # noqa: F401
except ImportError as error:
    advice = """found none; install it with: pip install -e '.[cluster]'"""
    raise InputError(f"--cluster: expected Dask's distributed, {advice}", "cluster") from error
