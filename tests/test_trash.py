"""gan/runs/run_writer.py: a deleted run moves, whole, to where nothing is ever written over."""

import errno
import os
from pathlib import Path

import pytest
from fake_worker import tiny

from gan.errors import InputError
from gan.runs import run_writer
from gan.runs.run import Run
from gan.runs.run_writer import TRASH, RunWriter, create, held, move_to_trash


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", tiny(3))


def test_a_run_moves_as_it_is_and_every_time_to_a_place_of_its_own(run: RunWriter, tmp_path: Path) -> None:
    for number in ("", "-2", "-3"):
        (run.path / "mine.txt").write_text(number)
        place = move_to_trash(tmp_path, "digit-3", run.path)
        assert place == tmp_path / TRASH / f"digit-3{number}"
        assert not run.path.exists()
        assert Run.open(place).config == run.config
        create(run.path, run.config)
    assert [(tmp_path / TRASH / f"digit-3{n}" / "mine.txt").read_text() for n in ("", "-2", "-3")] == ["", "-2", "-3"]


@pytest.mark.parametrize("there", ["file", "empty", "full"])
def test_what_lies_in_the_trash_is_not_written_over(run: RunWriter, tmp_path: Path, there: str) -> None:
    taken = tmp_path / TRASH / "digit-3"
    taken.parent.mkdir()
    if there == "file":
        taken.write_text("kept")
    else:
        taken.mkdir()
    if there == "full":
        (taken / "kept").write_text("kept")
    before = taken.stat().st_ino
    assert move_to_trash(tmp_path, "digit-3", run.path).name == "digit-3-2"
    assert taken.stat().st_ino == before


def test_its_new_place_is_on_the_disk(run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(run_writer, "sync", synced.append)
    move_to_trash(tmp_path, "digit-3", run.path)
    assert synced == [tmp_path / TRASH, tmp_path]


def test_a_run_that_another_process_trains_stays(run: RunWriter, tmp_path: Path) -> None:
    with held(run), pytest.raises(InputError, match="is open in another process"):
        move_to_trash(tmp_path, "digit-3", run.path)
    assert Run.exists(run.path)
    assert not (tmp_path / TRASH).exists()


def test_a_broken_run_can_be_deleted(run: RunWriter, tmp_path: Path) -> None:
    (run.path / "config.json").write_text("{")
    assert (move_to_trash(tmp_path, "digit-3", run.path) / "config.json").read_text() == "{"


def test_what_cannot_be_moved_stays_and_leaves_nothing(
    run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(*_: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr("os.rename", rename)
    with pytest.raises(InputError, match="could not be moved to"):
        move_to_trash(tmp_path, "digit-3", run.path)
    assert Run.exists(run.path)
    assert not list((tmp_path / TRASH).iterdir())


@pytest.mark.skipif(os.name == "nt", reason="who may make a link there is another question")
def test_a_link_in_the_place_of_the_trash_is_not_followed(run: RunWriter, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / TRASH).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="found a link, which is not followed"):
        move_to_trash(tmp_path, "digit-3", run.path)
    assert not list((tmp_path / "elsewhere").iterdir())
