"""Define a writer process, which draws numbers one at a time, and the server's handle for it.

Python runs only one thread at a time, so drawing in the server's process would delay its other responses. Writers cache
networks and handwriting styles, but every writer returns the same bytes for the same job.
gan/web/services/writer_pool.py assigns jobs to writers.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from gan.cli.child_process import ChildProcess
from gan.cli.interrupts import end_with_parent, ignore_terminal_signals
from gan.errors import InputError
from gan.write import warm
from gan.write.compose import compose
from gan.write.formats import encoded
from gan.write.glyphs.own_handwriting import Mine
from gan.write.options_and_limits import Request
from nnet.fast.warm import compiling

LONGEST_SECONDS = 60.0  # maximum time for one drawing; a full page in a new handwriting takes 5 s
STARTING_SECONDS = 300.0  # maximum time for a process to start or to compile a kernel
ENDING_SECONDS = 5.0  # maximum time for a killed process to end

READY = "ready"
Reply = int | str | bytes | Exception  # kernels compiled so far, READY, a file, or the reason why there is none


class WriterGone(Exception):
    """Raised if a writer's process ended, or hung and was killed, before it had finished the drawing."""


@dataclass(frozen=True)
class Job:
    """A checked request to draw, one of `gan.write.formats.FORMATS`, that format's options, and a found handwriting."""

    request: Request
    form: str = "png"
    options: Mapping[str, Any] = field(default_factory=dict)
    mine: Mine | None = None


def draw(job: Job) -> bytes:
    """Draw a job and return the file. Raise InputError if a network cannot write, or if the format cannot show it."""
    return encoded(compose(job.request, job.mine), job.form, job.options)


class Writer:
    """The handle for one process, which `start` can restart. Only one thread may call `start` and `draw`."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._stopped = False
        self._process: ChildProcess[Reply] | None = None

    def start(self, tell: Callable[[int], None] = lambda done: None) -> None:
        """Start the process and wait until it is ready. Raise WriterGone if it fails to start.

        Before the process compiles a kernel, `tell` is called with the number of earlier ones.
        """
        self._end()
        with self._changing:
            if self._stopped:
                raise WriterGone("the server is shutting down")
            process: ChildProcess[Reply] = ChildProcess(_work, "writer")
            try:
                process.start()
            except OSError as error:  # out of memory, or too many processes
                raise WriterGone(f"it cannot be started ({error.strerror})") from error
            self._process = process
        while (message := self._receive(process, STARTING_SECONDS)) != READY:
            assert isinstance(message, int)
            tell(message)

    def draw(self, job: Job) -> bytes:
        """Draw a number and wait for the result.

        Raise InputError as the function `draw` does. Raise WriterGone if the process is not running, ends, or takes
        longer than `LONGEST_SECONDS`; it is then no longer running. Raise RuntimeError if its code has a bug.
        """
        if self._process is None:
            raise WriterGone("it was not started")
        try:
            self._process.connection.send(job)
        except OSError as error:
            raise WriterGone("its process has ended") from error
        reply = self._receive(self._process, LONGEST_SECONDS)
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, bytes)
        return reply

    def stop(self) -> None:
        """End the process for good. Any thread may call this; `start` and `draw` then raise WriterGone."""
        with self._changing:
            self._stopped = True
        self._end()

    def _receive(self, process: ChildProcess[Reply], seconds: float) -> Reply:
        """Return the next message. Kill the process if it sends none within the given number of seconds."""
        try:
            message = process.receive(seconds)
        except EOFError as error:
            raise WriterGone("its process ended unexpectedly") from error
        if message is None:
            self._end()
            raise WriterGone(f"its process did not respond for {seconds:.0f} s")
        return message

    def _end(self) -> None:
        """Kill the process, which has nothing to save."""
        with self._changing:
            if self._process is not None:
                self._process.kill(ENDING_SECONDS)


# Code that runs in the writer process


def _work(connection: Connection) -> None:
    """Run the writer process. It ignores Ctrl-C and a closed terminal, which the parent handles."""
    ignore_terminal_signals()
    end_with_parent()
    # If there is no bundled generator, requests will report it. If the parent has gone, this process ends.
    with suppress(InputError, ConnectionError), compiling(connection.send, warm.KERNELS):
        warm.write_all()
    with suppress(OSError, EOFError):  # the parent has gone
        connection.send(READY)
        while True:
            connection.send(_answer(connection.recv()))


def _answer(job: Job) -> Reply:
    try:
        return draw(job)
    except InputError as error:
        return error
    except Exception:  # which perhaps cannot be sent
        return RuntimeError(traceback.format_exc())
