"""A file is written beside its place: nobody sees half of one, and an error leaves the old one whole, alone."""

import errno
import os
from pathlib import Path

import pytest

from nnet.durable_write import replacing


@pytest.fixture(params=["old", None], ids=["replaced", "new"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file that holds "old", or none yet."""
    path = tmp_path / "file.json"
    if request.param is not None:
        path.write_text(request.param)
    return path


def held(folder: Path) -> dict[str, str]:
    """What lies in a folder: every name with its text."""
    return {entry.name: entry.read_text() for entry in folder.iterdir()}


def test_after_the_block_it_is_the_file_and_nothing_lies_beside(path: Path) -> None:
    with replacing(path) as beside:
        beside.write_text("new")
    assert held(path.parent) == {path.name: "new"}


def test_within_the_block_the_old_file_is_whole(path: Path) -> None:
    before = held(path.parent)
    with replacing(path) as beside:
        beside.write_text("ne")
        assert held(path.parent) == {**before, beside.name: "ne"}
        beside.write_text("new")


def test_it_is_written_in_the_same_folder_under_a_name_that_is_not_taken_for_one_of_its_kind(path: Path) -> None:
    with replacing(path) as beside:
        beside.write_text("new")
        assert beside.parent == path.parent
        assert beside.name.startswith(".")
        assert not list(path.parent.glob("*.json"))[1:]


def fail(path: Path, written: str, error: BaseException) -> None:
    """Raise the error when so much is written."""
    with replacing(path) as beside:
        beside.write_text(written)
        raise error


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("written", ["", "half"])
def test_after_an_error_the_old_file_is_whole_and_nothing_lies_beside(
    path: Path, error: type[BaseException], written: str
) -> None:
    before = held(path.parent)
    with pytest.raises(error, match="in the middle"):
        fail(path, written, error("in the middle"))
    assert held(path.parent) == before


def test_an_error_before_anything_is_written(path: Path) -> None:
    before = held(path.parent)
    with pytest.raises(ZeroDivisionError), replacing(path):
        raise ZeroDivisionError
    assert held(path.parent) == before


def test_a_block_that_writes_nothing_is_an_error(path: Path) -> None:
    before = held(path.parent)
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert held(path.parent) == before


def test_where_it_cannot_be_renamed_the_old_file_is_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_rename(source: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(target))

    before = held(path.parent)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", no_rename)
        with pytest.raises(PermissionError), replacing(path) as beside:
            beside.write_text("new")
    assert held(path.parent) == before


def test_a_folder_in_its_place_stays(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "within").write_text("here")
    with pytest.raises(OSError, match="taken"), replacing(tmp_path / "taken") as beside:
        beside.write_text("new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]
    assert held(tmp_path / "taken") == {"within": "here"}


def test_no_folder_to_write_in(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "gone" / "file") as beside:
        beside.write_text("new")
    assert held(tmp_path) == {}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file, which nobody can write into, whoever runs this")
    before = held(tmp_path)
    with pytest.raises(OSError, match="folder"), replacing(tmp_path / "folder" / "file") as beside:
        beside.write_text("new")
    assert held(tmp_path) == before
