"""The command line of the writer: files by their suffix, and one line for whatever is wrong."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from handmade import Handmade

from gan.write import Writing, __main__, to_json, to_png, to_svg, write

written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], int]:
    """The command line with stand-in drawings."""
    monkeypatch.setattr(__main__, "write", written)
    return __main__.main


def test_command_writes_by_suffix(command: Callable[[list[str]], int], tmp_path: Path) -> None:
    options = ["--seed", "7", "--ink", "#123", "--slant", "5", "--thickness", "1.2", "--size", "40"]
    writing = written("2026-11-25", seed=7, ink="#123", slant=5.0, thickness=1.2, size=40)
    for name in ("a.png", "a.svg", "a.json", "A.PNG"):
        assert command(["2026-11-25", "-o", str(tmp_path / name), *options]) == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "A.PNG").read_bytes() == to_png(writing)
    assert (tmp_path / "a.svg").read_text("utf-8") == to_svg(writing)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == to_json(writing)
    assert len(list(tmp_path.iterdir())) == 4  # nothing is left beside them


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["12a", "-o", "x.svg"], "received 'a' as character 3"),
        (["12", "-o", "x.gif"], "ends in .png, .svg or .json, received x.gif"),
        (["12", "-o", "nowhere/x.svg"], "-o/--out: expected a folder that exists, received nowhere; make it first"),
        (["12", "-o", "x" * 300 + ".svg"], ".svg: File name too long"),
        (["12", "-o", "x.svg", "--ink", "red"], "ink: expected a colour such as #123"),
        (["12", "-o", "x.svg", "--size", "1000"], "--size: expected a whole number from 16 to 320, received 1000"),
        (["12", "-o", "x.svg", "--slant", "31"], "--slant: expected a number from -30 to 30, received 31"),
        (["12", "-o", "x.svg", "--thickness", "nan"], "--thickness: expected a number from 0.5 to 2, received nan"),
        (["12", "-o", "x.svg", "--seed", "-1"], "--seed: expected a whole number from 0 to 4294967295, received -1"),
        (["12", "-o", "x.svg", "--networks", "two"], "--networks: invalid choice: 'two'"),
        (["-o", "x.svg"], "the following arguments are required: number"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    command: Callable[[list[str]], int],
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gan.write: ")
    assert said in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_keeps_its_content(command: Callable[[list[str]], int], tmp_path: Path) -> None:
    taken = tmp_path / "x.svg"
    taken.mkdir()
    assert command(["12", "-o", str(taken)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]


def test_a_file_in_the_place_of_the_folder(
    command: Callable[[list[str]], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert command(["12", "-o", str(tmp_path / "file" / "x.svg")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
