"""A child process at the other end of a pipe: start it, talk to it, and notice its end."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from gan.interrupts import ctrl_c_blocked

P = ParamSpec("P")
Received = TypeVar("Received")

KILLED = "was killed, by the system for want of memory or by somebody"  # the system does not say which
ENDING_SECONDS = 1.0  # a process whose pipe is closed ends within this time


class ChildProcess(Generic[Received]):
    """The parent's handle; `Received` is the type of the messages that it receives.

    Threads may share it: any thread may send, one receives.

    Parameters
    ----------
    target : function of a module
        Called in the process with its end of the pipe and the arguments.
    name : str
    arguments : picklable

    Attributes
    ----------
    connection : Connection
        The parent's end of the pipe.
    """

    def __init__(
        self, target: Callable[Concatenate[Connection, P], None], name: str, *arguments: P.args, **named: P.kwargs
    ) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks but not the threads
        self.connection, self._theirs = context.Pipe()
        self._sending = threading.Lock()
        args = (self._theirs, *arguments)
        self.process = context.Process(target=target, args=args, kwargs=named, name=name, daemon=True)

    def start(self) -> None:
        """Start the process; return at once. OSError if memory or processes run out."""
        with ctrl_c_blocked():
            self.process.start()
        self._theirs.close()  # the child has its own copy; closing ours makes its end visible here

    @property
    def pid(self) -> int | None:
        """The number of the process, once it has started."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.is_alive()

    def put(self, message: Any) -> None:
        """Send a message. OSError if the process has gone."""
        with self._sending:
            self.connection.send(message)

    def receive(self, timeout: float | None) -> Received | None:
        """Return the next message, or None after `timeout` seconds without one.

        EOFError if the process has gone; its message is `KILLED` if it was killed.
        """
        try:
            return self.connection.recv() if self.connection.poll(timeout) else None
        except (EOFError, OSError) as error:  # a killed process resets the pipe
            raise EOFError(*[KILLED] if self._was_killed() else []) from error

    def _was_killed(self) -> bool:
        if self.pid is None:
            return False
        self.process.join(ENDING_SECONDS)
        return self.process.exitcode == -getattr(signal, "SIGKILL", 9)

    def kill(self, timeout: float | None = None) -> None:
        """Kill the process if it has started, and wait for its end."""
        if self.pid is not None:
            self.process.kill()
            self.process.join(timeout)
