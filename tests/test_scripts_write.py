"""static/js/logic/number.js, called in a real browser: what the writer is asked, where a long line breaks."""

import shlex
from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import parse_qs

import pytest
from handmade import Handmade
from hypothesis import given
from hypothesis import strategies as st

from gan.write import Writing, write
from gan.write.__main__ import build_parser
from gan.write.request import DEFAULTS, LINES, LONGEST, UNDERSTOOD

Call = Callable[..., Any]
USUAL = {"number": "2026-11-25", "seed": "0", "pen": "felt", "ink": DEFAULTS["ink"], "size": "96", "slant": "0",
         "thickness": "1", "human": "0.5", "align": "left", "paper": "plain", "networks": "one", "run": "",
         "choices": "", "mine": ""}  # fmt: skip
PLACE = {"runs": "my runs", "python": "python"}


def test_an_address_has_number_and_seed_and_what_is_not_usual(call: Call) -> None:
    wish = USUAL | {"number": "12.50 €\n+ 3", "pen": "ballpoint", "choices": "3:2"}
    told = call("logic/number", "withoutDefaults", wish, USUAL)
    assert told == {"number": "12.50 €\n+ 3", "seed": "0", "pen": "ballpoint", "choices": "3:2"}
    path, _, query = call("logic/number", "address", told, "animated", {"written": 3}).partition("?")
    assert path == "/api/write"
    assert {name: value for name, [value] in parse_qs(query).items()} == told | {"format": "animated", "written": "3"}
    assert call("logic/number", "fromQuery", f"?{query}&evil=1", USUAL) == wish
    assert call("logic/number", "fromQuery", "?number=", USUAL)["number"] == ""  # an empty number is one


@pytest.mark.parametrize("number", ["12.50 €", "-3", "$5", "2026-11-25", "(1+2)×3", "5 %", "12\n+ 3", "-$1 - 2", ""])
def test_a_command_asks_for_the_same(call: Call, number: str) -> None:
    asked = {"number": number, "seed": "7", "ink": "#112233", "slant": "-5", "choices": "0:2"}
    line = call("logic/number", "command", asked, {"runs": "runs", "python": ".venv/bin/python"})
    assert "\n" not in line
    words = shlex.split(line)
    assert words[:3] == [".venv/bin/python", "-m", "gan.write"]
    found = build_parser().parse_args(words[3:])
    assert (found.text, found.seed, found.ink, found.slant, found.choices) == (number, 7, "#112233", -5, "0:2")
    assert found.out.suffix == ".svg"


def test_a_command_in_ones_own_handwriting(call: Call) -> None:
    line = call("logic/number", "command", {"number": "12", "seed": "7", "mine": "{}"}, PLACE)
    assert build_parser().parse_args(shlex.split(line)[3:]).mine.name == "my-handwriting.json"


def test_a_command_with_a_network_of_ones_own(call: Call) -> None:
    line = call("logic/number", "command", {"number": "12", "seed": "7", "run": "all-digits"}, PLACE)
    assert line.endswith('--seed 7 --model "my runs/all-digits/generator.safetensors"')
    [model] = build_parser().parse_args(shlex.split(line)[3:]).models
    assert str(model) == "my runs/all-digits/generator.safetensors"
    ten = ",".join(f"digit-{digit}" for digit in range(10))
    line = call("logic/number", "command", {"number": "-2", "seed": "7", "run": ten}, PLACE)
    found = build_parser().parse_args(shlex.split(line)[3:])
    assert [path.parent.name for path in found.models] == ten.split(",")
    assert found.text == "-2"


@pytest.mark.parametrize(
    ("number", "name"),
    [("12.50 €", "12.50"), ("1 2-3", "1_2-3"), ("€ $", "number"), ("", "number"), ("../-1", "1"), ("1\n+ 2", "1_2")],
)
def test_a_file_is_named_after_its_number(call: Call, number: str, name: str) -> None:
    assert call("logic/number", "fileName", number, ".png") == f"{name}.png"


@pytest.mark.parametrize(
    ("change", "offered"),
    [({}, True), ({"labels": False}, False), ({"recorded": True}, False), ({"iteration": 0}, False)],
)
def test_who_can_write_is_offered(call: Call, change: dict[str, Any], offered: bool) -> None:
    run = {"id": "all-digits", "labels": True, "recorded": False, "iteration": 12} | change
    assert call("logic/number", "isWriter", run) is offered
    broken = {"id": "all-digits", "recorded": False, "error": "no config"}
    assert call("logic/number", "isWriter", broken) is False


def test_how_far_a_network_is_that_writes(call: Call) -> None:
    assert "at iteration 1,200." in call("logic/number", "progress", {"iteration": 1200})
    assert call("logic/number", "progress", None) == ""


def test_what_is_read_aloud(call: Call) -> None:
    assert call("logic/number", "spoken", "12.50 €") == "12.50 € in handwriting"
    assert call("logic/number", "spoken", " 12\n +  3 ") == "12 + 3 in handwriting"


def test_a_text_is_cleaned_of_what_the_server_leaves_out(call: Call) -> None:
    nothing = "".join(chr(code) for code, character in UNDERSTOOD.items() if character is None)
    assert call("logic/number", "withoutInvisible", f"1{nothing}2\n \u2009\u22123") == "12\n \u2009\u22123"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12.50 €", ""),
        ("", ""),
        ("12a5", "“a” (character 3) cannot be written: only digits, spaces and + - can."),
        ("1\n" * 19 + "1", ""),
        ("1\n" * 20 + "1", "21 lines are too many: at most 20 can be written."),
        ("12\n\n4🖋5", "“🖋” (line 3, character 2) cannot be written: only digits, spaces and + - can."),
    ],
)
def test_what_cannot_be_written_is_named_with_its_place(call: Call, text: str, said: str) -> None:
    assert call("logic/number", "inputError", text, "+ -", "0123456789.€ \n") == said


@given(text=st.text(st.sampled_from("0123456789 .+-\n"), max_size=200))
def test_lines_are_broken_and_nothing_is_lost(call: Call, text: str) -> None:
    found = call("logic/number", "wrapLines", text)
    broken, places = found["text"], found["places"]
    assert len(broken) == len(places)
    for character, place in zip(broken, places, strict=True):
        before = "\n" if place < 0 else text[place]
        assert character == before or (before, character) == (" ", "\n")
    kept = [place for place in places if place >= 0]
    assert kept == list(range(len(text)))
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
def test_where_a_line_breaks(call: Call, text: str, lines: list[str]) -> None:
    assert call("logic/number", "wrapLines", text)["text"].split("\n") == lines


def test_many_long_lines_stay_as_few_as_the_server_takes(call: Call) -> None:
    for width, expected in ((30, 32), (LONGEST, LONGEST)):
        lines = call("logic/number", "wrapLines", "\n".join(["3" * width] * LINES))["text"].split("\n")
        assert len(lines) == LINES
        assert max(map(len, lines)) <= expected


@pytest.mark.parametrize(
    ("choices", "before", "after", "expected"),
    [
        ("3:2,7:1", "12345678", "123456789", "3:2,7:1"),  # added at the end
        ("3:2,7:1", "12345678", "912345678", "4:2,8:1"),  # at the beginning
        ("3:2,7:1", "12345678", "1235678", "6:1"),  # the chosen 4 went
        ("3:2,7:1", "12345678", "1234.5678", "3:2,8:1"),
        ("3:2", "12345678", "", ""),
        ("3:x", "12345678", "9", "3:x"),  # what cannot be read is for the server to complain of
        ("", "1", "12", ""),
    ],
)
def test_choices_follow_an_edit(call: Call, choices: str, before: str, after: str, expected: str) -> None:
    assert call("logic/number", "shiftChoices", choices, before, after) == expected


def test_another_choice(call: Call) -> None:
    assert call("logic/number", "withChoice", "7:1", 3, 2) == "3:2,7:1"
    assert call("logic/number", "withChoice", "3:2,7:1", 3, 6) == "3:6,7:1"
    assert call("logic/number", "withChoice", "3:2,7:1", 3, 0) == "7:1"


written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()), seed=3)


@given(text=st.text(st.sampled_from("013 .+\n"), max_size=30), digit=st.sampled_from("013"))
def test_a_digit_among_its_likes_is_the_same_as_in_the_whole(call: Call, text: str, digit: str) -> None:
    whole = f"{text}{digit}55"
    alone = call("logic/number", "blankOthers", whole, len(text))
    [one] = [glyph for glyph in written(whole).glyphs if glyph.position == len(text)]
    other = written(alone).glyphs[-1]
    assert (one.character, one.line, one.mark) == (other.character, other.line, other.mark)
    shift = other.strokes[0].curves[0, 0] - one.strokes[0].curves[0, 0]
    for a, b in zip(one.strokes, other.strokes, strict=True):
        assert abs(b.curves - a.curves - shift).max() < 1e-9
