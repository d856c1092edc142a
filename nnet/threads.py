"""Determine the number of available cores, limit the linear-algebra library (BLAS), and
keep freed memory.

While this project trains, BLAS runs on ONE thread. A run on several cores has as many
processes (`nnet.fast.team`), and divides drawing over as many threads
(`nnet.fast.parallel_forward`). So a single number decides how many cores a run uses, and idle
BLAS threads do not take cores from busy ones. Importing a module never changes this;
`one_blas_thread` does.
"""

import ctypes
import os
import sys

from threadpoolctl import threadpool_limits

# images of a batch for one core; from 16 to 8, an iteration still gets a sixth to a
# quarter shorter
LEAST_SHARE = 8
BLAS_SETTINGS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# Parameters of glibc's `mallopt` and their values: M_MMAP_THRESHOLD, M_TRIM_THRESHOLD
# and M_TOP_PAD of malloc.h. Before version 2.35, glibc refuses a larger first value.
MEMORY_SETTINGS = {-3: 32 << 20, -1: 1 << 30, -2: 64 << 20}
CGROUPS = "/sys/fs/cgroup"  # folder of the limits for containers
OWN_CGROUP = "/proc/self/cgroup"  # a line "0::/path"; others are of version 1


def one_blas_thread() -> None:
    """Limit BLAS to one thread in this process, and set the environment for the child
    processes that it starts.

    Every command of the project calls this before its work, `gan.plain.train` and
    `set_threads` (nnet/fast) when training starts, and gan/cli/process_with_pipe.py
    before it starts a process.
    """
    os.environ.update(dict.fromkeys(BLAS_SETTINGS, "1"))
    threadpool_limits(limits=1, user_api="blas")


def keep_freed_memory() -> None:
    """Keep freed memory for the next arrays in this process, if the C library supports
    this (glibc).

    By default, it returns large freed arrays to the system, and maps the memory of the
    next ones page by page. That takes a tenth of an iteration's time or more. Arrays
    above 32 MB, such as data sets, are returned all the same.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # macOS and musl have no mallopt
        return
    for parameter, value in MEMORY_SETTINGS.items():
        if mallopt(parameter, value) != 1:
            # the others would stop glibc from adapting the threshold that it refused to
            # set
            return


def cgroup_files() -> list[str]:
    """Return the files that may limit this process, in the folder of its cgroup and in
    all folders above it.

    Most containers see their own cgroup as the top folder. For a service, a batch job,
    or Docker with the host's cgroup namespace, it is in a subfolder.
    """
    try:
        with open(OWN_CGROUP, encoding="ascii", errors="replace") as file:
            paths = [
                line.strip().removeprefix("0::")
                for line in file
                if line.startswith("0::")
            ]
    except OSError:
        paths = []
    parts = [
        part for path in paths for part in path.split("/") if part not in ("", "..")
    ]
    return [
        "/".join([CGROUPS, *parts[:depth], "cpu.max"])
        for depth in range(len(parts) + 1)
    ]


def cgroup_limit(path: str) -> float | None:
    """Return the number of cores that one file allows, or None if it is missing,
    unreadable or sets no limit.

    The file has a quota and a period: "150000 100000" is 1.5 cores, and "max 100000" no
    limit.
    """
    try:
        with open(path, encoding="ascii") as file:
            text = file.read()
        quota, period, *_ = *text.split(), "100000"
        cores = float(quota) / float(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
    return cores if 0 <= cores < float("inf") else None  # NaN is no limit either


def available_cores() -> int:
    """Return the number of cores this process may use, at least 1, from its affinity
    mask and its cgroup limits.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS has no affinity masks
        cores = os.cpu_count() or 1
    limits = [
        int(limit)
        for path in cgroup_files()
        if (limit := cgroup_limit(path)) is not None
    ]
    return max(1, min([cores, *limits]))


def useful_cores(batch: int) -> int:
    """Return how many cores a run can use: one for each LEAST_SHARE images of its
    batch, but only one without Linux.

    The helpers of a run are forked, which is only tested on Linux.
    """
    return max(1, batch // LEAST_SHARE) if sys.platform == "linux" else 1


def divide(
    cores: int,
    runs: int,
    workers: int | None = None,
    each: int | None = None,
    most: int = 1024,
) -> list[int]:
    """Return the number of cores of each worker, one worker for each run that trains at
    once.

    One core per run is most efficient, so there are as many workers as cores or runs,
    whichever is fewer. If there are more cores than runs, the runs get several, and the
    first ones get one more if cores are left. If runs have to wait, all workers have
    equally many cores, so that it does not matter which worker takes which run. For 10
    runs, 2 cores give 2 workers with 1 core each, and 16 cores give 6 workers with 2
    cores and 4 with 1. A number of workers, or of cores for each, that the command line
    requests is kept, but no worker gets more than `most` cores.
    """
    each = each and min(each, most)
    workers = max(1, min(runs, cores // (each or 1) if workers is None else workers))
    share, left = divmod(cores, workers) if workers == runs else (cores // workers, 0)
    return [
        each or max(1, min(most, share + (worker < left))) for worker in range(workers)
    ]
