"""Executors and an event loop without threads and without real time: a test decides what happens next."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from functools import wraps
from typing import Any


class Inline(Executor):
    """Runs each function at once, in the thread that submits it."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        execute(future, lambda: function(*arguments, **options))
        return future


class Manual(Executor):
    """Runs the oldest function that was submitted when the test calls `run_next`."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.submitted: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Return a future that waits for `run_next`."""
        future: Future[Any] = Future()
        self.submitted.append((future, lambda: function(*arguments, **options)))
        return future

    def run_next(self) -> None:
        """Run one function, unless it was cancelled."""
        execute(*self.submitted.pop(0))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Run what is left, or cancel it."""
        while self.submitted:
            if cancel_futures:
                self.submitted[0][0].cancel()
            self.run_next()


def execute(future: Future[Any], function: Callable[[], Any]) -> None:
    """Call a function and put its result or error into a future that was not cancelled."""
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(function())
        except Exception as error:
            future.set_exception(error)


class VirtualSelector(selectors.DefaultSelector):  # an alias of what the system has
    """Advances a clock in place of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """Return what is ready now. RuntimeError where nothing would ever happen."""
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("every task waits, and nothing is scheduled that could wake one")
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when every task waits, and then at once."""

    def __init__(self) -> None:
        self.selector = VirtualSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self.selector.now


def in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a coroutine test in a `VirtualLoop`. For tests without sockets and threads."""

    @wraps(test)
    def run(*arguments: Any, **options: Any) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*arguments, **options))

    return run


async def settle() -> None:
    """Let every task run until it waits for something, in virtual time."""
    await asyncio.sleep(1e-6)
