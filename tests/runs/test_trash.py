"""gan/runs/trash.py: a deleted run moves to the trash as a whole, and overwrites nothing."""

import errno
import os
from pathlib import Path
from unittest.mock import Mock

import pytest

from gan.errors import InputError
from gan.runs import trash
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.runs.trash import TRASH, move_to_trash
from tests.helpers.fake_worker import tiny


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", tiny(3))


def test_each_deleted_run_gets_its_own_folder_and_overwrites_nothing(run: RunWriter, tmp_path: Path) -> None:
    folder = tmp_path / TRASH
    (folder / "digit-3-2").mkdir(parents=True)
    (folder / "digit-3-3").touch()
    for number in ("", "-4", "-5"):
        (run.path / "mine.txt").write_text(number)
        (run.path / "config.json").write_text("{")  # a broken run can be deleted, too
        assert move_to_trash(tmp_path, "digit-3", run.path) == folder / f"digit-3{number}"
        assert not run.path.exists()
        create(run.path, run.config)
    assert not list((folder / "digit-3-2").iterdir())
    for number in ("", "-4", "-5"):
        assert (folder / f"digit-3{number}" / "mine.txt").read_text() == number


def test_the_move_is_synced(run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(trash, "sync", synced.append)
    move_to_trash(tmp_path, "digit-3", run.path)
    assert synced == [tmp_path / TRASH, tmp_path]


def test_a_failed_move_keeps_the_run(run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.rename", Mock(side_effect=OSError(errno.EXDEV, os.strerror(errno.EXDEV))))
    with pytest.raises(InputError, match="could not be moved to"):
        move_to_trash(tmp_path, "digit-3", run.path)
    assert Run.exists(run.path)
    assert not list((tmp_path / TRASH).iterdir())
