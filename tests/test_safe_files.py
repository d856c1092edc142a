"""A run's folder that is deleted, moved or exchanged under a living worker: the worker belongs to the one it opened."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_worker import FakeWorker, tiny
from serving import wait_until
from workers import CONFIG, SECONDS, Local, made, of_type, saved_iteration, state, to_the_end, until

from gan.runs.run import Run, identity, opened
from gan.runs.run_writer import create
from gan.web.services.run_manager import RunManager, Settings

WORDS = "deleted, moved or exchanged since it was opened; put it back to go on, or make a new run"


def delete(path: Path) -> None:
    shutil.rmtree(path)


def move(path: Path) -> None:
    path.rename(path.with_name("moved"))


def exchange(path: Path) -> None:
    move(path)
    path.mkdir()


def make_anew(path: Path) -> None:
    """A system may give the new folder the inode of the old one, if it is free."""
    shutil.rmtree(path)
    path.mkdir()


@pytest.mark.parametrize("change", [delete, move, exchange, make_anew])
def test_a_folder_that_is_another_or_none_is_noticed(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "run"
    path.mkdir()
    with opened(path) as check:
        check()
        (path / "file").write_text("what lies in it may change")
        check()
        change(path)
        with pytest.raises(OSError, match=WORDS):
            check()


def test_one_that_is_put_back_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir()
    with opened(path) as check:
        exchange(path)
        path.rmdir()
        path.with_name("moved").rename(path)
        check()


def test_the_identity_of_what_is_not_there(tmp_path: Path) -> None:
    assert identity(tmp_path / "gone") is None
    assert identity(tmp_path / ("x" * 300)) is None


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    monkeypatch.setattr("signal.signal", lambda *_: None)  # only a main thread may set handlers
    local = Local(made(tmp_path / "run", CONFIG), CONFIG)
    local.start()
    until(local, state("idle"))
    yield local
    local.send("quit")
    local.thread.join(SECONDS)


def test_nothing_of_the_old_run_gets_into_a_new_one_of_its_name(local: Local, tmp_path: Path) -> None:
    local.send("train", 4)
    until(local, state("idle", at_least=4))
    wait_until(lambda: saved_iteration(tmp_path / "run") == 4)  # amid a save it is the system that says what is gone
    delete(tmp_path / "run")
    new = create(tmp_path / "run", tiny(5))
    local.send("train", 20)
    assert WORDS in until(local, of_type("error"))[-1]["message"]
    local.send("quit")
    assert WORDS in to_the_end(local)[-1]["message"]
    assert sorted(path.name for path in new.path.rglob("*")) == ["config.json", "images"]


def test_a_folder_that_is_put_back_is_gone_on_with(local: Local, tmp_path: Path) -> None:
    path = tmp_path / "run"
    move(path)
    local.send("train", 2)
    assert WORDS in until(local, of_type("error"))[-1]["message"]
    until(local, state("idle"))
    path.with_name("moved").rename(path)
    local.send("train", 2)
    reached = until(local, state("idle", at_least=3))[-1]["iteration"]
    local.send("quit")
    to_the_end(local)
    assert saved_iteration(path) == reached


def test_a_page_opens_the_new_run_of_that_name_with_a_process_of_its_own(tmp_path: Path) -> None:
    FakeWorker.made.clear()
    made: Any = FakeWorker
    studio = RunManager(Settings(tmp_path, None, "some digits", 1, tiny, made))
    name = studio.create(3, 0, True)
    wait_until(lambda: studio.state() == "idle")
    studio.command(name, "train", 2)
    assert len(FakeWorker.made) == 1
    exchange(tmp_path / name)
    create(tmp_path / name, tiny(3, seed=8))
    studio.command(name, "train", 2)
    old, new = FakeWorker.made
    assert (old.alive, new.alive, new.config.seed) == (False, True, 8)
    studio.close()
    assert Run.open(tmp_path / name).config.seed == 8
