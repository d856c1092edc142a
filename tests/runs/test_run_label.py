"""gan/runs/run.py: the label that a user gives a run."""

import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.errors import InputError
from gan.runs.run import FILE as LABEL_FILE
from gan.runs.run import INVISIBLE, LONGEST, Run, check_label, read_label, write_label
from gan.runs.run_writer import create
from nnet import durable_write
from tests.helpers.fake_worker import tiny


def test_a_label_is_stored_and_deleted(tmp_path: Path) -> None:
    run = create(tmp_path / "digit-3", tiny(3))
    assert run.label() is None
    assert write_label(run.path, " Grandmother’s threes ") == "Grandmother’s threes"
    assert Run.open(run.path).label() == "Grandmother’s threes"
    assert (run.path / LABEL_FILE).read_text("utf-8") == "Grandmother’s threes\n"
    assert write_label(run.path, None) is None
    assert write_label(run.path, None) is None, "there was no label to delete"
    assert sorted(path.name for path in run.path.iterdir()) == ["config.json", "images"]


@given(st.text(max_size=LONGEST + 2))
def test_a_label_is_a_short_visible_line(text: str) -> None:
    stripped = text.strip()
    seen = all(unicodedata.category(one)[0] not in "CZ" or one == " " for one in stripped)
    seen &= any(unicodedata.category(one)[0] not in "MZ" and one not in INVISIBLE for one in stripped)
    if 1 <= len(stripped) <= LONGEST and seen:
        assert check_label(text) == stripped
    else:
        with pytest.raises(InputError, match=r"\Aname: expected [^\n]+\Z"):
            check_label(text)


@pytest.mark.parametrize("text", ["a\tb", "a\u202eb", "a\u2028b", "a\0b", "\ud800"])
def test_control_characters_in_a_label_are_refused_by_code_point(text: str) -> None:
    with pytest.raises(InputError, match=r"received U\+[0-9A-F]{4}"):
        check_label(text)


@pytest.mark.parametrize("text", ["\u3164", "\u034f", "\u2800", "\ufe0f", "\u115f \u1160", "\uffa0\u0301"])
def test_a_label_has_a_visible_character(text: str) -> None:
    with pytest.raises(InputError, match=f"received U\\+{ord(text[0]):04X}"):
        check_label(text)
    assert check_label(f"{text}e\u0301") == f"{text}e\u0301"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"a\nb\n", b"x" * 100_000])
def test_an_invalid_label_file_is_ignored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LABEL_FILE).write_bytes(content)
    assert read_label(tmp_path) is None


def test_a_failed_write_keeps_the_old_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    write_label(tmp_path, "old")
    monkeypatch.setattr(durable_write, "sync", full)
    with pytest.raises(InputError, match="expected a folder to write in, received No space left"):
        write_label(tmp_path, "new")
    assert read_label(tmp_path) == "old"


@pytest.mark.skipif(sys.platform == "win32", reason="creating links needs a privilege there")
def test_a_symlink_instead_of_the_label_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("secret")
    (tmp_path / LABEL_FILE).symlink_to(tmp_path / "elsewhere")
    assert read_label(tmp_path) is None
    write_label(tmp_path, "mine")
    assert (tmp_path / "elsewhere").read_text() == "secret"
