"""Train a queue of runs in worker processes."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType

from gan.cli.interrupts import Interrupts
from gan.cli.process_with_pipe import readable
from gan.runs.messages import Event
from gan.runs.run import Run
from gan.runs.terminal_output import Lines
from gan.runs.worker import Worker
from gan.runs.worker_link import RunStatus

# how often to check for a signal, because a signal does not interrupt a wait in Python
LOOK_SECONDS = 0.2
# Maximum time for a worker to save and quit, even while it still imports modules on a
# busy machine.
SAVING_SECONDS = 60.0


class RunQueue(ABC):
    """Base of `Queue`, which uses local processes, and of `ClusterQueue`."""

    def __init__(self, progress: Lines) -> None:
        self.progress = progress
        # names of the runs that ended before their last iteration
        self.failed: list[str] = []
        # whether the last failure was caused by invalid input or by the disk
        self.bad_input = False
        # records SIGINT and SIGTERM while the runs train
        self.interrupts = Interrupts()

    @abstractmethod
    def train_all(self) -> None:
        """Train all runs to the end and display their events.

        The first SIGINT, SIGTERM or SIGHUP raises KeyboardInterrupt between events.
        Later ones have no effect.
        """

    @abstractmethod
    def save_and_end(self) -> list[str]:
        """Save and stop all runs in training.

        Return the names of the runs that could not be saved.
        """

    def note_end(self, run: Run, heard: RunStatus) -> None:
        """Record a failure if the run ended with an error or too early."""
        if heard.failure:
            self.failed.append(run.name)
            self.bad_input = "field" in heard.failure
        elif not heard.has_ended or heard.now["iteration"] < (
            run.config.iterations or 0
        ):
            self.failed.append(run.name)  # its process was stopped from outside


class Queue(RunQueue):
    """Trains runs, at most `len(cores)` at once.

    The i-th run in the order of paths uses `cores[i]` cores, so it uses the same number
    when the same runs resume in another order. If there are more runs than numbers, the
    numbers repeat. `kept` has the numbers of runs that keep theirs. Each run is trained
    up to the number of iterations in its config. `data` is the path of images that
    replace MNIST.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        cores: list[int],
        data: Path | None,
        progress: Lines,
        kept: Mapping[Path, int] = MappingProxyType({}),
    ) -> None:
        super().__init__(progress)
        self.waiting = deque(runs)
        self.at_once = len(cores)
        self.data = data
        paths = sorted(run.path for run in runs)
        self.cores = dict(zip(paths, cycle(cores), strict=False)) | dict(kept)
        # The runs in training, by the connection to their worker.
        self.working: dict[Connection, tuple[Run, Worker, RunStatus]] = {}

    def train_all(self) -> None:
        with self.interrupts.deferred():
            while self.waiting or self.working:
                while (
                    self.waiting
                    and len(self.working) < self.at_once
                    and not self.interrupts.received
                ):
                    self.begin(self.waiting.popleft())
                for connection in readable(list(self.working), LOOK_SECONDS):
                    self.receive_event(connection)
                self.interrupts.raise_if_received()

    def begin(self, run: Run) -> None:
        worker = Worker(run.path, run.config, self.data, self.cores[run.path])
        worker.start()
        worker.send("finish")
        self.working[worker.connection] = (run, worker, RunStatus())

    def receive_event(self, connection: Connection) -> None:
        """Receive one event from a worker, or notice that its process has ended."""
        run, worker, heard = self.working[connection]
        event: Event | None
        try:
            event = worker.receive(0)
        except EOFError as error:
            reason = str(error) or "ended unexpectedly"
            ended = f"its process {reason}; --resume continues from its checkpoint"
            event = {"type": "error", "message": ended}
            worker.stop(0)
        if event is None:
            return
        heard.hear(event)
        self.progress.show(run, event)
        if heard.failure or heard.has_ended:
            self.note_end(run, heard)
            worker.stop()
            del self.working[connection]

    def save_and_end(self) -> list[str]:
        for _, worker, _ in self.working.values():
            worker.send("quit")
        for run, worker, heard in self.working.values():
            worker.stop(SAVING_SECONDS)
            with suppress(EOFError):
                while event := worker.receive(0):
                    heard.hear(event)
                    self.progress.show(run, event)
        return [
            run.name for run, _, heard in self.working.values() if not heard.has_ended
        ]
