"""Run kernels on several threads.

Kernels compiled with `nogil=True` and NumPy's matrix products release the GIL. So a simple method can use several
cores: divide the work into one share for each thread, run every share on its thread, and wait for all of them. The
shares depend only on the amount of work and the number of threads, so equal inputs give equal results, bit for bit.

Waking a thread and waiting for it takes about 0.1 ms, as much as a pass over a small batch. So kernels for images do
not divide their own work. Instead, `nnet.fast.split` divides the batch of a whole network. Only kernels that update or
transform weights divide their own work. Small amounts of work are not divided at all (`useful_threads`).

BLAS is limited to one thread, because the matrix product of a share must not start more threads.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from itertools import pairwise
from typing import TypeVar

from nnet.threads import keep_freed_memory, one_blas_thread

Result = TypeVar("Result")

# The minimum work for one thread. A smaller share is faster than waking its thread and waiting for the Python code
# between kernels, which does not run in parallel. For example, a batch of 32 took the smallest networks 10 ms on
# one thread and 14 ms on two.
LEAST_PRODUCTS = 1 << 25  # multiplications in the layers of a network; they take half a millisecond
LEAST_NUMBERS = 1 << 19  # weights that a pass reads or writes

_pool: ThreadPoolExecutor | None = None
_threads = 1
_task = threading.local()  # its attribute `runs` tells whether this thread is running a task


def set_threads(threads: int) -> None:
    """Set the number of threads, including the calling thread. It must be at least 1.

    From then on, BLAS uses one thread, and the process keeps freed memory if the system supports it.
    """
    global _pool, _threads
    if threads < 1:
        raise ValueError(f"threads: expected at least 1, received {threads}")
    one_blas_thread()
    keep_freed_memory()
    if _pool is not None:
        _pool.shutdown()
    _threads = threads
    _pool = ThreadPoolExecutor(threads - 1, thread_name_prefix="share") if threads > 1 else None


def get_threads() -> int:
    """Return the number of threads in use."""
    return _threads


def useful_threads(products: int = 0, numbers: int = 0) -> int:
    """Return how many threads to use for the given number of multiplications or weights, at most `get_threads()`."""
    return max(1, min(_threads, products // LEAST_PRODUCTS + numbers // LEAST_NUMBERS))


def shares(n: int, parts: int) -> list[tuple[int, int]]:
    """Divide range(n) into at most `parts` ranges (start, stop) of nearly equal length, none of them empty."""
    edges = [n * part // parts for part in range(parts + 1)]
    return [(start, stop) for start, stop in pairwise(edges) if stop > start]


def together(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run all tasks in parallel, the first on this thread, and return their results in order.

    An exception in a task is raised again here. There may be more tasks than threads. Tasks that a task starts run one
    after another on that task's thread, because waiting for the pool from inside the pool could deadlock.
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
    """Run `task(start, stop)` over `parts` shares of range(n), by default one for each thread."""
    together([partial(task, start, stop) for start, stop in shares(n, parts or _threads)])
