"""nnet/durable_write.py: files are replaced atomically, and durable writes are synced in the right order."""

import errno
import os
import stat
from pathlib import Path

import pytest

from nnet.atomic_write import replacing
from nnet.durable_write import durably_replacing, make_folder, sync


def content_of(folder: Path) -> dict[str, str]:
    """Return the text of every file in a folder, by name."""
    return {entry.name: entry.read_text() for entry in folder.iterdir()}


@pytest.fixture(params=["old", None], ids=["replaced", "new"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the path of a file, which has the content "old" or does not exist yet."""
    if request.param is not None:
        (tmp_path / "file").write_text(request.param)
    return tmp_path / "file"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that records syncs (by inode) and renames (by new name)."""
    recorded: list[str] = []
    fsync, rename = os.fsync, os.replace

    def record_sync(number: int) -> None:
        recorded.append(f"sync {os.fstat(number).st_ino}")
        fsync(number)

    def record_rename(source: Path, target: Path) -> None:
        recorded.append(f"rename to {target.name}")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", record_sync)
    monkeypatch.setattr(os, "replace", record_rename)
    return recorded


def test_the_content_is_synced_before_the_rename_and_the_folder_after(path: Path, calls: list[str]) -> None:
    with durably_replacing(path) as beside:
        beside.write_text("new")
        inode = beside.stat().st_ino
    assert calls == [f"sync {inode}", "rename to file", f"sync {path.parent.stat().st_ino}"]
    assert content_of(path.parent) == {"file": "new"}


def test_an_existing_file_is_kept_under_the_former_name(path: Path) -> None:
    previous = content_of(path.parent)
    for content in ("new", "newer"):
        with durably_replacing(path, former=path.with_name("former")) as beside:
            beside.write_text(content)
        assert content_of(path.parent) == {"file": content} | ({"former": previous["file"]} if previous else {})
        previous = {"file": content}


@pytest.mark.parametrize(("call", "number"), [("fsync", errno.ENOSPC), ("fsync", errno.EIO), ("replace", errno.EACCES)])
def test_the_old_file_survives_a_failed_sync_or_rename(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    before = content_of(path.parent)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with (
            pytest.raises(OSError, match=os.strerror(number)),
            durably_replacing(path, path.with_name("former")) as beside,
        ):
            beside.write_text("new")
    assert content_of(path.parent) == before


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_an_error_names_the_users_file(path: Path, number: int) -> None:
    before = content_of(path.parent)
    for rest in (lambda part: [], lambda part: [str(part)], lambda part: [part, None, path]):
        with pytest.raises(OSError, match=os.strerror(number)) as caught, replacing(path) as part:
            raise OSError(number, os.strerror(number), *rest(part))
        assert (caught.value.filename, caught.value.errno) == (str(path), number)
    assert content_of(path.parent) == before


def test_an_error_of_another_file_is_raised_as_it_is(path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, replacing(path):
        (path.parent / "other").read_text()
    assert caught.value.filename == str(path.parent / "other")


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_unsupported_folder_sync_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
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


def test_folders_are_created_with_their_parents(tmp_path: Path) -> None:
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="file"):
        make_folder(tmp_path / "file" / "below")


# Replacing


def test_within_the_block_the_old_file_is_complete(path: Path) -> None:
    before = content_of(path.parent)
    with replacing(path) as beside:
        beside.write_text("ne")
        assert content_of(path.parent) == {**before, beside.name: "ne"}
        assert beside.name.startswith(".")
        assert beside.suffix != path.suffix
        beside.write_text("new")


def write_and_fail(path: Path, content: str, error: BaseException) -> None:
    """Write the content, then raise the error."""
    with replacing(path) as beside:
        beside.write_text(content)
        raise error


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("content", ["", "half"])
def test_after_an_error_the_old_file_is_complete(path: Path, error: type[BaseException], content: str) -> None:
    before = content_of(path.parent)
    with pytest.raises(error, match="in the middle"):
        write_and_fail(path, content, error("in the middle"))
    assert content_of(path.parent) == before


def test_a_block_that_writes_nothing_is_an_error(path: Path) -> None:
    before = content_of(path.parent)
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert content_of(path.parent) == before


def test_a_folder_with_that_name_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "within").write_text("here")
    with pytest.raises(OSError, match="taken"), replacing(tmp_path / "taken") as beside:
        beside.write_text("new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]
    assert content_of(tmp_path / "taken") == {"within": "here"}
