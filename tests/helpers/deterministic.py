"""Executors and an event loop without threads or real time, so that tests control what
happens next.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from functools import partial, wraps
from typing import Any


class Manual(Executor):
    """Runs the oldest submitted function when the test calls `run_next`."""

    def __init__(self, name: str = "", threads: int = 1) -> None:
        self.name = name
        self.submitted: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Queue the function for `run_next` and return its future."""
        future: Future[Any] = Future()
        self.submitted.append((future, lambda: function(*arguments, **options)))
        return future

    def run_next(self) -> None:
        """Run the oldest queued function, unless it was cancelled."""
        future, function = self.submitted.pop(0)
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(function())
            except Exception as error:
                future.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Run or cancel all queued functions."""
        while self.submitted:
            if cancel_futures:
                self.submitted[0][0].cancel()
            self.run_next()


class Inline(Manual):
    """Runs each function immediately, in the thread that submits it."""

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Run the function and return its finished future."""
        future = super().submit(function, *arguments, **options)
        self.run_next()
        return future


class VirtualSelector(selectors.DefaultSelector):
    # an alias for this platform's selector class
    """Advances a clock instead of waiting."""

    now = 0.0
    grace = 0.0  # real seconds in which data may arrive before the clock advances

    def select(self, timeout: float | None = None) -> Any:
        """Return what is ready, and advance the clock if nothing is.

        Raise RuntimeError if the wait could never end.
        """
        ready = super().select(0) or (
            super().select(self.grace) if self.grace and timeout != 0 else []
        )
        if not ready:
            if timeout is None:
                raise RuntimeError(
                    "every task waits, and nothing is scheduled that could wake one"
                )
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer as soon as every task is
    waiting.
    """

    def __init__(self, grace: float = 0.0) -> None:
        self.selector = VirtualSelector()
        self.selector.grace = grace
        super().__init__(self.selector)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self.selector.now


AsyncTest = Callable[..., Coroutine[Any, Any, None]]


def in_virtual_time(test: AsyncTest, grace: float = 0.0) -> Callable[..., None]:
    """Run a coroutine test in a `VirtualLoop`.

    It must use no threads, and only sockets with both ends in this loop.
    """

    @wraps(test)
    def run(*arguments: Any, **options: Any) -> None:
        with asyncio.Runner(loop_factory=lambda: VirtualLoop(grace)) as runner:
            runner.run(test(*arguments, **options))

    return run


# With client and server in one event loop, sent data arrives before time passes.
in_virtual_time_with_sockets = partial(in_virtual_time, grace=0.01)


async def settle() -> None:
    """Let every task run until it waits. This works only in virtual time."""
    await asyncio.sleep(1e-6)
