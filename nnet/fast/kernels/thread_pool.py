"""Run tasks on several threads.

Kernels compiled with `nogil=True` and NumPy's matrix products release the GIL. So a
simple method can use several cores: divide the work into one share for each thread, run
every share on its thread, and wait for all of them. The shares depend only on the
amount of work and the number of threads, so equal inputs give equal results, bit for
bit. Kernels do not divide their own work, because waking a thread and waiting for it
takes about 0.1 ms.

BLAS is limited to one thread, because the matrix product of a share must not start more
threads.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise
from typing import TypeVar

from nnet.threads import keep_freed_memory, one_blas_thread

Result = TypeVar("Result")

_pool: ThreadPoolExecutor | None = None
_threads = 1


def set_threads(threads: int) -> None:
    """Set the number of threads, including the calling thread. It must be at least 1.

    From then on, BLAS uses one thread, and the process keeps freed memory if the system
    supports it.
    """
    global _pool, _threads
    one_blas_thread()
    keep_freed_memory()
    if _pool is not None:
        _pool.shutdown()
    _threads = threads
    _pool = (
        ThreadPoolExecutor(threads - 1, thread_name_prefix="share")
        if threads > 1
        else None
    )


def get_threads() -> int:
    return _threads


def shares(n: int, parts: int) -> list[tuple[int, int]]:
    """Divide range(n) into at most `parts` ranges (start, stop) of nearly equal length.

    No range is empty.
    """
    edges = [n * part // parts for part in range(parts + 1)]
    return [(start, stop) for start, stop in pairwise(edges) if stop > start]


def together(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run all tasks in parallel, and return their results in order.

    The first task runs on the calling thread. There may be more tasks than threads. If
    a task raises an exception, this function raises it after all have ended. A task
    must not call this function, because waiting for the pool from inside the pool could
    deadlock.
    """
    if _pool is None or len(tasks) < 2:
        return [task() for task in tasks]
    futures = [_pool.submit(task) for task in tasks[1:]]
    try:
        first = tasks[0]()
    finally:
        wait(futures)
    return [first, *(future.result() for future in futures)]
