"""All commands parse options the same way and reject invalid ones with one line and
exit code 2.
"""

import argparse
import errno
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from gan.base.errors import FEWER, LESS_MEMORY, NO_MORE, PERMIT, InputError
from gan.cli import command_line
from gan.cli.command_line import exit_code, new_file
from gan.commands import gan_digits
from tests.helpers.commands import ROOT


def refusal(kind: Callable[[str], object], text: str) -> str:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        kind(text)
    return str(caught.value)


# The error


def test_input_error_is_one_line_has_a_field_and_can_be_pickled() -> None:
    error = pickle.loads(
        pickle.dumps(InputError("expected a\nb, received\u2028c\x1b", "digits"))
    )
    assert type(error) is InputError
    assert str(error) == "expected a b, received c\\x1b"
    assert error.field == "digits"
    assert isinstance(error, ValueError)
    assert InputError("no field").field is None


# Digits


@pytest.mark.parametrize(
    ("text", "expected"),
    [*((str(number), number) for number in range(10)), ("any", None)],
)
def test_digits_are_parsed(text: str, expected: int | None) -> None:
    assert command_line.parse_digit(text, "--digits") == expected


@pytest.mark.parametrize(
    "text", ["", "10", "-1", "03", "3.0", " 3", "\u0663", "\u00b3", "Any", "x"]
)
def test_other_text_is_no_digit(text: str) -> None:
    with pytest.raises(InputError) as caught:
        command_line.parse_digit(text, "--digits")
    assert str(caught.value) == f"--digits: expected 0 to 9 or any, received {text}"
    assert caught.value.field == "digits"


# Files


def test_an_output_file_may_exist_and_its_folder_is_created(tmp_path: Path) -> None:
    (tmp_path / "old.png").touch()
    for name in ("new.png", "old.png", "UPPER.PNG", "x.tar.png", "runs/new/x.png"):
        assert new_file(".npy", ".png")(str(tmp_path / name)) == tmp_path / name
    assert (tmp_path / "runs" / "new").is_dir()
    assert new_file()("anything") == Path("anything")


UNWRITABLE = [
    ((".png",), "x.jpg", "expected a name that ends in .png, received x.jpg"),
    (
        (".npy", ".png"),
        "png",
        "expected a name that ends in .npy or .png, received png",
    ),
    (
        (".png", ".svg", ".json"),
        "x",
        "expected a name that ends in .png or .svg or .json, received x",
    ),
    (
        (),
        "file/x",
        "file: expected a folder, found a file, file; choose another name",
    ),
    (
        (),
        "file/no/x",
        "file?no: expected a folder, found a file, file; choose another name",
    ),
    ((), "loop/no/x", "loop?no: expected a folder, found a link to no folder, loop; *"),
    ((), "folder", "expected a file, received the folder folder; choose another name"),
]


@pytest.mark.parametrize(("endings", "name", "message"), UNWRITABLE)
def test_an_output_file_that_cannot_be_written_is_refused_early(
    endings: tuple[str, ...],
    name: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    # The reason in brackets is the system's.
    assert fnmatchcase(refusal(new_file(*endings), name), message)


# The command


def test_errors_give_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [exit_code("tool", lambda: None), exit_code("tool", lambda: 7)] == [0, 7]
    assert capsys.readouterr().err == ""
    without_process = f"cannot start a process or thread: {NO_MORE}; {FEWER}"
    for error, message in (
        (InputError("expected 1"), "expected 1"),
        (OSError("expected\n1"), "expected 1"),
        (OSError(28, "No space left"), "No space left; free some space"),
        (
            OSError(13, "Permission denied", "a\nfile"),
            f"a file: Permission denied; {PERMIT}",
        ),
        (OSError(21, "Is a directory", ".x.part", None, "x"), "x: Is a directory"),
        (BlockingIOError(errno.EAGAIN, NO_MORE), without_process),
        (RuntimeError("can't start new thread"), without_process),
        (MemoryError(), f"not enough memory; {LESS_MEMORY}"),
        (
            MemoryError("7 GiB"),
            f"not enough memory (7 GiB); {LESS_MEMORY}",
        ),
    ):
        assert exit_code("tool", Mock(side_effect=error)) == 2
        assert capsys.readouterr().err == f"tool: {message}\n"
    with pytest.raises(KeyError):
        exit_code("tool", Mock(side_effect=KeyError("ours")))


@pytest.fixture
def without_reader() -> Iterator[int]:
    """Yield the writing end of a pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def test_a_reader_that_has_gone_is_no_error(without_reader: int) -> None:
    pipes: dict[str, Any] = {"stdout": without_reader, "stderr": subprocess.PIPE}
    done = subprocess.run(
        [sys.executable, "-m", "gan.plain", "--help"], cwd=ROOT, env={}, **pipes
    )
    assert done.returncode == command_line.NO_READER
    assert done.stderr == b""


def test_ctrl_c_within_a_compiled_function(capsys: pytest.CaptureFixture[str]) -> None:
    """Numba wraps KeyboardInterrupt in a SystemError.

    A SystemError with any other cause is not caught.
    """

    error = SystemError("CPUDispatcher(label) returned a result with an exception set")
    inner = SystemError("unpickle")
    error.__cause__ = inner
    inner.__cause__ = KeyboardInterrupt()
    assert exit_code("tool", Mock(side_effect=error)) == command_line.INTERRUPTED
    assert capsys.readouterr().err == "tool: stopped\n"
    inner.__cause__ = ValueError("ours")
    with pytest.raises(SystemError, match="CPUDispatcher"):
        exit_code("tool", Mock(side_effect=error))


# The commands that messages name


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let messages name the commands of an installed package."""
    monkeypatch.setattr(command_line, "IS_CHECKOUT", False)


@pytest.mark.usefixtures("wheel")
def test_messages_name_the_commands_of_an_installed_package() -> None:
    command = command_line.command
    program = command_line.program
    assert [command(name) for name in ("server.py", "gan.write")] == [
        "gan-digits serve",
        "gan-digits write",
    ]
    assert command("gan.web.site") == "python -m gan.web.site"
    assert program("gan.data") == "gan-digits data"
    assert program("gan.web.site") == "gan.web.site"


def gan_digits_ends(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["gan-digits", *arguments])
    return gan_digits.main()


@pytest.mark.usefixtures("wheel")
def test_gan_digits_calls_a_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(command_line.SUBCOMMANDS.values()) == list(gan_digits.PROGRAMS)
    for argument, message in (
        ("nothing", "gan-digits: expected serve, train, write"),
        ("data", "gan-digits data: "),
    ):
        assert gan_digits_ends(argument, monkeypatch=monkeypatch) == 2
        assert capsys.readouterr().err.startswith(message)
    for name in command_line.SUBCOMMANDS.values():
        with pytest.raises(SystemExit):
            gan_digits_ends(name, "--help", monkeypatch=monkeypatch)
        out = capsys.readouterr().out
        assert out.startswith(f"usage: gan-digits {name}")
        # An installed command has no source files to look at.
        assert not re.search(r"\w\.py\b|python -m", out)
    for option in ("--help", "--version"):
        assert gan_digits_ends(option, monkeypatch=monkeypatch) == 0
        assert "gan-digits" in capsys.readouterr().out
