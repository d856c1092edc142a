"""Heavy work off the event loop: one thread, and a short line of people waiting for it.

One thread, because drawing uses a core by itself and the other cores belong to the training; and because what
changes runs must not overlap.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class Busy(Exception):
    """So many wait already that one more would wait for too long."""


class OneThread:
    """Runs functions one after another in a thread of its own."""

    def __init__(self, name: str, most_waiting: int) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._most_waiting = most_waiting
        self._waiting = 0

    async def run(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Wait for `function(*arguments)` without holding up the event loop.

        Raises
        ------
        Busy
            Where `most_waiting` calls wait or run already.
        """
        if self._waiting >= self._most_waiting:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the thread once its present work is done; what still waits is dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)
