"""Threads.

A kernel compiled with `nogil=True` and a NumPy matrix product both let other Python threads run meanwhile. So the
simplest way to use several cores will do: cut the work into one share a thread, run every share on a thread of its
own, wait for all. The shares depend on nothing but the amount of work and the number of threads, so a result is the
same bit for bit whenever those are the same.

Waking a thread and waiting for it costs about 0.1 ms, as much as a pass over a small batch. So kernels for images do
not divide their own work: the batch of a whole network is divided (`nnet.fast.split`). Only what is done to weights,
their updates and transforms, is spread by the kernel itself. And what is too little is not divided at all (`worth`).

BLAS is held to one thread: a share's matrix product must not start threads of its own.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from itertools import pairwise
from typing import TypeVar

from threadpoolctl import threadpool_limits

Result = TypeVar("Result")

# Work that is worth a thread. A share below these would take no longer than waking its thread and, since only kernels
# run at the same time, waiting for the Python between them: a batch of 32 for the smallest networks took 10 ms on one
# thread and 14 on two.
LEAST_PRODUCTS = 1 << 25  # multiplications in the layers of a network, half a millisecond
LEAST_NUMBERS = 1 << 19  # weights that a pass reads or writes

_pool: ThreadPoolExecutor | None = None
_threads = 1
_task = threading.local()  # .runs: whether this thread is in a task


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


def worth(products: int = 0, numbers: int = 0) -> int:
    """How many threads so much work is worth, so many multiplications or so many numbers: at most those in use."""
    return max(1, min(_threads, products // LEAST_PRODUCTS + numbers // LEAST_NUMBERS))


def shares(n: int, parts: int) -> list[tuple[int, int]]:
    """Cut range(n) into at most `parts` runs (start, stop) of nearly equal length, none of them empty."""
    edges = [n * part // parts for part in range(parts + 1)]
    return [(start, stop) for start, stop in pairwise(edges) if stop > start]


def together(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run all tasks at the same time, the first on this thread; their results in order. Errors are raised here.

    There may be more tasks than threads. Tasks of a task run one after the other on its own thread: to wait for the
    pool from inside the pool could last for ever.
    """
    if _pool is None or len(tasks) < 2 or getattr(_task, "runs", False):
        return [task() for task in tasks]
    futures = [_pool.submit(_run, task) for task in tasks[1:]]
    try:
        first = _run(tasks[0])
    finally:
        wait(futures)
    return [first, *(future.result() for future in futures)]


def _run(task: Callable[[], Result]) -> Result:
    _task.runs = True
    try:
        return task()
    finally:
        _task.runs = False


def spread(task: Callable[[int, int], object], n: int, parts: int | None = None) -> None:
    """Run `task(start, stop)` over shares of range(n), so many, or else one a thread."""
    together([partial(task, start, stop) for start, stop in shares(n, parts or _threads)])
