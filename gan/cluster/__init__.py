"""Train runs on the machines of a Dask cluster.

Only this package loads Dask (`distributed`). `train.py` imports it if --cluster is
given.

A worker on the cluster trains each run in its own process and folder (`host`). On this
machine, a queue submits the runs, handles their events, and copies new files from the
workers' folders to --out during training (`cluster_queue`, `run_sync`). The copy is
authoritative: if a worker is lost, another worker resumes its run from the copy. `join`
connects to the cluster and checks it first.
"""

from gan.base.errors import InputError

try:
    import distributed as _  # noqa: F401
except ImportError as error:
    expected = "expected Dask's distributed, found none"
    remedy = "install it with: pip install distributed"
    raise InputError(f"--cluster: {expected}; {remedy}", "cluster") from error
