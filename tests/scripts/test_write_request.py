"""static/js/logic/write-request.js, called in a real browser: addresses, commands, line breaks, choices."""

import subprocess
from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.write import Writing, write
from gan.write.__main__ import build_parser
from gan.write.request import DEFAULTS, LINES, LONGEST, UNDERSTOOD
from tests.helpers.handmade import Handmade

Call = Callable[..., Any]
PAGE_DEFAULTS = {"number": "2026-11-25", "seed": "0", "pen": "felt", "ink": DEFAULTS["ink"], "size": "96", "slant": "0",
         "thickness": "1", "human": "0.5", "align": "left", "paper": "plain", "networks": "one", "run": "",
         "choices": "", "mine": "", "digit_mm": "8"}  # fmt: skip


def test_an_address_has_number_seed_and_changed_options(call: Call) -> None:
    options = PAGE_DEFAULTS | {"number": "12.50 €\n+ 3", "pen": "ballpoint", "choices": "3:2"}
    changed = call("logic/write-request", "withoutDefaults", options, PAGE_DEFAULTS)
    assert changed == {"number": "12.50 €\n+ 3", "seed": "0", "pen": "ballpoint", "choices": "3:2"}
    path, _, query = call("logic/write-request", "address", changed, "animated", {"written": 3}).partition("?")
    assert path == "/api/write"
    more = {"format": "animated", "written": "3"}
    assert {name: value for name, [value] in parse_qs(query).items()} == changed | more
    assert call("logic/write-request", "fromQuery", f"?{query}&evil=1", PAGE_DEFAULTS) == options
    # An empty number is valid.
    assert call("logic/write-request", "fromQuery", "?number=", PAGE_DEFAULTS)["number"] == ""


def in_shell(command: str) -> list[str]:
    """Return the words of a command as a shell passes them on. A shell, unlike `shlex`, expands $5 in double quotes."""
    printed = subprocess.check_output(["sh", "-c", f"printf '%s\\0' {command}"], text=True)
    return printed.split("\0")[:-1]


@pytest.mark.parametrize("number", ["12.50 €", "-3", "$5", "2026-11-25", "(1+2)×3", "5 %", "12\n+ 3", "-$1 - 2", ""])
def test_a_command_has_the_same_options(call: Call, number: str) -> None:
    options = {"number": number, "seed": "7", "ink": "#112233", "slant": "-5", "choices": "0:2"}
    line = call("logic/write-request", "command", options, {"runs": "runs", "python": ".venv/bin/python"})
    assert "\n" not in line
    words = in_shell(line)
    assert words[:3] == [".venv/bin/python", "-m", "gan.write"]
    parsed = build_parser().parse_args(words[3:])
    assert (parsed.text, parsed.seed, parsed.ink, parsed.slant, parsed.choices) == (number, 7, "#112233", -5, "0:2")
    assert parsed.out.suffix == ".svg"


def test_a_command_names_the_files_of_handwriting_and_networks(call: Call) -> None:
    ten = [f"digit-{digit}" for digit in range(10)]
    for file in ({"mine": "{}"}, {"run": ",".join(ten)}):
        place = {"runs": "my runs", "python": "python"}
        line = call("logic/write-request", "command", {"number": "-2", "seed": "7"} | file, place)
        parsed = build_parser().parse_args(in_shell(line)[3:])
        assert parsed.text == "-2"
        if "mine" in file:
            assert parsed.mine.name == "my-handwriting.json"
        else:
            assert [str(path) for path in parsed.models] == [f"my runs/{name}/generator.safetensors" for name in ten]


def test_invisible_characters_are_removed_as_on_the_server(call: Call) -> None:
    invisible = "".join(chr(code) for code, character in UNDERSTOOD.items() if character is None)
    assert call("logic/write-request", "withoutInvisible", f"1{invisible}2\n \u2009\u22123") == "12\n \u2009\u22123"


@settings(max_examples=20)
@given(text=st.text(st.sampled_from("0123456789 .+-\n"), max_size=200))
def test_line_breaks_keep_every_character(call: Call, text: str) -> None:
    wrapped = call("logic/write-request", "wrapLines", text)
    broken, places = wrapped["text"], wrapped["places"]
    assert len(broken) == len(places)
    for character, place in zip(broken, places, strict=True):
        before = "\n" if place < 0 else text[place]
        assert character == before or (before, character) == (" ", "\n")
    assert [place for place in places if place >= 0] == list(range(len(text)))
    lines = broken.split("\n")
    assert max(map(len, lines)) <= 20 or len(text.split("\n")) > LINES / 2


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("3" * 64, ["3" * 20] * 3 + ["3333"]),
        ("12.50 € + 3.40 € = 15.90 €", ["12.50 € + 3.40 € =", "15.90 €"]),
        ("3" * 19 + " 4", ["3" * 19, "4"]),
        ("3" * 20 + " 4", ["3" * 20, "4"]),
        ("1 " + "3" * 30, ["1", "3" * 20, "3" * 10]),
        ("", [""]),
    ],
)
def test_lines_break_at_spaces_if_possible(call: Call, text: str, lines: list[str]) -> None:
    assert call("logic/write-request", "wrapLines", text)["text"].split("\n") == lines


def test_many_long_lines_are_not_broken_beyond_the_limit_of_the_server(call: Call) -> None:
    for width, expected in ((30, 32), (LONGEST, LONGEST)):
        lines = call("logic/write-request", "wrapLines", "\n".join(["3" * width] * LINES))["text"].split("\n")
        assert len(lines) == LINES
        assert max(map(len, lines)) <= expected


written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()), seed=3)


@settings(max_examples=20)
@given(text=st.text(st.sampled_from("013 .+\n"), max_size=30), digit=st.sampled_from("013"))
def test_a_digit_looks_the_same_with_the_others_blanked(call: Call, text: str, digit: str) -> None:
    whole = f"{text}{digit}55"
    alone = call("logic/write-request", "blankOthers", whole, len(text))
    [one] = [glyph for glyph in written(whole).glyphs if glyph.position == len(text)]
    other = written(alone).glyphs[-1]
    assert (one.character, one.line, one.mark) == (other.character, other.line, other.mark)
    shift = other.strokes[0].curves[0, 0] - one.strokes[0].curves[0, 0]
    for a, b in zip(one.strokes, other.strokes, strict=True):
        assert abs(b.curves - a.curves - shift).max() < 1e-9
