"""Helpers for tests of training workers.

`Local` runs the worker code in a thread of the test process.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from gan.data import Dataset
from gan.rules.run_config import Config
from gan.runs import folder_lock, previews, worker
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.messages import Event
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.session import Session
from gan.runs.terminal_output import Lines
from gan.runs.worker import Worker
from gan.runs.worker_link import WorkerChannel, no_parent
from nnet import weights
from tests.helpers.commands import SECONDS, wait_for
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits

EventDict = dict[str, Any]  # any event, as sent through the pipe

CONFIG = tiny(3, iterations=40, picture_every=5)


def create_run(path: Path, config: Config) -> Path:
    """Create a run if there is none, and return its folder.

    Without a run, a worker waits for a train command.
    """
    return path if Run.exists(path) else create(path, config).path


def session_of(
    path: Path, config: Config, data: Dataset, parent: WorkerChannel | None = None
) -> Session:
    """Return a run in this thread that is not opened yet, perhaps without a parent."""
    return Session(
        parent or no_parent(), path, config, data, SheetEvaluator(config, data, None)
    )


class Local(Worker):
    """A worker whose code runs in a thread of this process, so that a test can patch
    it.
    """

    def __init__(
        self,
        run_path: Path,
        config: Config,
        directory: Path | None = None,
        cores: int = 1,
    ) -> None:
        super().__init__(run_path, config, directory, cores)
        self.thread = threading.Thread(
            target=self._run, args=(run_path, config, directory), daemon=True
        )

    def _run(self, run_path: Path, config: Config, directory: Path | None) -> None:
        try:
            worker._train(WorkerChannel(self._theirs), run_path, config, directory, 1)
        finally:
            self._theirs.close()

    def start(self) -> None:
        if self._commands._sent:
            # a worker expects the first commands within IDLE_SECONDS
            self.connection.send(self._commands.fetch())
        self.thread.start()
        self._sender.start()

    @property
    def alive(self) -> bool:
        return self.thread.is_alive()

    def stop(self, timeout: float = SECONDS) -> None:
        self.send("quit")
        self.thread.join(timeout)
        assert not self.alive, (
            f"the worker of {self.thread.name} did not end within {timeout} s"
        )


@contextmanager
def idle_worker(
    path: Path, config: Config, patch: pytest.MonkeyPatch
) -> Iterator[Local]:
    """Yield an idle worker with 20 noise digits as its data, and end it after the
    block.
    """
    # only the main thread may set signal handlers
    patch.setattr("signal.signal", lambda *_: None)
    patch.setattr("gan.runs.worker.load", lambda _: noise_digits(20))
    local = Local(path, config)
    local.start()
    try:
        until(local, state("idle"))
        yield local
    finally:
        local.stop()


def show_every_iteration(patch: pytest.MonkeyPatch) -> None:
    """Send viewers a sheet after every iteration."""
    for name, value in (
        ("OFTEN_SECONDS", 0.0),
        ("LIVELY_SHARE", 1e9),
        ("LATER_SHARE", 1e9),
    ):
        patch.setattr(previews, name, value)


def train_to(worker: Worker, path: Path, iterations: int) -> None:
    """Train the given number of iterations and wait for the checkpoint."""
    worker.send("train", iterations)
    reached = until(
        worker, lambda event: event.get("state") == "idle" and event["iteration"] > 0
    )[-1]["iteration"]
    wait_for(lambda: saved_iteration(path) == reached, "the checkpoint")


def until(worker: Worker, condition: Callable[[EventDict], bool]) -> list[EventDict]:
    """Return the events up to the first one that satisfies the condition, with it."""
    events: list[EventDict] = []
    while not (events and condition(events[-1])):
        event = worker.receive(SECONDS)
        assert event is not None, f"no event after {events}"
        # raises an error if the event cannot be sent to browsers as JSON
        json.dumps(event, allow_nan=False)
        events.append(dict(event))
    return events


def state(name: str, at_least: int = 0) -> Callable[[EventDict], bool]:
    return lambda event: event.get("state") == name and event["iteration"] >= at_least


def of_type(kind: str) -> Callable[[EventDict], bool]:
    return lambda event: event["type"] == kind


def all_events(worker: Worker) -> list[EventDict]:
    """Return all events until the process or thread ends."""
    events: list[EventDict] = []
    with pytest.raises(EOFError):  # noqa: PT012
        while (event := worker.receive(SECONDS)) is not None:
            events.append(dict(event))
    return events


def saved_iteration(path: Path, name: str = "checkpoint") -> int:
    """Return the iteration of a run's checkpoint; -1 if there is none, as between the
    two renames of a save.
    """
    try:
        return int(
            json.loads(weights.load(path / f"{name}.safetensors")[1]["trainer"])[
                "iteration"
            ]
        )
    except weights.WeightsError as error:
        if "found none" not in str(error) and not isinstance(
            error.__cause__, FileNotFoundError
        ):
            raise
        return -1


def release_when_awaited(lock: FileLock, patch: pytest.MonkeyPatch) -> None:
    """Release this lock of a run as soon as a worker waits for it."""

    class Awaited(FileLock):
        def acquire(self, *arguments: Any, **options: Any) -> Any:
            if arguments or options.get("timeout") is not None:
                lock.release()
            return super().acquire(*arguments, **options)

    patch.setattr(folder_lock, "FileLock", Awaited)


class RecordedProgress(Lines):
    """Records the events and lines instead of printing them."""

    def __init__(self) -> None:
        self.events: list[EventDict] = []
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def show(self, run: Run, event: Event) -> None:
        self.events.append(dict(event))
