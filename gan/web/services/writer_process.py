"""A writer process, which draws one number after another, and the server's handle on it.

Python runs one thread at a time, so drawing in the server's process would delay its other responses. A writer caches
networks and handwritings only for speed: every writer returns the same bytes for the same order.
gan/web/services/writer_pool.py assigns orders to writers.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from gan.errors import InputError
from gan.interrupts import ctrl_c_blocked, ignore_terminal_signals
from gan.write import warm, write
from gan.write.glyphs.style_code import Mine
from gan.write.render.formats import encoded
from gan.write.request import NETWORKS

LONGEST_SECONDS = 60.0  # maximum time of one drawing; a full page in a new handwriting takes 5 s
STARTING_SECONDS = 300.0  # maximum time to start, including the compilation of kernels
ENDING_SECONDS = 5.0  # maximum time for a killed process to end

HandwritingKey = tuple[str, int, tuple[Path, ...], Mine | None]


class WriterGone(Exception):
    """A writer's process ended, or hung and was killed, before it had drawn."""


class Mistake(Exception):
    """A bug in the writer's process, with its traceback."""


@dataclass(frozen=True)
class Order:
    """A number to draw: arguments of `write` and `encoded`.

    Attributes
    ----------
    number : str
    form : str
        One of `gan.write.render.formats.FORMATS`.
    look, options : mapping
        Further arguments of `write`, and options of the format.
    models : tuple of Path
        Files of networks to use instead of the bundled ones.
    """

    number: str
    form: str = "png"
    look: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[Path, ...] = ()

    @property
    def handwriting(self) -> HandwritingKey:
        """The handwriting that it needs: finding one takes the time of ten drawings, and a writer caches it."""
        networks = "" if self.models else self.look.get("networks", NETWORKS[0])
        return networks, self.look.get("seed", 0), self.models, self.look.get("mine")


def draw(order: Order) -> bytes:
    """Return the requested file. InputError if it cannot be written."""
    return encoded(write(order.number, **order.look, models=order.models), order.form, order.options)


class Writer:
    """The handle of one process, which `start` restarts. One thread calls `start` and `draw`."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")  # a fork would copy locks but not threads
        self._changing = threading.Lock()
        self._stopped = False
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def start(self) -> None:
        """Start the process and wait until it is ready. WriterGone if it fails."""
        self._end()
        with self._changing:
            if self._stopped:
                raise WriterGone("the server ends")
            self._connection, theirs = self._context.Pipe()
            self._process = self._context.Process(target=_work, args=(theirs,), name="writer", daemon=True)
            try:
                with ctrl_c_blocked():
                    self._process.start()
            except OSError as error:  # out of memory, or too many processes
                raise WriterGone(f"it cannot be started ({error.strerror})") from error
            theirs.close()  # the child has its own copy; closing ours makes its end visible here
        self._receive(STARTING_SECONDS)

    def draw(self, order: Order) -> bytes:
        """Draw a number and wait for the result.

        Raises
        ------
        InputError
            If the number cannot be written.
        WriterGone
            If the process is not running, ends, or takes longer than `LONGEST_SECONDS`; it has ended then.
        Mistake
            If there is a bug in the code.
        """
        try:
            if self._connection is None:
                raise WriterGone("it was not started")
            self._connection.send(order)
        except OSError as error:
            raise WriterGone("its process has ended") from error
        kind, *said = self._receive(LONGEST_SECONDS)
        if kind == "refused":
            raise InputError(*said)
        if kind == "mistake":
            raise Mistake(*said)
        return bytes(said[0])

    def stop(self) -> None:
        """End the process for good. Any thread may call this; `start` and `draw` then raise WriterGone."""
        with self._changing:
            self._stopped = True
        self._end()

    def _receive(self, seconds: float) -> tuple[Any, ...]:
        """Return the next message. Kill the process if it sends nothing for so long."""
        try:
            assert self._connection is not None
            if self._connection.poll(seconds):
                said: tuple[Any, ...] = self._connection.recv()
                return said
        except (EOFError, OSError) as error:
            raise WriterGone("its process ended unexpectedly") from error
        self._end()
        raise WriterGone(f"its process said nothing for {seconds:.0f} s")

    def _end(self) -> None:
        """Kill the process: it has nothing to save."""
        with self._changing:
            if self._process is not None and self._process.pid is not None:
                self._process.kill()
                self._process.join(ENDING_SECONDS)


# In the process


def _work(connection: Connection) -> None:
    """Run the writer process. Ctrl-C and a closed terminal are left to the parent."""
    ignore_terminal_signals()
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    with suppress(InputError):  # no bundled generator: requests will report that
        warm.make_ready()
    with suppress(OSError, EOFError):  # the parent has gone
        connection.send(("ready",))
        while True:
            connection.send(_answer(connection.recv()))


def _end_with_parent() -> None:
    """End this process with its parent, even amid a drawing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _answer(order: Order) -> tuple[Any, ...]:
    try:
        return "drawn", draw(order)
    except InputError as error:
        return "refused", str(error), error.field
    except Exception:
        return "mistake", traceback.format_exc()
