"""gan/runs/session.py: viewers see a new run, but nothing is written until the first
command to train.
"""

import base64
from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest

from gan.runs.folder_lock import held
from gan.runs.run import Run
from gan.runs.run_writer import create
from tests.helpers.workers import (
    CONFIG,
    EventDict,
    Local,
    all_events,
    idle_worker,
    of_type,
    saved_iteration,
    state,
    until,
)


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """Return a worker for a run whose folder does not exist yet."""
    monkeypatch.setattr("gan.runs.session.FIRST_SECONDS", inf)  # save only on a command
    with idle_worker(tmp_path / "runs" / "digit-3", CONFIG, monkeypatch) as local:
        yield local


def kinds(events: list[EventDict]) -> list[object]:
    return [event.get("state", event["type"]) for event in events]


def test_watching_and_asking_create_no_files(local: Local, tmp_path: Path) -> None:
    local.send("watch")
    sheet = until(local, of_type("sheet"))[-1]
    assert sheet["iteration"] == 0
    assert len(sheet["reading"]["near"]) == 64
    local.send("ask", 5)
    assert until(local, of_type("answer"))[-1]["drawing"] == 5
    local.send("quit")
    assert kinds(all_events(local)) == ["gone"]
    assert not list(tmp_path.iterdir())


def test_the_first_command_to_train_creates_the_run(
    local: Local, tmp_path: Path
) -> None:
    local.send("watch")
    sheet = until(local, of_type("sheet"))[-1]
    local.send("fun")
    assert kinds(until(local, state("training"))) == ["picture", "training"], (
        "no idle state, and no sheet twice"
    )
    path = tmp_path / "runs" / "digit-3"
    assert saved_iteration(path) == 0
    assert base64.b64decode(sheet["png"]) == (path / "images" / "0.png").read_bytes()
    until(local, state("training", at_least=1))
    local.send("pause")
    local.send("reset")
    until(local, lambda event: event == {"type": "picture", "iteration": 0})
    assert Run.open(path).pictures() == [0]


def test_a_run_created_elsewhere_is_kept(
    local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan.runs.folder_lock.LOCK_SECONDS", 0.0)
    run = create(tmp_path / "runs" / "digit-3", CONFIG)
    with held(run):
        local.send("fun")
        heard = all_events(local)
    assert "is open in another process" in heard[-1]["message"]
    assert run.pictures() == []
