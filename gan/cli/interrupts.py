"""Handle the signals that end a program.

These are SIGINT (Ctrl-C), SIGTERM, and SIGHUP, which a closed terminal sends.

- While a command runs, each of the signals raises a KeyboardInterrupt
  (`signals_raise`).
- While a command trains or writes, a signal takes effect only between steps
  (`Interrupts`), so no step is lost.
- A child process ignores the signals of a terminal (`ignore_terminal_signals`). The
  parent blocks these while it starts a child (`ctrl_c_blocked`), and ends the child
  itself.
- A signal that is ignored when a program starts stays ignored. For example, `nohup`
  ignores SIGHUP.
- Windows has SIGBREAK instead of SIGHUP, and nothing can handle SIGTERM there. A
  program can only ignore Ctrl-C while it starts a child, which inherits that.
"""

import ctypes
import multiprocessing
import multiprocessing.resource_tracker
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# A terminal sends these signals to all of its processes.
TERMINAL_SIGNALS = [
    signal.SIGINT,
    getattr(signal, "SIGBREAK", None) or signal.SIGHUP,
]
ENDING_SIGNALS = [*TERMINAL_SIGNALS, signal.SIGTERM]


@contextmanager
def signals_raise() -> Iterator[None]:
    """Make `ENDING_SIGNALS` raise a KeyboardInterrupt within the block.

    If a signal arrives inside a compiled function, numba raises a SystemError
    ("returned a result with an exception set") whose chain of causes contains the
    KeyboardInterrupt. Raise a KeyboardInterrupt in this case, too.
    """
    changed = []
    if _is_main_thread():
        changed = [
            number
            for number in ENDING_SIGNALS
            if signal.getsignal(number) is signal.SIG_DFL
        ]
    try:
        for number in changed:
            signal.signal(number, signal.default_int_handler)
        yield
    except SystemError as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__cause__
        if cause is None:
            raise
        raise KeyboardInterrupt from error
    finally:
        for number in changed:
            # The handler differs while `Interrupts` records signals.
            if signal.getsignal(number) is signal.default_int_handler:
                signal.signal(number, signal.SIG_DFL)


def _is_main_thread() -> bool:
    """Return whether this thread may set signal handlers."""
    return threading.current_thread() is threading.main_thread()


class Interrupts:
    """Records signals during a step, so that they take effect only after it.

    A signal handler that raises an exception inside a compiled function may crash
    numba.

    Parameters
    ----------
    on_first : function
        Called in the main thread when the first signal arrives.
    """

    def __init__(self, on_first: Callable[[], object] = lambda: None) -> None:
        self.received = False  # whether one of the signals has arrived
        self._on_first = on_first

    def raise_if_received(self) -> None:
        if self.received:
            raise KeyboardInterrupt

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Record signals within the block instead of acting on them.

        After the first signal, later ones are only recorded, even after the block. So a
        second Ctrl-C does not interrupt saving.
        """

        def record(*_: object) -> None:
            if not self.received:
                self.received = True
                self._on_first()

        if not _is_main_thread():  # signals interrupt only the main thread
            yield
            return
        before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, record)
        try:
            yield
        finally:
            if not self.received:
                for number, handler in before.items():
                    signal.signal(number, handler)


@contextmanager
def ctrl_c_blocked() -> Iterator[None]:
    """Block a terminal's signals while a child process starts.

    The child inherits the signal mask, so no signal can end the child before the child
    ignores them.
    """
    if sys.platform == "win32":
        ignore_ctrl_c = ctypes.windll.kernel32.SetConsoleCtrlHandler
        ignore_ctrl_c(None, True)
        try:
            yield
        finally:
            ignore_ctrl_c(None, False)
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TERMINAL_SIGNALS)
    try:
        # Start the resource tracker now, or else the first child would start it. Its
        # start unblocks SIGINT in this process, and it must not receive SIGHUP.
        multiprocessing.resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, TERMINAL_SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_terminal_signals() -> None:
    """Ignore TERMINAL_SIGNALS in this child process, which its parent ends."""
    for number in TERMINAL_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def end_with_parent() -> None:
    """End this child process when its parent ends, even during its work."""

    def wait() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os._exit(0)

    threading.Thread(target=wait, name="parent", daemon=True).start()
