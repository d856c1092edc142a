"""A writer: a process that draws one number after another, and the server's handle of it.

Python runs one thread at a time, so drawing in the server's own process would hold up its other answers, and nobody
could draw beside anybody else. What a writer remembers, networks and handwritings, only makes it quicker: any writer
gives the same bytes for the same order. Who draws what is the affair of gan/web/services/writer_pool.py.
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

LONGEST_SECONDS = 60.0  # of one drawing: a full page in a new handwriting takes 5; then the process is given up
STARTING_SECONDS = 300.0  # until a process can draw: where kernels are not compiled, it does that first
ENDING_SECONDS = 5.0  # until a process that was killed has gone

HandwritingKey = tuple[str, int, tuple[Path, ...], Mine | None]


class WriterGone(Exception):
    """A writer's process ended, or hung and was ended, before it had drawn."""


class Mistake(Exception):
    """Our own mistake in a writer's process; it says where."""


@dataclass(frozen=True)
class Order:
    """A number to be drawn: what `write` and `encoded` are told.

    Attributes
    ----------
    number : str
    form : str
        One of `gan.write.render.formats.FORMATS`.
    look, options : mapping
        What `write` is told besides, and what the form is.
    models : tuple of Path
        Files of the networks that write in place of the shipped ones.
    """

    number: str
    form: str = "png"
    look: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[Path, ...] = ()

    @property
    def handwriting(self) -> HandwritingKey:
        """Which handwriting it needs: a writer finds it once, in the time of ten drawings, and then remembers it."""
        networks = "" if self.models else self.look.get("networks", NETWORKS[0])
        return networks, self.look.get("seed", 0), self.models, self.look.get("mine")


def draw(order: Order) -> bytes:
    """The file that is ordered; InputError for what cannot be written."""
    return encoded(write(order.number, **order.look, models=order.models), order.form, order.options)


class Writer:
    """The handle of one process, which `start` makes anew where it has gone. One thread calls `start` and `draw`."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks, not the threads
        self._changing = threading.Lock()
        self._stopped = False
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def start(self) -> None:
        """Start the process and wait until it has drawn a first page; WriterGone where it comes to nothing."""
        self._end()
        with self._changing:
            if self._stopped:
                raise WriterGone("the server ends")
            self._connection, theirs = self._context.Pipe()
            self._process = self._context.Process(target=_work, args=(theirs,), name="writer", daemon=True)
            try:
                with ctrl_c_blocked():
                    self._process.start()
            except OSError as error:  # no memory, or too many processes
                raise WriterGone(f"it cannot be started ({error.strerror})") from error
            theirs.close()  # the child has its own copy; with ours closed, its end is seen here
        self._receive(STARTING_SECONDS)

    def draw(self, order: Order) -> bytes:
        """Have a number drawn, and wait for it.

        Raises
        ------
        InputError
            For what cannot be written.
        WriterGone
            Where the process is not there, goes, or takes longer than `LONGEST_SECONDS`; it has ended then.
        Mistake
            Where the code is at fault.
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
        """End the process, for good. Any thread may call this: who waits in `start` or `draw` gets WriterGone."""
        with self._changing:
            self._stopped = True
        self._end()

    def _receive(self, seconds: float) -> tuple[Any, ...]:
        """What the process says next; where it says nothing for so long, or has gone, it is ended."""
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
        """There is nothing to save, so it is not asked."""
        with self._changing:
            if self._process is not None and self._process.pid is not None:
                self._process.kill()
                self._process.join(ENDING_SECONDS)


# In the process


def _work(connection: Connection) -> None:
    """What the process runs. Ctrl-C, and a terminal that is closed, are the parent's affair: its end is seen here."""
    ignore_terminal_signals()
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    with suppress(InputError):  # no generator ships; who asks for a number is told so
        warm.make_ready()
    with suppress(OSError, EOFError):  # the parent has gone
        connection.send(("ready",))
        while True:
            connection.send(_answer(connection.recv()))


def _end_with_parent() -> None:
    """A drawing that nobody waits for any more is not drawn to its end."""
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
