"""Run heavy work in threads, off the event loop, and share results among requests.

The queue of an executor is bounded. Most executors have only one thread, because their
work uses a whole core while training needs the others, and because changes to runs must
not overlap. If a school class opens a page at the same time, the server reads the run
only once (`SharedRead`).
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
    """Raised if the queue is full, or if the wait would be too long.

    The client should retry after `seconds`.
    """

    def __init__(
        self, seconds: float = 1.0, message: str = "The server is busy."
    ) -> None:
        super().__init__(message)
        self.seconds = max(1, math.ceil(seconds))


def thread_pool(name: str, count: int = 1) -> Executor:
    return ThreadPoolExecutor(count, thread_name_prefix=name)


class BoundedExecutor:
    """Runs functions in an executor, in the order of the calls.

    At most `most_calls` may wait or run at once, and a call may wait `most_seconds`
    (None: no limit).
    """

    def __init__(
        self, executor: Executor, most_calls: int, most_seconds: float | None = None
    ) -> None:
        self._executor = executor
        self.most_seconds = most_seconds
        self._places = asyncio.Semaphore(most_calls)

    async def run(
        self, function: Callable[[*Arguments], Result], *arguments: *Arguments
    ) -> Result:
        """Await `function(*arguments)` without blocking the event loop.

        Raise Busy if a limit is exceeded.
        """
        busy = Busy(self.most_seconds or 1.0)
        if self._places.locked():
            raise busy
        async with self._places:
            call = self._executor.submit(function, *arguments)
            try:
                done = asyncio.wrap_future(call)
                await asyncio.wait([done], timeout=self.most_seconds)
                if call.cancel():  # a running call cannot be cancelled
                    raise busy
                return await done
            finally:
                call.cancel()  # has an effect if the caller has been cancelled

    def close(self) -> None:
        """Finish the running calls, drop the waiting calls, and end the threads."""
        self._executor.shutdown(wait=True, cancel_futures=True)


class SharedRead(Generic[Result]):
    """Computes one result, with `make`, for all concurrent callers.

    Each computation starts only after the calls that it serves, so no caller receives a
    stale result.
    """

    def __init__(self, make: Callable[[], Awaitable[Result]]) -> None:
        self._make = make
        self._is_making = asyncio.Lock()
        self._next: asyncio.Task[Result] | None = None

    async def get(self) -> Result:
        """Return a result whose computation began after this call.

        Errors raised by `make` reach all callers.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._make_next())
            # Retrieve the exception, or asyncio logs it when all callers have gone.
            self._next.add_done_callback(
                lambda task: task.cancelled() or task.exception()
            )
        # A cancelled caller must not cancel the result of the others.
        return await asyncio.shield(self._next)

    async def _make_next(self) -> Result:
        async with self._is_making:
            self._next = None  # later callers wait for the next computation
            return await self._make()
