"""Heavy work off the event loop: one thread, and a short line of people waiting for it.

One thread, because what is done there uses a core by itself and the other cores belong to the training; and because
what changes runs must not overlap.

One answer for all who ask at about the same time: a class that opens the page at one word reads the run once.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Generic, TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

MOST_SECONDS = 3.0  # that anybody waits for a drawing to be begun: then it is better to be told than to wait on


class Busy(Exception):
    """So much waits already that one more would wait for too long.

    Parameters
    ----------
    expected : float
        Seconds, as far as that is known, after which what waits will be done.
    """

    def __init__(self, expected: float = 1.0) -> None:
        super().__init__(f"expected to be free in {expected:.1f} s")
        self.seconds = max(1, math.ceil(expected))  # after which to ask again


def thread(name: str) -> Executor:
    """Return an executor of one thread."""
    return ThreadPoolExecutor(1, thread_name_prefix=name)


class OneThread:
    """Runs functions one after another in an executor.

    Parameters
    ----------
    executor : Executor
        Runs one function at a time: see `thread`. It is closed with this.
    most_waiting : int
        Calls that may wait or run at one time.
    most_seconds : float or None
        That a call may wait until it is begun; None: as long as it takes.
    """

    def __init__(self, executor: Executor, most_waiting: int, most_seconds: float | None = None) -> None:
        self._executor = executor
        self._most_waiting, self._most_seconds = most_waiting, most_seconds
        self._waiting = 0

    async def run(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Wait for `function(*arguments)` without holding up the event loop.

        Raises
        ------
        Busy
            Where `most_waiting` calls wait or run already, or this one was not begun within `most_seconds`.
        """
        if self._waiting >= self._most_waiting:
            raise Busy
        self._waiting += 1
        try:
            call = self._executor.submit(function, *arguments)
            done = asyncio.wrap_future(call)
            if self._most_seconds is not None:
                await asyncio.wait([done], timeout=self._most_seconds)
                if call.cancel():  # what has begun cannot be cancelled
                    raise Busy(self._most_seconds)
            return await done
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Close the executor once its present work is done; what still waits is dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)


Shared = TypeVar("Shared")


class Together(Generic[Shared]):
    """Makes an answer for all who wait for one. None is made before it is asked for: so it is never too old.

    Parameters
    ----------
    make : coroutine function
    """

    def __init__(self, make: Callable[[], Awaitable[Shared]]) -> None:
        self._make = make
        self._begun: asyncio.Task[Shared] | None = None
        self._next: asyncio.Task[Shared] | None = None

    async def get(self) -> Shared:
        """An answer that was begun after this call; what `make` raises, all who wait for it are told."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._begun))
            self._next.add_done_callback(_heard)
        return await asyncio.shield(self._next)  # who goes away does not take the others' answer along

    async def _after(self, before: "asyncio.Task[Result] | None") -> Shared:
        if before is not None:
            await asyncio.wait([before])
        self._begun, self._next = self._next, None  # who asks from now on waits for another
        return await self._make()


def _heard(task: "asyncio.Task[Result]") -> None:
    """Take note of what went wrong, for where all who waited have gone asyncio would complain that nobody did."""
    if not task.cancelled():
        task.exception()
