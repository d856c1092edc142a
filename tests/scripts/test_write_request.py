"""static/js/logic/write-request.js, called in a real browser: addresses, commands, line breaks, choices."""

import shlex
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
PLACE = {"runs": "my runs", "python": "python"}


def test_an_address_has_number_seed_and_changed_options(call: Call) -> None:
    options = PAGE_DEFAULTS | {"number": "12.50 €\n+ 3", "pen": "ballpoint", "choices": "3:2"}
    changed = call("logic/write-request", "withoutDefaults", options, PAGE_DEFAULTS)
    assert changed == {"number": "12.50 €\n+ 3", "seed": "0", "pen": "ballpoint", "choices": "3:2"}
    path, _, query = call("logic/write-request", "address", changed, "animated", {"written": 3}).partition("?")
    assert path == "/api/write"
    assert {name: value for name, [value] in parse_qs(query).items()} == changed | {
        "format": "animated",
        "written": "3",
    }
    assert call("logic/write-request", "fromQuery", f"?{query}&evil=1", PAGE_DEFAULTS) == options
    # An empty number is valid.
    assert call("logic/write-request", "fromQuery", "?number=", PAGE_DEFAULTS)["number"] == ""


@pytest.mark.parametrize("number", ["12.50 €", "-3", "$5", "2026-11-25", "(1+2)×3", "5 %", "12\n+ 3", "-$1 - 2", ""])
def test_a_command_has_the_same_options(call: Call, number: str) -> None:
    options = {"number": number, "seed": "7", "ink": "#112233", "slant": "-5", "choices": "0:2"}
    line = call("logic/write-request", "command", options, {"runs": "runs", "python": ".venv/bin/python"})
    assert "\n" not in line
    words = shlex.split(line)
    assert words[:3] == [".venv/bin/python", "-m", "gan.write"]
    parsed = build_parser().parse_args(words[3:])
    assert (parsed.text, parsed.seed, parsed.ink, parsed.slant, parsed.choices) == (number, 7, "#112233", -5, "0:2")
    assert parsed.out.suffix == ".svg"


def test_a_command_names_the_file_of_the_users_handwriting(call: Call) -> None:
    line = call("logic/write-request", "command", {"number": "12", "seed": "7", "mine": "{}"}, PLACE)
    assert build_parser().parse_args(shlex.split(line)[3:]).mine.name == "my-handwriting.json"


def test_a_command_names_the_networks_of_runs(call: Call) -> None:
    line = call("logic/write-request", "command", {"number": "12", "seed": "7", "run": "all-digits"}, PLACE)
    assert line.endswith('--seed 7 --model "my runs/all-digits/generator.safetensors"')
    [model] = build_parser().parse_args(shlex.split(line)[3:]).models
    assert str(model) == "my runs/all-digits/generator.safetensors"
    ten = ",".join(f"digit-{digit}" for digit in range(10))
    line = call("logic/write-request", "command", {"number": "-2", "seed": "7", "run": ten}, PLACE)
    parsed = build_parser().parse_args(shlex.split(line)[3:])
    assert [path.parent.name for path in parsed.models] == ten.split(",")
    assert parsed.text == "-2"


@pytest.mark.parametrize(
    ("number", "name"),
    [("12.50 €", "12.50"), ("1 2-3", "1_2-3"), ("€ $", "number"), ("", "number"), ("../-1", "1"), ("1\n+ 2", "1_2")],
)
def test_a_file_is_named_after_its_number(call: Call, number: str, name: str) -> None:
    assert call("logic/write-request", "fileName", number, ".png") == f"{name}.png"


@pytest.mark.parametrize(
    ("change", "expected"),
    [({}, True), ({"labels": False}, False), ({"recorded": True}, False), ({"iteration": 0}, False)],
)
def test_only_trained_runs_for_all_digits_can_write(call: Call, change: dict[str, Any], expected: bool) -> None:
    run = {"id": "all-digits", "labels": True, "recorded": False, "iteration": 12} | change
    assert call("logic/write-request", "isWriter", run) is expected
    broken = {"id": "all-digits", "recorded": False, "error": "no config"}
    assert call("logic/write-request", "isWriter", broken) is False


def test_the_progress_of_a_writing_network_is_shown(call: Call) -> None:
    assert "at iteration 1,200." in call("logic/write-request", "progress", {"iteration": 1200})
    assert call("logic/write-request", "progress", None) == ""


def test_screen_readers_get_the_number_without_extra_spaces(call: Call) -> None:
    assert call("logic/write-request", "spoken", "12.50 €") == "12.50 € in handwriting"
    assert call("logic/write-request", "spoken", " 12\n +  3 ") == "12 + 3 in handwriting"


def test_invisible_characters_are_removed_as_on_the_server(call: Call) -> None:
    invisible = "".join(chr(code) for code, character in UNDERSTOOD.items() if character is None)
    assert call("logic/write-request", "withoutInvisible", f"1{invisible}2\n \u2009\u22123") == "12\n \u2009\u22123"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("12.50 €", ""),
        ("", ""),
        ("12a5", "“a” (character 3) cannot be written: only digits, spaces and + - can."),
        ("1\n" * 39 + "1", ""),
        ("1\n" * 40 + "1", "41 lines are too many: at most 40 lines of 64 can be written. See “Many numbers”."),
        ("1" * 64 * 40, ""),
        ("1" * 20000, "20,000 characters are too many: at most 40 lines of 64 can be written. See “Many numbers”."),
        ("12\n\n4🖋5", "“🖋” (line 3, character 2) cannot be written: only digits, spaces and + - can."),
    ],
)
def test_an_input_error_names_the_character_and_its_place(call: Call, text: str, error: str) -> None:
    assert call("logic/write-request", "inputError", text, "+ -", "0123456789.€ \n") == error


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("a.csv", "Betrag;Datum\r\n12,50;1\r\n;2\r\n\r\n3,75;3\r\n", "12,50\n3,75"),
        ("a.CSV", '"1,200","x"\n7,y\n', "1,200\n7"),
        ("a.csv", "4\t5\n6\t7", "4\n6"),
        ("a.csv", "12\n13,5\n14,75\n", "12\n13,5\n14,75"),  # decimals
        ("a.csv", "n,x\n13,5\n", "13"),
        ("a.txt", "1,2\n3 4\n", "1,2\n3 4"),
        ("a.csv", "", ""),
    ],
)
def test_the_first_column_of_a_file(call: Call, name: str, text: str, column: str) -> None:
    assert call("logic/write-request", "firstColumn", text, name) == column


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


@pytest.mark.parametrize(
    ("choices", "before", "after", "expected"),
    [
        ("3:2,7:1", "12345678", "123456789", "3:2,7:1"),  # a digit was added at the end
        ("3:2,7:1", "12345678", "912345678", "4:2,8:1"),  # a digit was added at the beginning
        ("3:2,7:1", "12345678", "1235678", "6:1"),  # the chosen 4 was deleted
        ("3:2,7:1", "12345678", "1234.5678", "3:2,8:1"),
        ("3:2", "12345678", "", ""),
        ("3:x", "12345678", "9", "3:x"),  # the server will refuse this invalid choice
        ("", "1", "12", ""),
    ],
)
def test_choices_move_with_the_digits(call: Call, choices: str, before: str, after: str, expected: str) -> None:
    assert call("logic/write-request", "shiftChoices", choices, before, after) == expected


def test_a_choice_is_added_replaced_and_removed(call: Call) -> None:
    assert call("logic/write-request", "withChoice", "7:1", 3, 2) == "3:2,7:1"
    assert call("logic/write-request", "withChoice", "3:2,7:1", 3, 6) == "3:6,7:1"
    assert call("logic/write-request", "withChoice", "3:2,7:1", 3, 0) == "7:1"


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
