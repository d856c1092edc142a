"""nnet/durable_write.py: files are replaced atomically, and durable writes are synced
in the right order.
"""

import errno
import os
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from nnet import durable_write
from nnet.durable_write import durably_replacing, patiently, replacing, sync


def content_of(folder: Path) -> dict[str, str]:
    """Return the text of every file in a folder, by name."""
    return {entry.name: entry.read_text() for entry in folder.iterdir()}


@pytest.fixture(params=["old", None], ids=["replaced", "new"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the path of a file, which has the content "old" or does not exist yet."""
    if request.param is not None:
        (tmp_path / "file.json").write_text(request.param)
    return tmp_path / "file.json"


def test_an_existing_file_is_kept_under_the_former_name(path: Path) -> None:
    previous = content_of(path.parent)
    for content in ("new", "newer"):
        with durably_replacing(path, former=path.with_name("former")) as beside:
            beside.write_text(content)
        former = {"former": previous["file.json"]} if previous else {}
        assert content_of(path.parent) == {"file.json": content} | former
        previous = {"file.json": content}


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_failed_write_keeps_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    before = content_of(path.parent)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, Mock(side_effect=OSError(number, os.strerror(number))))
        with (
            pytest.raises(OSError, match=os.strerror(number)) as caught,
            durably_replacing(path, path.with_name("former")) as beside,
        ):
            beside.write_text("new")
    assert content_of(path.parent) == before
    assert caught.value.filename == str(path)
    assert caught.value.errno == number


def test_an_error_in_the_block_names_the_users_file(path: Path) -> None:
    before = content_of(path.parent)
    for rest in (
        lambda part: [],
        lambda part: [str(part)],
        lambda part: [part, None, path],
    ):
        with (
            pytest.raises(OSError, match="No space left") as caught,
            replacing(path) as part,
        ):
            raise OSError(errno.ENOSPC, "No space left on device", *rest(part))
        assert caught.value.filename == str(path)
        assert caught.value.errno == errno.ENOSPC
    with pytest.raises(FileNotFoundError) as caught, replacing(path):
        (path.parent / "other").read_text()
    assert caught.value.filename == str(path.parent / "other"), (
        "an error of another file is raised as it is"
    )
    with pytest.raises(FileNotFoundError), replacing(path):
        pass  # it writes nothing
    with suppress(KeyboardInterrupt), replacing(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert content_of(path.parent) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs no folders")
@pytest.mark.parametrize(
    ("number", "is_ignored"),
    [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False)],
)
def test_a_folder_may_lack_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_ignored: bool
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(
        os, "fsync", Mock(side_effect=OSError(number, os.strerror(number)))
    )
    with (
        nullcontext()
        if is_ignored
        else pytest.raises(OSError, match=os.strerror(number))
    ):
        sync(tmp_path)
    with pytest.raises(OSError, match=os.strerror(number)):
        sync(tmp_path / "file")


def test_within_the_block_the_old_file_is_complete_and_the_new_one_hidden(
    path: Path,
) -> None:
    before = content_of(path.parent)
    with replacing(path) as beside:
        beside.write_text("ne")
        assert content_of(path.parent) == {**before, beside.name: "ne"}
        assert beside.name.startswith(".")
        assert beside.suffix != path.suffix
        beside.write_text("new")
    assert content_of(path.parent) == {path.name: "new"}


BUSY = PermissionError(errno.EACCES, "Access is denied")


@pytest.mark.parametrize(
    ("platform", "error", "fails", "calls"),
    [
        ("win32", BUSY, 3, 4),  # the others close the file
        ("win32", BUSY, 20, 11),
        ("win32", FileExistsError(), 1, 1),
        ("linux", BUSY, 1, 1),
    ],
)
def test_windows_is_asked_again_while_a_file_is_open(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    error: OSError,
    fails: int,
    calls: int,
) -> None:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(sys, "platform", platform)
    time = SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep)
    monkeypatch.setattr(durable_write, "time", time)
    monkeypatch.setattr(durable_write, "RETRY_SECONDS", 0.25)
    replace = Mock(side_effect=[error] * fails + ["done"])
    with nullcontext() if calls > fails else pytest.raises(type(error)):
        assert patiently(replace, "part", "file") == "done"
    replace.assert_called_with("part", "file")
    assert replace.call_count == calls
    assert clock[0] == 0.25 * (calls - 1)
