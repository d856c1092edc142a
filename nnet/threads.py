"""Count the available cores, limit the threads of BLAS, and keep freed memory.

BLAS is the library that multiplies matrices for NumPy. While this project trains, BLAS
runs on ONE thread. A run on several cores has as many processes (`nnet.fast.team`), and
divides drawing over as many threads (`nnet.fast.parallel_forward`). So a single number
decides how many cores a run uses, and idle BLAS threads do not take cores from busy
ones. Importing a module never changes this; `one_blas_thread` does.
"""

import ctypes
import os
import sys

from threadpoolctl import threadpool_limits

# Images of a batch for one core. Twice as many cores, with 8 images each instead of 16,
# still shorten an iteration by a sixth to a quarter.
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
CGROUPS = "/sys/fs/cgroup"  # the folder of the limits for containers
# Has a line "0::/path" with the cgroup of this process; other lines are of version 1.
OWN_CGROUP = "/proc/self/cgroup"


def one_blas_thread() -> None:
    """Limit BLAS to one thread, in this process and in those that it will start.

    Every command of the project calls this before its work, `gan.plain.train` and
    `set_threads` (nnet/fast) when training starts, and gan/cli/process_with_pipe.py
    before it starts a process.
    """
    os.environ.update(dict.fromkeys(BLAS_SETTINGS, "1"))
    threadpool_limits(limits=1, user_api="blas")


def keep_freed_memory() -> None:
    """Keep the memory of freed arrays for the next ones, if the C library is glibc.

    By default, glibc returns large freed arrays to the system, and maps the memory of
    the next ones page by page. That takes a tenth of an iteration's time or more. It
    still returns arrays above 32 MB, such as data sets.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # macOS and musl have no mallopt
        return
    for parameter, value in MEMORY_SETTINGS.items():
        # If glibc refuses the first value, it adapts that threshold by itself, unless
        # one of the others is set.
        if mallopt(parameter, value) != 1:
            return


def cgroup_files() -> list[str]:
    """Return the files, existing or not, whose limits apply to this process.

    A cgroup is a group of processes, and a folder in CGROUPS. The files are in the
    folder of the process's cgroup and in all folders above it. Most containers see
    their own cgroup as the top folder. For a service, a batch job, or Docker with the
    host's cgroup namespace, it is in a subfolder.
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
    """Return how many cores a run with this batch can use.

    It is one for each LEAST_SHARE images, but only one without Linux: the helper
    processes of a run are forked, which is only tested on Linux.
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

    A worker trains one run at a time. One core per run is most efficient, so there are
    as many workers as cores or runs, whichever is fewer. If there are more cores than
    runs, the runs get several, and the first ones get one more if cores are left. If
    runs have to wait, all workers have equally many cores, so that it does not matter
    which worker takes which run. For 10 runs, 2 cores give 2 workers with 1 core each,
    and 16 cores give 6 workers with 2 cores and 4 with 1. A number of workers, or of
    cores for `each`, that the command line requests is kept, but no worker gets more
    than `most` cores.
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
