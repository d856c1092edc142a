"""Start a child process, exchange messages with it over a pipe, and detect its end."""

import multiprocessing
import multiprocessing.connection
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Generic, TypeVar, TypeVarTuple, cast

from gan.cli.interrupts import ctrl_c_blocked
from nnet.threads import one_blas_thread

Arguments = TypeVarTuple("Arguments")
Received = TypeVar("Received")

# The system does not report which of the two happened.
KILLED = "was killed by the system for lack of memory, or by somebody"
ENDING_SECONDS = 1.0  # after its pipe closes, a process exits within this time


class ChildProcess(Generic[Received]):
    """The parent's handle on a child process.

    `Received` is the type of the messages that the parent receives.

    Parameters
    ----------
    target : module-level function
        Called in the child process with its end of the pipe and the arguments.
    name : str
        The name of the process.
    arguments : picklable

    Attributes
    ----------
    connection : Connection
        The parent's end of the pipe.
    """

    def __init__(
        self,
        target: Callable[[Connection, *Arguments], None],
        name: str,
        *arguments: *Arguments,
    ) -> None:
        # "spawn", because a fork would copy locks but not the threads that hold them.
        context = multiprocessing.get_context("spawn")
        self.connection, self._theirs = context.Pipe()
        # If two threads join the process at once, one may not learn the exit code.
        self._joining = threading.Lock()
        self.process = context.Process(
            target=target, args=(self._theirs, *arguments), name=name, daemon=True
        )

    def start(self) -> None:
        """Start the process and return immediately.

        Raise OSError if the system is out of memory or process slots.

        From now on BLAS uses one thread, here and in the child, which inherits the
        environment.
        """
        one_blas_thread()
        with ctrl_c_blocked():
            self.process.start()
        # The child has its own copy. Without ours, reading fails when the child ends.
        self._theirs.close()

    @property
    def pid(self) -> int | None:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def receive(self, timeout: float | None) -> Received | None:
        """Return the next message, or None after `timeout` seconds without one.

        Raise EOFError if the process has ended. The error's message is `KILLED` if the
        process was killed.
        """
        try:
            is_readable = readable([self.connection], timeout)
            return self.connection.recv() if is_readable else None
        except (EOFError, OSError) as error:  # OSError if the process was killed
            message = KILLED if self._was_killed() else ""
            raise EOFError(message) from error

    def _was_killed(self) -> bool:
        if self.pid is None:
            return False
        with self._joining:
            self.process.join(ENDING_SECONDS)
        # On Windows, multiprocessing reports a killed process as one of SIGTERM.
        return self.process.exitcode == -getattr(signal, "SIGKILL", signal.SIGTERM)

    def kill(self, timeout: float | None = None) -> None:
        """Kill the process if it has started, and wait for its end.

        Wait at most `timeout` seconds; None means no limit.
        """
        if self.pid is not None:
            self.process.kill()
            with self._joining:
                self.process.join(timeout)


def readable(
    connections: Sequence[Connection], timeout: float | None
) -> list[Connection]:
    """Return the connections that can be read, within `timeout` seconds.

    On Windows, Ctrl-C ends the wait, even if the signal's handler raises nothing.
    """
    with suppress(InterruptedError):
        found = multiprocessing.connection.wait(connections, timeout)
        return cast(list[Connection], found)
    return []
