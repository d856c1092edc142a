"""Train a run in its own process, and control that process from its parent.

The parent holds a `Worker`, which sends commands to the process
(gan/runs/worker_link.py) and receives its events over a pipe. The process carries out
the commands between iterations (gan/runs/session.py). If the parent ends, the process
saves its run and quits. gan/runs/messages.py defines the commands and the events.
"""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from gan.base.errors import InputError, describe_error, thread_limit_as_oserror
from gan.cli.interrupts import ignore_terminal_signals
from gan.cli.process_with_pipe import ChildProcess
from gan.data import load
from gan.drawings.recognition import open_recognizer
from gan.rules.run_config import Config
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.messages import Command, Commands, Event, ViewerCommand
from gan.runs.run import Run
from gan.runs.run_on_own_images import refuse_missing_images
from gan.runs.session import Session
from gan.runs.worker_link import NewestCommands, WorkerChannel
from nnet.fast.kernels.thread_pool import set_threads
from nnet.fast.team import TeamError
from nnet.threads import useful_cores

# maximum time for the receiving thread to deliver the last events
LAST_EVENTS_SECONDS = 5.0


class Worker(ChildProcess[Event]):
    """The parent's handle on a training process.

    Parameters
    ----------
    run_path : Path
        The run's folder. The worker resumes from the checkpoint there. If there is no
        run, the worker creates one at the first command to train and writes nothing
        before that.
    config : Config
    data : Path or None
        The path of images that replace MNIST.
    cores : int
        The number of cores that the run may use. It uses at most as many as are useful
        for its batch.
    """

    def __init__(
        self, run_path: Path, config: Config, data: Path | None, cores: int
    ) -> None:
        super().__init__(
            _work,
            config.name,
            run_path,
            config,
            data,
            min(cores, useful_cores(config.batch)),
        )
        self._commands = NewestCommands()
        self._sender = threading.Thread(target=self._send_all, daemon=True)
        self._follower: threading.Thread | None = None

    def start(self) -> None:
        """Start the process, and the thread that sends commands to it.

        Raise OSError if the system is out of memory, processes or threads.
        """
        super().start()
        try:
            with thread_limit_as_oserror():
                self._sender.start()
        except OSError:
            self.kill()
            raise

    def send(self, command: Command | ViewerCommand, number: int | None = None) -> int:
        """Send a command, and return its serial number.

        Any thread may call this. It never waits.

        The command takes effect before the next iteration but one, or not at all if the
        process has ended. `number` is the number of iterations for "train", or the
        index of the drawing for "step" and "ask".
        """
        return self._commands.add(command, number)

    def _send_all(self) -> None:
        """Send the newest commands until "quit" is sent or the process has ended.

        This runs in its own thread, because sending blocks while the process hangs and
        the pipe is full.
        """
        commands: Commands = {}
        with suppress(OSError):
            while "quit" not in commands:
                commands = self._commands.fetch()
                self.connection.send(commands)

    def follow(
        self, on_event: Callable[[Event], None], on_end: Callable[[str], None]
    ) -> None:
        """Start a thread that passes on each event, then why the process has ended."""

        def receive_all() -> None:
            try:
                while True:
                    if event := self.receive(None):
                        on_event(event)
            except EOFError as error:
                on_end(str(error) or "ended unexpectedly")

        follower = threading.Thread(
            target=receive_all, name=f"events of {self.process.name}", daemon=True
        )
        follower.start()  # raises RuntimeError if the system allows no more threads
        self._follower = follower

    def stop(self, timeout: float = 20) -> None:
        """Tell the process to save and quit, and kill it after `timeout` seconds."""
        self.send("quit")
        self.process.join(timeout)
        if self.alive:
            self.kill()
        if self._follower:
            self._follower.join(LAST_EVENTS_SECONDS)


def _work(
    connection: Connection,
    run_path: Path,
    config: Config,
    data: Path | None,
    cores: int,
) -> None:
    """Run the worker process.

    It ignores Ctrl-C and a closed terminal, because the parent handles them.
    """
    ignore_terminal_signals()
    parent = WorkerChannel(connection)
    signal.signal(signal.SIGTERM, lambda *_: parent.quit())
    _train(parent, run_path, config, data, cores)


def _train(
    parent: WorkerChannel, run_path: Path, config: Config, data: Path | None, cores: int
) -> None:
    set_threads(1)
    try:
        with thread_limit_as_oserror():
            train_until_quit(parent, run_path, config, data, cores)
    except TeamError as error:  # do not save the incomplete iteration
        message = (
            f"training stopped, because {error}; "
            "train again to continue from the last checkpoint"
        )
        parent.tell({"type": "error", "message": message})
    except (InputError, OSError, MemoryError) as error:
        parent.tell(
            {
                "type": "error",
                "message": describe_error(error),
                "field": getattr(error, "field", None),
            }
        )


def train_until_quit(
    parent: WorkerChannel,
    path: Path,
    config: Config,
    images: Path | None,
    cores: int = 1,
) -> None:
    """Open a run, train it as the parent commands, and save it at the end.

    A new run is created at the first command to train.

    Raise InputError if the data, the config or the checkpoint does not match the run,
    or if another process is training it, OSError if the folder is not writable, and
    TeamError if one of several processes fails.
    """
    data = load(images)
    refuse_missing_images(Run(path, config), data)
    recognizer = None if config.names else open_recognizer()
    evaluator = SheetEvaluator(config, data, recognizer)
    session = Session(parent, path, config, data, evaluator, cores)
    with session.resources:
        session.open()
        # Drawing uses threads. They start only after `open`, which may fork this
        # process for a team.
        set_threads(cores)
        session.obey_until_quit()
    session.report_state("gone")
