"""Carry out jobs in a separate process, one at a time.

Python runs only one thread at a time, so a long job in the server's process would delay
its other responses. A crash of the separate process does not end the server. Such
processes draw numbers (gan/web/services/writer_pool.py).
"""

import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar, cast

from gan.base.errors import InputError
from gan.cli.interrupts import end_with_parent, ignore_terminal_signals
from gan.cli.process_with_pipe import ChildProcess

# The maximum time for a process to start and to compile its kernels.
STARTING_SECONDS = 300.0
ENDING_SECONDS = 5.0  # maximum time for a killed process to end

READY = "ready"
Job = TypeVar("Job")
Result = TypeVar("Result")


class ProcessGone(Exception):
    """Raised if a process ended, or was killed because it hung, during a job."""


class JobProcess(ChildProcess[Any], Generic[Job, Result]):
    """The handle for one process. Only one thread may call `open` and `do`.

    The process calls `prepare` once, and then `work` for each job. Both are
    module-level functions.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Job], Result],
        prepare: Callable[[], object],
    ) -> None:
        super().__init__(_work, name, work, prepare)
        self._is_killed = False

    def open(self) -> None:
        """Start the process and wait until it is ready.

        Raise ProcessGone if it fails to start.
        """
        try:
            self.start()
        except OSError as error:  # out of memory, or too many processes
            self.connection.close()
            raise ProcessGone(f"it cannot be started ({error.strerror})") from error
        if self._is_killed:
            self.kill()
        self._next(STARTING_SECONDS)

    def do(self, seconds: float, job: Job) -> Result:
        """Call `work` in the process, wait for its result, and return it.

        Raise InputError as `work` does. Raise ProcessGone if the process is not
        running, ends, or takes longer than the given time; it is then no longer
        running. Raise RuntimeError if its code has a bug.
        """
        with suppress(OSError):  # the process has ended, which `_next` reports
            self.connection.send(job)
        reply = self._next(seconds)
        if isinstance(reply, Exception):
            raise reply
        return cast(Result, reply)

    def kill(self, timeout: float | None = ENDING_SECONDS) -> None:
        """Kill the process, which has nothing to save.

        Any thread may call this, even before `open`.
        """
        self._is_killed = True
        super().kill(timeout)

    def _next(self, seconds: float) -> Any:
        """Return the next message.

        If the process ends or sends none in time, kill it and raise ProcessGone.
        """
        try:
            message = self.receive(seconds)
            problem = "did not respond in time"
        except EOFError as error:
            message = None
            problem = str(error) or "ended unexpectedly"
        if message is None:
            self.kill()
            raise ProcessGone(f"its process {problem}")
        return message


# Code that runs in the process


def _work(
    connection: Connection,
    work: Callable[[Any], Any],
    prepare: Callable[[], object],
) -> None:
    """Run the process.

    It ignores Ctrl-C and a closed terminal, because the parent handles them.
    """
    ignore_terminal_signals()
    end_with_parent()
    with suppress(ConnectionError, EOFError):  # the parent has gone
        prepare()
        connection.send(READY)
        while True:
            connection.send(_result(work, connection.recv()))


def _result(work: Callable[[Any], Any], job: Any) -> Any:
    try:
        return work(job)
    except InputError as error:
        return error
    except Exception:  # send its traceback, because it may not be picklable
        return RuntimeError(traceback.format_exc())
