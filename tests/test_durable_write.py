"""What outlasts a power cut is synced in the right order. What a cut leaves of a whole run: tests/test_cuts.py."""

import errno
import os
import stat
from pathlib import Path

import pytest

from nnet.durable_write import durably_replacing, make_folder, sync


def held(folder: Path) -> dict[str, str]:
    """What lies in a folder: every name with its text."""
    return {entry.name: entry.read_text() for entry in folder.iterdir()}


@pytest.fixture(params=["old", None], ids=["replaced", "new"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file that holds "old", or none yet."""
    if request.param is not None:
        (tmp_path / "file").write_text(request.param)
    return tmp_path / "file"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is synced, by inode, and what is renamed, by its new name."""
    done: list[str] = []
    fsync, rename = os.fsync, os.replace

    def note_sync(number: int) -> None:
        done.append(f"sync {os.fstat(number).st_ino}")
        fsync(number)

    def note_rename(source: Path, target: Path) -> None:
        done.append(f"rename to {target.name}")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_rename)
    return done


def test_the_content_is_synced_before_the_name_and_the_folder_after(path: Path, calls: list[str]) -> None:
    with durably_replacing(path) as beside:
        beside.write_text("new")
        inode = beside.stat().st_ino
    assert calls == [f"sync {inode}", "rename to file", f"sync {path.parent.stat().st_ino}"]
    assert held(path.parent) == {"file": "new"}


def test_the_old_file_is_kept_where_there_is_one(path: Path) -> None:
    there = held(path.parent)
    for content in ("new", "newer"):
        with durably_replacing(path, former=path.with_name("former")) as beside:
            beside.write_text(content)
        assert held(path.parent) == {"file": content} | ({"former": there["file"]} if there else {})
        there = {"file": content}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_where_the_disk_does_not_take_it_the_old_file_is_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    before = held(path.parent)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with (
            pytest.raises(OSError, match=os.strerror(number)),
            durably_replacing(path, path.with_name("former")) as beside,
        ):
            beside.write_text("new")
    assert held(path.parent) == before


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_a_file_system_that_syncs_no_folders_is_no_error_and_a_broken_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fsync = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    if number == errno.EINVAL:
        sync(tmp_path)
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            sync(tmp_path)


def test_what_is_not_there_cannot_be_synced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "gone")


def test_folders_are_made_with_those_above_and_may_be_there(tmp_path: Path) -> None:
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="file"):
        make_folder(tmp_path / "file" / "below")
