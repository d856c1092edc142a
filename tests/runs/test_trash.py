"""gan/runs/run_writer.py: a deleted run moves to the trash as a whole and never overwrites anything there."""

import errno
import os
from pathlib import Path

import pytest

from gan.errors import InputError
from gan.runs import run_lock
from gan.runs.run import Run
from gan.runs.run_lock import TRASH, held, move_to_trash
from gan.runs.run_writer import RunWriter, create
from tests.helpers.fake_worker import tiny


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", tiny(3))


def test_each_deleted_run_gets_its_own_folder(run: RunWriter, tmp_path: Path) -> None:
    for number in ("", "-2", "-3"):
        (run.path / "mine.txt").write_text(number)
        place = move_to_trash(tmp_path, "digit-3", run.path)
        assert place == tmp_path / TRASH / f"digit-3{number}"
        assert not run.path.exists()
        assert Run.open(place).config == run.config
        create(run.path, run.config)
    assert [(tmp_path / TRASH / f"digit-3{n}" / "mine.txt").read_text() for n in ("", "-2", "-3")] == ["", "-2", "-3"]


@pytest.mark.parametrize("entry", ["file", "empty", "full"])
def test_nothing_in_the_trash_is_overwritten(run: RunWriter, tmp_path: Path, entry: str) -> None:
    taken = tmp_path / TRASH / "digit-3"
    taken.parent.mkdir()
    if entry == "file":
        taken.write_text("kept")
    else:
        taken.mkdir()
    if entry == "full":
        (taken / "kept").write_text("kept")
    before = taken.stat().st_ino
    assert move_to_trash(tmp_path, "digit-3", run.path).name == "digit-3-2"
    assert taken.stat().st_ino == before


def test_the_move_is_synced(run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(run_lock, "sync", synced.append)
    move_to_trash(tmp_path, "digit-3", run.path)
    assert synced == [tmp_path / TRASH, tmp_path]


def test_a_run_in_training_elsewhere_is_not_deleted(run: RunWriter, tmp_path: Path) -> None:
    with held(run), pytest.raises(InputError, match="is open in another process"):
        move_to_trash(tmp_path, "digit-3", run.path)
    assert Run.exists(run.path)
    assert not (tmp_path / TRASH).exists()


def test_a_broken_run_can_be_deleted(run: RunWriter, tmp_path: Path) -> None:
    (run.path / "config.json").write_text("{")
    assert (move_to_trash(tmp_path, "digit-3", run.path) / "config.json").read_text() == "{"


def test_a_failed_move_keeps_the_run_and_leaves_nothing_in_the_trash(
    run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(*_: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr("os.rename", rename)
    with pytest.raises(InputError, match="could not be moved to"):
        move_to_trash(tmp_path, "digit-3", run.path)
    assert Run.exists(run.path)
    assert not list((tmp_path / TRASH).iterdir())


@pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege there")
def test_a_symlink_instead_of_the_trash_is_not_followed(run: RunWriter, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / TRASH).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="found a link, which is not followed"):
        move_to_trash(tmp_path, "digit-3", run.path)
    assert not list((tmp_path / "elsewhere").iterdir())
