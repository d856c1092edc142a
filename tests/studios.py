"""A run manager with fake workers and real runs. Import the fixtures `manager` and `events` to use them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_worker import FakeWorker, tiny

from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.services.run_manager import RunManager, Settings

Events = list[dict[str, Any]]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[RunManager]:
    FakeWorker.made.clear()
    worker: Callable[..., Any] = FakeWorker
    manager = RunManager(Settings(tmp_path, None, "some digits", 1, tiny, worker))
    yield manager
    manager.close()


@pytest.fixture
def events(manager: RunManager) -> Events:
    events: Events = []
    manager.listen(lambda message: events.append(dict(message)))
    return events


def set_mtime(run: Run, seconds: float) -> None:
    """Set the modification times of all files of a run."""
    for path in (run.images, *run.path.rglob("*.*")):
        os.utime(path, (seconds, seconds))


def open_first(manager: RunManager) -> None:
    """Create a run of all digits if there is none, and open the first run as the server does at its start."""
    if not manager.catalogue.names():
        create(manager.catalogue.runs / "all-digits", tiny(None, network="quick", few=True, iterations=None))
    manager.open_first()
