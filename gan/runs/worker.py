"""A training run in a process of its own, and the controls it obeys.

The parent holds a `Worker` and talks with it over a pipe: commands go in, events come out. Between two iterations the
worker looks whether there is a command, so Stop stops within one iteration. When the parent goes away, the worker saves
its run and goes as well.

What the process does is in gan/runs/session.py; the words of both directions are in gan/runs/messages.py.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from gan.command import describe_error
from gan.config import Config
from gan.errors import InputError
from gan.interrupts import ctrl_c_blocked, ignore_terminal_signals
from gan.runs.messages import Command, Event, Parent, Watching
from gan.runs.session import train_until_quit
from nnet.fast.kernels.parallel import set_threads

KILLED = "was killed, by the system for want of memory or by somebody"  # nobody is told which
ENDING_SECONDS = 1.0  # a process whose pipe is closed ends within this


class Worker:
    """The parent's handle on a training process. Threads may share it: any of them may send, one receives.

    Parameters
    ----------
    run_path : Path
        The run's folder; the worker goes on from the checkpoint there. Where there is no run it makes
        one at the first command to train, and writes nothing before.
    config : Config
    data : Path or None
        A folder with MNIST's files; None is the shipped sample.
    threads : int
        Cores the process may use.
    """

    def __init__(self, run_path: Path, config: Config, data: Path | None, threads: int) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks but not the threads
        self.connection, self._theirs = context.Pipe()
        self._sending = threading.Lock()
        arguments = (self._theirs, run_path, config, data, threads)
        self.process = context.Process(target=_work, args=arguments, name=config.name, daemon=True)

    def start(self) -> None:
        """Start the process; returns at once."""
        with ctrl_c_blocked():
            self.process.start()
        self._theirs.close()  # the child has its own copy; with ours closed, its end is seen here

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.is_alive()

    def send(self, command: Command | Watching, number: int | None = None) -> None:
        """Give a command; it is obeyed within one iteration. A process that has gone cannot be told: nothing happens.

        Parameters
        ----------
        command : Command or Watching
            One that is none of them comes back as an event of the type "error".
        number : int, optional
            Of iterations, for "train"; of a drawing, for "ask".
        """
        try:
            with self._sending:
                self.connection.send((command, number))
        except OSError:
            pass

    def receive(self, timeout: float | None) -> Event | None:
        """The next event; None after `timeout` seconds without one.

        EOFError when the process has gone; it says `KILLED` if it was.
        """
        try:
            return self.connection.recv() if self.connection.poll(timeout) else None
        except (EOFError, OSError) as error:  # a killed process resets the pipe
            raise EOFError(*[KILLED] if self._was_killed() else []) from error

    def _was_killed(self) -> bool:
        if self.process.pid is None:
            return False
        self.process.join(ENDING_SECONDS)
        return self.process.exitcode == -getattr(signal, "SIGKILL", 9)

    def stop(self, timeout: float = 20) -> None:
        """Ask the process to save and end; after `timeout` seconds end it by force."""
        self.send("quit")
        self.process.join(timeout)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _work(connection: Connection, run_path: Path, config: Config, data: Path | None, threads: int) -> None:
    """What the process runs. Ctrl-C, and a terminal that is closed, are the parent's affair: its end is seen here."""
    ignore_terminal_signals()
    set_threads(threads)
    parent = Parent(connection)
    signal.signal(signal.SIGTERM, lambda *_: parent.quit())
    try:
        train_until_quit(parent, run_path, config, data)
    except InputError as error:
        parent.tell({"type": "error", "message": str(error), "field": error.field})
    except (OSError, MemoryError) as error:  # half an iteration may be done: it is not saved
        parent.tell({"type": "error", "message": describe_error(error), "field": None})
