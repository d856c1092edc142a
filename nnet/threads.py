"""How many cores there are, and one rule for the threads that use them.

The rule: the linear-algebra library (BLAS) that NumPy calls runs on ONE thread, and this project spreads the
images of a batch over its own threads (`nnet.fast.kernels.parallel`). One number then says how many cores a process
uses, and BLAS threads that wait for work do not take the cores from threads that have some.

NumPy reads these settings once, when it is first imported: a program imports this module before anything else.
Only `os` is imported here for that reason.
"""

import os

BLAS_SETTINGS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# The C library gives large arrays back to the system when they are freed, and every new one then comes page by page: a
# tenth of an iteration. A process that is started from here, as a training worker is, keeps its memory (Linux, glibc).
# One arena: what one thread gives back, another can have.
MEMORY_SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 31),
    "MALLOC_ARENA_MAX": "1",
}
CGROUPS = "/sys/fs/cgroup"  # what a container may use stands below here
OWN_CGROUP = "/proc/self/cgroup"  # lines "0::/path" (version 2) and "3:cpu,cpuacct:/path" (version 1)

for _name in BLAS_SETTINGS:
    os.environ[_name] = "1"
os.environ.update(MEMORY_SETTINGS)


def parse_cgroup_limit(text: str) -> float | None:
    """Cores that a cgroup's `cpu.max` allows ("150000 100000" is 1.5); None where it sets no limit."""
    quota, _, period = text.strip().partition(" ")
    if quota == "max":
        return None
    of = float(period or 100_000)
    cores = float(quota) / of if of else -1.0
    if not 0 <= cores < float("inf"):  # not a number is neither
        raise ValueError(f"could not convert to a number of cores: {text!r}")
    return cores


def cgroup_files() -> list[str]:
    """Where a limit of this process may stand: in the folders of its cgroups and in all above them.

    A container sees its own folder at the top; a service or a batch job, and Docker with the host's names, does not.
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
    """Cores that one file allows; None where it is missing or sets no limit."""
    try:
        with open(path, encoding="ascii") as file:
            text = file.read()
        if path.endswith("cpu.cfs_quota_us"):  # version 1: -1 is no limit, and the period has a file of its own
            with open(path.replace("quota", "period"), encoding="ascii") as file:
                text = "max" if int(text) < 0 else f"{text.strip()} {file.read()}"
        return parse_cgroup_limit(text)
    except (OSError, ValueError):
        return None


def available_cores() -> int:
    """Cores this process may use: its affinity mask, within the limits of its container. At least 1."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity masks
        cores = os.cpu_count() or 1
    limits = [limit for path in cgroup_files() if (limit := cgroup_limit(path)) is not None]
    return max(1, min([cores, *(int(limit) for limit in limits)]))


def divide(cores: int, runs: int, workers: int | None = None, threads: int | None = None) -> tuple[int, int]:
    """How many runs train at once, and the threads of each.

    One thread a run wastes least, so there are as many workers as cores or runs, whichever is fewer, and the
    cores left over become threads: 2 cores and 10 runs give 2 x 1, 72 cores and 10 runs give 10 x 7.

    Parameters
    ----------
    cores, runs : int
        Cores of the machine; runs that are to be trained. Both at least 1.
    workers, threads : int, optional
        What the person asked for, where they did.

    Returns
    -------
    (workers, threads) : tuple of int
    """
    if workers is None:
        workers = min(runs, max(1, cores // (threads or 1)))
    workers = max(1, min(workers, runs))
    return workers, threads or max(1, cores // workers)
