"""Train runs on other machines: Dask's distributed places them, and their folders are copied here while they train.

Only this package loads Dask; `train.py` and `gan.study` import it if --cluster is given.

A worker of the cluster trains each run in its own process and folder (`host`). Here a queue submits the runs, handles
their events and copies new files from those folders into --out (`queue`, `run_sync`). The copy is authoritative: if a
worker is lost, its run resumes from the copy on another one. `connect` checks the cluster first.
"""

from gan.errors import InputError

try:
    import distributed as _  # noqa: F401
except ImportError as error:
    message = "--cluster: expected Dask's distributed, found none; install it with: pip install -e '.[cluster]'"
    raise InputError(message, "cluster") from error
