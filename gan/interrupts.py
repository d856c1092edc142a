"""How the programs handle Ctrl-C (SIGINT) and SIGTERM.

- While a program imports, a signal ends it at once: nnet/ctrl_c_at_import.py for `python -m`, the first lines of the
other two.
- While a command works, Ctrl-C raises a KeyboardInterrupt (`ctrl_c_raises`).
- While it trains or writes, a signal takes effect between two pieces of work (`Interrupts`), so that none is lost.
- A child process ignores Ctrl-C (`ignore_terminal_signals`) or ends at once (`end_at_ctrl_c`); the parent blocks
  the signal while it starts one (`ctrl_c_blocked`).
"""

import multiprocessing.resource_tracker
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nnet.ctrl_c_at_import import use_default_action


@contextmanager
def ctrl_c_raises() -> Iterator[None]:
    """Let Ctrl-C raise a KeyboardInterrupt within the block, even inside a compiled function.

    Before and after the block `python -m` has the default action (nnet/ctrl_c_at_import.py); a handler of anybody else
    stays.

    Numba runs some Python to pack what a function returns. A signal that raises there comes out as a SystemError
    ("returned a result with an exception set") whose chain of causes holds the KeyboardInterrupt.
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
    """Signals whose effect is deferred: an exception amid a compiled function may crash Numba and LLVM.

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
        """Record signals within the block.

        If one has arrived, later ones are recorded after the block, too: a second Ctrl-C does not interrupt saving.
        """

        def record(*_: object) -> None:
            self.received = True

        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set handlers, and only it is interrupted
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
    """Block SIGINT while a child process starts, so that it cannot end before it has chosen a handler.

    A child inherits the blocked signal. Windows has no signal masks; nothing is blocked there.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    multiprocessing.resource_tracker.ensure_running()  # the first start would do this, and unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_terminal_signals() -> None:
    """Ignore Ctrl-C and a closed terminal in a child process: the parent decides."""
    for name in {"SIGINT", "SIGHUP"} & set(dir(signal)):  # Windows has no SIGHUP
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def end_at_ctrl_c() -> None:
    """Let Ctrl-C end a child process at once, even one that arrived while it was blocked."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
