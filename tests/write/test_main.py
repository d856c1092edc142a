"""The writer's command line: formats, options, and one-line errors."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from gan.write import __main__
from gan.write.formats import encoded
from gan.write.options_and_limits import Request
from tests.helpers.handmade import LOOK, Handmade, written

Main = Callable[[list[str]], int]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Main:
    """Return the command line's main function, set up to use handmade drawings."""
    monkeypatch.setattr(__main__, "write", written)
    return __main__.main


def test_the_format_follows_the_suffix(command: Main, tmp_path: Path) -> None:
    options = [
        word for name, value in LOOK.items() for word in (f"--{name}", str(value))
    ]
    writing = written("12.5\n7 €", **LOOK)
    for name in ("a.png", "a.svg", "a.json", "A.PNG"):
        file = tmp_path / name
        assert command(["12.5\\n7 €", "-o", str(file), *options]) == 0
        assert file.read_bytes() == encoded(writing, name[2:].lower(), {})
    assert len(list(tmp_path.iterdir())) == 4  # no temporary files are left


def test_every_option_of_a_request_is_on_the_command_line() -> None:
    defaults = vars(__main__.build_parser().parse_args(["1", "-o", "x.svg"]))
    for field in fields(Request):
        if field.name != "text":
            default = defaults[field.name] or ()
            assert default == (field.default or ()), field.name


def test_an_svg_that_writes_itself(command: Main, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    options = ["--animated", "--written", "2", "--seconds", "1.5"]
    assert command(["3/4", "-o", str(file), *options]) == 0
    given = {"written": 2, "seconds": 1.5}
    assert file.read_bytes() == encoded(written("3/4"), "animated", given)


def test_output_names_file_and_size(
    command: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writing = written(" ", size=40)
    # a space is a text
    assert command([" ", "-o", str(tmp_path / "a.svg"), "--size", "40"]) == 0
    assert command(["-o", str(tmp_path / "b.svg"), "--size", "40", "--", "-1"]) == 0
    minus = written("-1", size=40)
    printed = [
        f"{tmp_path / name}.svg: {page.width} x {page.height} pixels\n"
        for name, page in (("a", writing), ("b", minus))
    ]
    assert capsys.readouterr() == ("".join(printed), "")


def test_the_users_network_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[tuple[object, ...]] = []

    def handwriting_of(*arguments: object) -> Handmade:
        calls.append(arguments)
        return Handmade()

    monkeypatch.setattr(
        "gan.write.glyphs.select_drawings.handwriting_of", handwriting_of
    )
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "a.json"
    assert (
        __main__.main(["1", "-o", str(file), "--seed", "3", "--model", "a.safetensors"])
        == 0
    )
    assert calls == [(3, Path("a.safetensors"), None)]
