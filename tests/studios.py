"""A studio for tests: its workers are fakes, its runs are real. Import `studio` and `heard` to use them as fixtures."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_worker import FakeWorker, tiny

from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.services.run_manager import RunManager, Settings

Heard = list[dict[str, Any]]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[RunManager]:
    FakeWorker.made.clear()
    made: Callable[..., Any] = FakeWorker
    studio = RunManager(Settings(tmp_path, None, "some digits", 1, tiny, made))
    yield studio
    studio.close()


@pytest.fixture
def heard(studio: RunManager) -> Heard:
    events: Heard = []
    studio.listen(lambda told: events.append(dict(told)))
    return events


def written_at(run: Run, seconds: float) -> None:
    """Set the clock of all that lies in a run."""
    for path in (run.images, *run.path.rglob("*.*")):
        os.utime(path, (seconds, seconds))


def open_first(studio: RunManager) -> None:
    """As the server does when it starts; there is a run, at least one of all digits."""
    if not studio.catalogue.names():
        create(studio.catalogue.runs / "all-digits", tiny(None, network="quick", few=True, iterations=None))
    studio.open_first()
