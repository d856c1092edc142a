"""gan/runs/run.py: a run whose folder is deleted, moved or replaced while a worker is open."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gan.runs.run import Run, identity, opened
from gan.runs.run_writer import create
from gan.web.services.run_manager import RunManager, Settings
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.workers import (
    CONFIG,
    Local,
    all_events,
    create_run,
    idle_worker,
    of_type,
    saved_iteration,
    state,
    train_to,
    until,
)

MESSAGE = "deleted, moved or replaced since it was opened; put it back to continue, or make a new run"


def delete(path: Path) -> None:
    shutil.rmtree(path)


def move(path: Path) -> None:
    path.rename(path.with_name("moved"))


def replace(path: Path) -> None:
    move(path)
    path.mkdir()


def recreate(path: Path) -> None:
    """Delete the folder and create it again. The new folder may get the inode of the old one."""
    shutil.rmtree(path)
    path.mkdir()


@pytest.mark.parametrize("change", [delete, move, replace, recreate])
def test_a_deleted_or_replaced_folder_is_detected(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "run"
    path.mkdir()
    with opened(path) as check:
        check()
        (path / "file").write_text("what lies in it may change")
        check()
        change(path)
        with pytest.raises(OSError, match=MESSAGE):
            check()


def test_a_restored_folder_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir()
    with opened(path) as check:
        replace(path)
        path.rmdir()
        path.with_name("moved").rename(path)
        check()


def test_a_missing_folder_has_no_identity(tmp_path: Path) -> None:
    assert identity(tmp_path / "gone") is None
    assert identity(tmp_path / ("x" * 300)) is None


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    with idle_worker(create_run(tmp_path / "run", CONFIG), CONFIG, monkeypatch) as local:
        yield local


def test_a_worker_writes_nothing_into_a_new_run_of_the_same_name(local: Local, tmp_path: Path) -> None:
    # Wait for the end of a save, which would fail with an operating system error.
    train_to(local, tmp_path / "run", 4)
    delete(tmp_path / "run")
    new = create(tmp_path / "run", tiny(5))
    local.send("train", 20)
    assert MESSAGE in until(local, of_type("error"))[-1]["message"]
    local.send("quit")
    assert MESSAGE in all_events(local)[-1]["message"]
    assert sorted(path.name for path in new.path.rglob("*")) == ["config.json", "images"]


def test_training_continues_after_the_folder_is_restored(local: Local, tmp_path: Path) -> None:
    path = tmp_path / "run"
    move(path)
    local.send("train", 2)
    assert MESSAGE in until(local, of_type("error"))[-1]["message"]
    until(local, state("idle"))
    path.with_name("moved").rename(path)
    local.send("train", 2)
    reached = until(local, state("idle", at_least=3))[-1]["iteration"]
    local.send("quit")
    all_events(local)
    assert saved_iteration(path) == reached


def test_a_new_run_of_the_same_name_gets_its_own_worker(tmp_path: Path) -> None:
    FakeWorker.made.clear()
    worker: Any = FakeWorker
    manager = RunManager(Settings(tmp_path, None, "some digits", 1, tiny, worker))
    name = manager.create(3)
    manager.command(name, "train", 2)
    assert len(FakeWorker.made) == 1
    replace(tmp_path / name)
    create(tmp_path / name, tiny(3, seed=8))
    manager.command(name, "train", 2)
    old, new = FakeWorker.made
    assert (old.alive, new.alive, new.config.seed) == (False, True, 8)
    manager.close()
    assert Run.open(tmp_path / name).config.seed == 8
