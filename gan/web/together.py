"""One answer for all who ask at about the same time: a class that opens the page at one word reads the run once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Together(Generic[Result]):
    """Makes an answer for all who wait for one. None is made before it is asked for: so it is never too old.

    Parameters
    ----------
    make : coroutine function
    """

    def __init__(self, make: Callable[[], Awaitable[Result]]) -> None:
        self._make = make
        self._begun: asyncio.Task[Result] | None = None
        self._next: asyncio.Task[Result] | None = None

    async def get(self) -> Result:
        """An answer that was begun after this call; what `make` raises, all who wait for it are told."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._begun))
            self._next.add_done_callback(_heard)
        return await asyncio.shield(self._next)  # who goes away does not take the others' answer along

    async def _after(self, before: "asyncio.Task[Result] | None") -> Result:
        if before is not None:
            await asyncio.wait([before])
        self._begun, self._next = self._next, None  # who asks from now on waits for another
        return await self._make()


def _heard(task: "asyncio.Task[Result]") -> None:
    """Take note of what went wrong, for where all who waited have gone asyncio would complain that nobody did."""
    if not task.cancelled():
        task.exception()
