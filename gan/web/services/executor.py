"""Heavy work off the event loop: one thread with a bounded queue, and results shared by concurrent requests.

One thread, because its work uses a whole core and the other cores belong to training, and because changes of runs must
not overlap. Sharing lets a class that opens the page at the same moment read the run once.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Generic, TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

MAX_SECONDS = 3.0  # maximum wait for a drawing to start


class Busy(Exception):
    """The queue is full, or the wait would be too long.

    Parameters
    ----------
    expected : float
        Expected seconds until the queue is empty.
    """

    def __init__(self, expected: float = 1.0) -> None:
        super().__init__(f"expected to be free in {expected:.1f} s")
        self.seconds = max(1, math.ceil(expected))  # after which to retry


def thread(name: str) -> Executor:
    """Return an executor of one thread."""
    return ThreadPoolExecutor(1, thread_name_prefix=name)


class SerialExecutor:
    """Runs functions one after another in an executor.

    Parameters
    ----------
    executor : Executor
        Runs one function at a time (see `thread`). `close` shuts it down.
    most_waiting : int
        Calls that may wait or run at one time.
    most_seconds : float or None
        How long a call may wait to start; None: without limit.
    """

    def __init__(self, executor: Executor, most_waiting: int, most_seconds: float | None = None) -> None:
        self._executor = executor
        self._most_waiting, self._most_seconds = most_waiting, most_seconds
        self._waiting = 0

    async def run(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Await `function(*arguments)` without blocking the event loop.

        Raises
        ------
        Busy
            If `most_waiting` calls wait or run, or this one did not start within `most_seconds`.
        """
        if self._waiting >= self._most_waiting:
            raise Busy
        self._waiting += 1
        try:
            call = self._executor.submit(function, *arguments)
            done = asyncio.wrap_future(call)
            if self._most_seconds is not None:
                await asyncio.wait([done], timeout=self._most_seconds)
                if call.cancel():  # a running call cannot be cancelled
                    raise Busy(self._most_seconds)
            return await done
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Finish the running call, drop those that wait, and end the thread."""
        self._executor.shutdown(wait=True, cancel_futures=True)


Shared = TypeVar("Shared")


class SharedRead(Generic[Shared]):
    """Computes one result for all concurrent callers.

    Each computation starts after the calls that it serves, so no result is stale.

    Parameters
    ----------
    make : coroutine function
    """

    def __init__(self, make: Callable[[], Awaitable[Shared]]) -> None:
        self._make = make
        self._begun: asyncio.Task[Shared] | None = None
        self._next: asyncio.Task[Shared] | None = None

    async def get(self) -> Shared:
        """Return a result whose computation began after this call. Errors of `make` reach all callers."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._begun))
            self._next.add_done_callback(_retrieve_exception)
        return await asyncio.shield(self._next)  # a cancelled caller must not cancel the others' result

    async def _after(self, before: "asyncio.Task[Result] | None") -> Shared:
        if before is not None:
            await asyncio.wait([before])
        self._begun, self._next = self._next, None  # later callers wait for the next computation
        return await self._make()


def _retrieve_exception(task: "asyncio.Task[Result]") -> None:
    """Retrieve the exception: if all callers have gone, asyncio would log it as unretrieved."""
    if not task.cancelled():
        task.exception()
