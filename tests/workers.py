"""Talking with training workers in tests: real ones, and `Local`, the same code in a thread of the test."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_worker import tiny

from gan.config import Config
from gan.runs import worker
from gan.runs.messages import Event, WorkerChannel
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.worker import Worker
from nnet import weights

Heard = dict[str, Any]  # an event of any kind, as it came out of the pipe

CONFIG = tiny(3, iterations=40, picture_every=5)
SECONDS = 120  # longer than anything with a worker may take


def made(path: Path, config: Config) -> Path:
    """A run's folder, with a run in it: where there is none a worker waits for the first command to train."""
    return path if Run.exists(path) else create(path, config).path


class Local(Worker):
    """The worker's code in a thread of this process, where a test can change what it calls."""

    def __init__(self, run_path: Path, config: Config, directory: Path | None = None, threads: int = 1) -> None:
        super().__init__(run_path, config, directory, threads)
        self.thread = threading.Thread(target=self._run, args=(run_path, config, directory), daemon=True)

    def _run(self, run_path: Path, config: Config, directory: Path | None) -> None:
        try:
            worker._train(WorkerChannel(self._theirs), run_path, config, directory, 1)
        finally:
            self._theirs.close()

    def start(self) -> None:
        self.thread.start()

    @property
    def alive(self) -> bool:
        return self.thread.is_alive()

    def stop(self, timeout: float = SECONDS) -> None:
        self.send("quit")
        self.thread.join(timeout)
        assert not self.alive, f"the worker of {self.thread.name} did not end within {timeout} s"


def until(worker: Worker, wanted: Callable[[Heard], bool]) -> list[Heard]:
    """The events up to the first one that is wanted."""
    events: list[Heard] = []
    while not (events and wanted(events[-1])):
        event = worker.receive(SECONDS)
        assert event is not None, f"nothing came after {events}"
        json.dumps(event, allow_nan=False)  # every event can go to a browser
        events.append(dict(event))
    return events


def state(name: str, at_least: int = 0) -> Callable[[Heard], bool]:
    return lambda event: event.get("state") == name and event["iteration"] >= at_least


def of_type(kind: str) -> Callable[[Heard], bool]:
    return lambda event: event["type"] == kind


def to_the_end(worker: Worker) -> list[Heard]:
    """All events until the process, or thread, has gone."""
    events: list[Heard] = []
    with pytest.raises(EOFError):  # noqa: PT012
        while (event := worker.receive(SECONDS)) is not None:
            events.append(dict(event))
    return events


def saved_iteration(path: Path) -> int:
    """The iteration of the checkpoint in a run's folder; -1 without one, as for a moment while the next takes over."""
    try:
        return int(json.loads(weights.load(path / "checkpoint.safetensors")[1]["trainer"])["iteration"])
    except weights.WeightsError as error:
        if "found none" not in str(error):
            raise
        return -1


class Silent:
    """A Progress that keeps what it is shown."""

    def __init__(self) -> None:
        self.events: list[Heard] = []

    def say(self, text: str) -> None: ...

    def show(self, run: Run, event: Event) -> None:
        self.events.append(dict(event))

    def close(self) -> None: ...
