"""Spreading a batch over threads.

A kernel compiled with `nogil=True` and a NumPy matrix product both let other Python threads run meanwhile. So the
simplest parallel loop there is suffices: cut `range(n)` into one share a thread, and run `task(start, stop)` for each
share on a thread of its own. The shares depend on nothing but n and the number of threads, so a result is the same
bit for bit whenever those are the same.

BLAS is held to one thread: a share's matrix product must not start threads of its own.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise

from threadpoolctl import threadpool_limits

_pool: ThreadPoolExecutor | None = None
_threads = 1


def set_threads(threads: int) -> None:
    """Use this many threads (at least 1) from now on, this one included."""
    global _pool, _threads
    if threads < 1:
        raise ValueError(f"threads: expected at least 1, received {threads}")
    threadpool_limits(limits=1, user_api="blas")
    if _pool is not None:
        _pool.shutdown()
    _threads = threads
    _pool = ThreadPoolExecutor(threads - 1, thread_name_prefix="share") if threads > 1 else None


def get_threads() -> int:
    """The number of threads in use."""
    return _threads


def shares(n: int, parts: int) -> list[tuple[int, int]]:
    """Cut range(n) into at most `parts` runs (start, stop) of nearly equal length, none of them empty."""
    edges = [n * part // parts for part in range(parts + 1)]
    return [(start, stop) for start, stop in pairwise(edges) if stop > start]


def spread(task: Callable[[int, int], object], n: int) -> None:
    """Run `task(start, stop)` over shares of range(n), one a thread, and wait for all. Errors are raised here."""
    mine, *others = shares(n, _threads) or [(0, 0)]
    if _pool is None or not others:
        task(0, n)
        return
    futures = [_pool.submit(task, *share) for share in others]
    try:
        task(*mine)
    finally:
        wait(futures)
        for future in futures:
            future.result()
