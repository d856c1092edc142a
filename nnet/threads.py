"""Count the available cores, limit the threads of BLAS, and keep freed memory.

BLAS is the library that multiplies matrices for NumPy. While this project trains, BLAS
runs on ONE thread. A run on several cores has as many processes (`nnet.fast.team`), and
divides drawing over as many threads (`nnet.fast.parallel_forward`). So a single number
decides how many cores a run uses, and idle BLAS threads do not take cores from busy
ones. Importing a module of nnet never changes this; `one_blas_thread` does.
"""

import ctypes
import os
import sys

from threadpoolctl import threadpool_limits

# Minimum number of images per core in a batch. Doubling the cores, so that each has 8
# images instead of 16, still shortens an iteration by a sixth to a quarter.
LEAST_SHARE = 8
BLAS_SETTINGS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# Parameters of glibc's `mallopt` and their values in bytes: M_MMAP_THRESHOLD,
# M_TRIM_THRESHOLD and M_TOP_PAD of malloc.h. glibc before version 2.35 refuses a larger
# M_MMAP_THRESHOLD.
MEMORY_SETTINGS = {-3: 32 << 20, -1: 1 << 30, -2: 64 << 20}
CGROUPS = "/sys/fs/cgroup"  # the folder of the limits for containers
# This file has a line "0::/path" with the cgroup of the process. Its other lines are
# about cgroups of version 1, which are not used here.
OWN_CGROUP = "/proc/self/cgroup"


def one_blas_thread() -> None:
    """Limit BLAS to one thread, in this process and in the processes it starts later.

    `nnet.fast.kernels.thread_pool.set_threads` calls this when training starts. The
    programs of gan also limit BLAS before they load it (gan/cli/one_blas_thread.py).
    """
    os.environ.update(dict.fromkeys(BLAS_SETTINGS, "1"))
    threadpool_limits(limits=1, user_api="blas")


def keep_freed_memory() -> None:
    """Make glibc keep the memory of freed arrays instead of returning it to the system.

    By default, glibc returns the memory of large arrays, and the system then maps the
    memory of new ones page by page. That takes a tenth of an iteration's time or more.
    Arrays above 32 MB, such as data sets, are still returned. With another C library,
    do nothing.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # of macOS, musl and Windows
        return
    for parameter, value in MEMORY_SETTINGS.items():
        # Stop if glibc refuses the first value: glibc then adapts that threshold by
        # itself, but would not do so once another of these parameters is set.
        if mallopt(parameter, value) != 1:
            return


def cgroup_files() -> list[str]:
    """Return the paths of the `cpu.max` files that may limit this process.

    They need not exist. A cgroup is a group of processes with common limits, and a
    folder in CGROUPS. The limits of the process's own cgroup and of all cgroups above
    it apply. Most containers see their own cgroup as the top folder. For a service, a
    batch job, or Docker with the host's cgroup namespace, it is in a subfolder.
    """
    folder = CGROUPS
    files = [f"{folder}/cpu.max"]
    try:
        with open(OWN_CGROUP, encoding="ascii", errors="replace") as file:
            own = [line for line in file if line.startswith("0::")]
    except OSError:
        return files
    for line in own:
        for name in line.strip().removeprefix("0::").split("/"):
            if name not in ("", ".."):
                folder = f"{folder}/{name}"
                files.append(f"{folder}/cpu.max")
    return files


def cgroup_limit(path: str) -> float | None:
    """Return the number of cores that a cgroup's file allows, or None for no limit.

    The file has a quota and a period: "150000 100000" is 1.5 cores, and "max 100000" no
    limit. A missing or unreadable file sets no limit.
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
    """Return how many cores this process may use, at least 1.

    Its affinity mask and its cgroups can limit them.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS has no affinity masks
        cores = os.cpu_count() or 1
    for path in cgroup_files():
        limit = cgroup_limit(path)
        if limit is not None:
            cores = min(cores, int(limit))
    return max(1, cores)


def useful_cores(batch: int) -> int:
    """Return the maximum number of cores that speed up a run with this batch size.

    That is one for each LEAST_SHARE images of the batch. On systems other than Linux it
    is 1, because a run forks its helper processes, which is only tested on Linux.
    """
    return max(1, batch // LEAST_SHARE) if sys.platform == "linux" else 1


def divide(
    cores: int,
    runs: int,
    workers: int | None = None,
    each: int | None = None,
    most: int = 1024,
) -> list[int]:
    """Divide cores among workers. Return the number of cores of each worker.

    A worker trains one run at a time. One core per run is most efficient, so by default
    there are as many workers as cores or runs, whichever is fewer. If there are more
    cores than runs, they are divided as equally as possible. If there are more runs
    than workers, all workers have the same number of cores, so that it does not matter
    which worker trains which run. For 10 runs, 2 cores give 2 workers with 1 core each,
    and 16 cores give 6 workers with 2 cores and 4 with 1.

    `workers` and `each` set the number of workers, at most one per run, and of cores
    per worker. No worker gets more than `most` cores.
    """
    each = each and min(each, most)
    if workers is None:
        workers = cores // (each or 1)
    workers = max(1, min(runs, workers))
    if each:
        return [each] * workers
    share, left = divmod(cores, workers)
    shares = [share + (worker < left and workers == runs) for worker in range(workers)]
    return [max(1, min(most, share)) for share in shares]
