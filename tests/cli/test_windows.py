"""What works differently on Windows, as far as another system can show it."""

import io
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from gan.base.errors import InputError
from gan.cli import process_with_pipe
from gan.cli.command_line import command_with, exit_code
from gan.runs.run_writer import create
from tests.helpers.commands import ROOT
from tests.helpers.fake_worker import tiny

TEXTS = {".json", ".jsonl", ".txt"}


@pytest.mark.skipif(sys.platform == "win32", reason="it acts as if it were Windows")
def test_everything_is_imported_and_runs_have_lf_without_the_names_of_posix(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "tests.helpers.like_windows", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    texts = {path for path in tmp_path.rglob("*") if path.suffix in TEXTS}
    assert {path.name for path in texts} == {
        *("config.json", "metrics.jsonl", "provenance.json", "label.txt"),
        *("1.json", "1.ratings.json"),
    }
    assert [path for path in texts if b"\r" in path.read_bytes()] == []


@pytest.mark.parametrize(
    "name",
    ["con", "NUL", "Aux.txt", "com1", "lpt9 .x", "a:b", "a?", "end.", "end "],
)
def test_a_run_has_no_name_that_windows_reserves(name: str, tmp_path: Path) -> None:
    folder = Path(f"{tmp_path}/{name}")
    for path in (folder, folder / "digit-3"):
        with pytest.raises(InputError) as caught:
            create(path, tiny(3))
        assert str(caught.value) == (
            f"{path}: expected names that Windows allows, too, received {name!r}; "
            "choose another --out"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["console", "com", "com10", "nul-1", ".hidden", "é b"])
def test_other_names_are_allowed(name: str, tmp_path: Path) -> None:
    assert create(tmp_path / "new" / ".." / name, tiny(3)).path.is_dir()


def test_commands_are_quoted_for_the_shell_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("train.py", "--out", "my runs", "it's")
    monkeypatch.setattr(sys, "platform", "linux")
    assert command_with(*words) == """python train.py --out 'my runs' 'it'"'"'s'"""
    monkeypatch.setattr(sys, "platform", "win32")
    assert command_with(*words) == 'python train.py --out "my runs" it\'s'


def test_signs_that_an_encoding_lacks_are_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "cp1252"))
    assert exit_code("tool", lambda: print("2 − 1 €", end="")) == 0
    assert written.getvalue() == b"2 \\u2212 1 \x80"


def test_ctrl_c_ends_a_wait_for_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = Mock(side_effect=InterruptedError)
    monkeypatch.setattr("multiprocessing.connection.wait", wait)
    assert process_with_pipe.readable([], None) == []
