"""The number of available cores, and the environment settings for threads.

The linear-algebra library (BLAS) that NumPy calls runs on ONE thread, and this project divides the images of a batch
over its own threads (`nnet.fast.kernels.parallel`). One number then decides how many cores a process uses, and idle
BLAS threads do not take cores from busy threads.

NumPy reads these settings when it is first imported, so a program must import this module first. For that reason the
module imports only `os`.
"""

import os

BLAS_SETTINGS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# The C library returns a large freed array to the system and maps the next one page by page, which takes a tenth of an
# iteration. With these settings a child process, such as a training worker, keeps its memory (Linux, glibc). With one
# arena a thread can reuse what another thread has freed.
MEMORY_SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 31),
    "MALLOC_ARENA_MAX": "1",
}
CGROUPS = "/sys/fs/cgroup"  # the limits of containers
OWN_CGROUP = "/proc/self/cgroup"  # lines "0::/path" (version 2) and "3:cpu,cpuacct:/path" (version 1)

for _name in BLAS_SETTINGS:
    os.environ[_name] = "1"
os.environ.update(MEMORY_SETTINGS)


def parse_cgroup_limit(text: str) -> float | None:
    """Return the cores that a cgroup's `cpu.max` allows ("150000 100000" is 1.5), or None without a limit."""
    quota, _, period = text.strip().partition(" ")
    if quota == "max":
        return None
    microseconds = float(period or 100_000)
    cores = float(quota) / microseconds if microseconds else -1.0
    if not 0 <= cores < float("inf"):  # false for NaN, too
        raise ValueError(f"could not convert to a number of cores: {text!r}")
    return cores


def cgroup_files() -> list[str]:
    """Return the files that may limit this process: in the folders of its cgroups and in all folders above them.

    A container sees its own folder at the top. A service, a batch job, and Docker with the host's names do not.
    """
    try:
        with open(OWN_CGROUP, encoding="ascii", errors="replace") as file:
            lines = [line.strip().split(":", 2) for line in file]
    except OSError:
        lines = []
    files = [f"{CGROUPS}/cpu.max", f"{CGROUPS}/cpu/cpu.cfs_quota_us"]
    for _, controllers, path in (line for line in lines if len(line) == 3):
        if controllers == "" or "cpu" in controllers.split(","):
            top, name = (CGROUPS, "cpu.max") if controllers == "" else (f"{CGROUPS}/cpu", "cpu.cfs_quota_us")
            parts = [part for part in path.split("/") if part not in ("", "..")]
            files += ["/".join([top, *parts[:depth], name]) for depth in range(1, len(parts) + 1)]
    return files


def cgroup_limit(path: str) -> float | None:
    """Return the cores that one file allows, or None if it is missing or sets no limit."""
    try:
        with open(path, encoding="ascii") as file:
            text = file.read()
        if path.endswith("cpu.cfs_quota_us"):  # version 1: -1 is no limit; the period is in another file
            with open(path.replace("quota", "period"), encoding="ascii") as file:
                text = "max" if int(text) < 0 else f"{text.strip()} {file.read()}"
        return parse_cgroup_limit(text)
    except (OSError, ValueError):
        return None


def available_cores() -> int:
    """Return the cores this process may use, at least 1: its affinity mask, within the limits of its container."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity masks
        cores = os.cpu_count() or 1
    limits = [limit for path in cgroup_files() if (limit := cgroup_limit(path)) is not None]
    return max(1, min([cores, *(int(limit) for limit in limits)]))


def divide(cores: int, runs: int, workers: int | None = None, threads: int | None = None) -> tuple[int, int]:
    """Return how many runs train at once and how many threads each has.

    One thread for each run is most efficient, so there are as many workers as cores or runs, whichever is fewer. Cores
    left over become threads: 2 cores and 10 runs give 2 x 1, 72 cores and 10 runs give 10 x 7.

    Parameters
    ----------
    cores, runs : int
        Cores of the machine and runs to train. Both at least 1.
    workers, threads : int, optional
        As requested on the command line.

    Returns
    -------
    (workers, threads) : tuple of int
    """
    if workers is None:
        workers = min(runs, max(1, cores // (threads or 1)))
    workers = max(1, min(workers, runs))
    return workers, threads or max(1, cores // workers)
