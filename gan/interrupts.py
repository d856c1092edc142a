"""Handle Ctrl-C (SIGINT) and SIGTERM in all programs of the project.

- While a program imports its modules, a signal ends it immediately. nnet/at_import.py does this for `python -m`;
  `server.py` and `train.py` do it in their first lines.
- While a command runs, Ctrl-C raises a KeyboardInterrupt (`ctrl_c_raises`).
- While a command trains or writes, a signal takes effect only between two steps (`Interrupts`), so no step is lost.
- A child process either ignores Ctrl-C (`ignore_terminal_signals`) or ends immediately (`end_at_ctrl_c`). The parent
  blocks the signal while it starts a child (`ctrl_c_blocked`).
"""

import multiprocessing.resource_tracker
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nnet.at_import import use_default_action


@contextmanager
def ctrl_c_raises() -> Iterator[None]:
    """Make Ctrl-C raise a KeyboardInterrupt within the block, even inside a compiled function.

    Outside the block, `python -m` keeps the default action of the signal (nnet/at_import.py). A handler that
    other code has installed is left in place.

    Numba runs Python code to box a function's return value. A KeyboardInterrupt raised there surfaces as a SystemError
    ("returned a result with an exception set") that has the KeyboardInterrupt in its chain of causes.
    """
    runs_as_module = getattr(sys.modules["__main__"], "__spec__", None) is not None
    changed = runs_as_module and signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    try:
        if changed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
    except SystemError as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__cause__
        if cause is None:
            raise
        raise KeyboardInterrupt from error
    finally:
        if changed:
            use_default_action()


class Interrupts:
    """Defer signals, because an exception raised inside a compiled function may crash Numba and LLVM.

    Attributes
    ----------
    received : bool
        Whether SIGINT or SIGTERM has arrived.
    """

    def __init__(self) -> None:
        self.received = False

    def raise_if_received(self) -> None:
        """Raise a KeyboardInterrupt if a signal has arrived."""
        if self.received:
            raise KeyboardInterrupt

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Record signals within the block instead of acting on them.

        If a signal has arrived, later signals are recorded even after the block, so a second Ctrl-C does not interrupt
        saving.
        """

        def record(*_: object) -> None:
            self.received = True

        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set signal handlers, and only it is interrupted
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number in [number for number, handler in before.items() if handler is not signal.SIG_IGN]:
            signal.signal(number, record)
        try:
            yield
        finally:
            if not self.received:
                for number, handler in before.items():
                    signal.signal(number, handler)


@contextmanager
def ctrl_c_blocked() -> Iterator[None]:
    """Block SIGINT while a child process starts, so that the signal cannot end it before it sets its handler.

    The child inherits the signal mask. Windows has no signal masks, so nothing is blocked there.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    multiprocessing.resource_tracker.ensure_running()  # otherwise the first start would run it and unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_terminal_signals() -> None:
    """Ignore Ctrl-C and a closed terminal in a child process, because the parent decides when the child ends."""
    for name in {"SIGINT", "SIGHUP"} & set(dir(signal)):  # Windows has no SIGHUP
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def end_at_ctrl_c() -> None:
    """Make Ctrl-C end a child process immediately, even if it was pressed while the signal was blocked."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
