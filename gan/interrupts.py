"""SIGINT and SIGTERM while much is trained or written: noted, and obeyed between two pieces, so that none is lost.

A signal that raises wherever it comes may come amid a compiled function, which Numba and LLVM do not always survive.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupts:
    """Whether one of the signals has come.

    Attributes
    ----------
    come : bool
    """

    def __init__(self) -> None:
        self.come = False

    def obey(self) -> None:
        """KeyboardInterrupt if one has come."""
        if self.come:
            raise KeyboardInterrupt

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Within this block the signals are noted, and after it if one has come: a second one cuts no saving short."""

        def note(*_: object) -> None:
            self.come = True

        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set handlers, and only it is interrupted
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number in [number for number, handler in before.items() if handler is not signal.SIG_IGN]:
            signal.signal(number, note)
        try:
            yield
        finally:
            if not self.come:
                for number, handler in before.items():
                    signal.signal(number, handler)
