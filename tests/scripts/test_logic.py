"""Modules of static/js, called in a real browser: shows, maps, strokes, rounds, addresses and commands of numbers."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlparse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.drawings.classifier import classify, load_classifier
from gan.web.app import MAX_BODY_BYTES
from gan.web.routes.learn import EDGE
from gan.web.site.recordings import CONSTANTS
from gan.write import Writing, layout, write, writing
from gan.write.glyphs.own_handwriting import PAD, Mine, as_mnist, check_pads, read
from gan.write.layout import Character
from gan.write.request import DEFAULTS, LINES, LONGEST, PENS, UNDERSTOOD
from tests.conftest import script_page
from tests.helpers.browsing import Browser, Call
from tests.helpers.handmade import Handmade
from tests.helpers.strokes import dot

NUMBER = st.integers(-EDGE, EDGE)
MAX_POINTS = 38
UNIT = st.integers(0, PAD - 1)
STROKE = st.lists(UNIT, min_size=2, max_size=300).map(lambda numbers: numbers[: len(numbers) // 2 * 2])
STROKES = st.lists(STROKE, min_size=1, max_size=5)


def test_each_wait_before_reconnecting_is_longer_until_a_message_arrives(browser: Browser) -> None:
    script = """async () => {
      const { listen } = await import("/static/js/lib/server.js"), usual = { WebSocket, setTimeout }, waits = [];
      let socket;
      window.WebSocket = class extends EventTarget { constructor() { super(); socket = this; } };
      window.setTimeout = (connect, wait) => { waits.push(wait); connect(); };
      const lose = () => socket.dispatchEvent(new CloseEvent("close", { reason: "Full." }));
      listen(() => {}, "/events");
      for (let time = 0; time < 6; time++) lose();
      socket.dispatchEvent(new MessageEvent("message", { data: "{}" }));
      lose();
      Object.assign(window, usual);
      return waits;
    }"""
    assert script_page(browser).evaluate(script) == [500, 1000, 2000, 4000, 5000, 5000, 500]


def test_a_show_plays_waits_and_stops(call: Call) -> None:
    show = call("logic/slides", "start", [0, 5, 10], True)
    show = call("logic/slides", "tick", call("logic/slides", "tick", show, False), False)
    assert (show["index"], show["playing"]) == (2, True)
    assert call("logic/slides", "tick", show, True)["playing"] is True, "more pictures arrive during training"
    assert call("logic/slides", "tick", show, False)["playing"] is False
    joined = call("logic/slides", "join", show, [0, 5, 10, 15])
    assert call("logic/slides", "tick", joined, True)["index"] == 3
    again = call("logic/slides", "toggle", call("logic/slides", "seek", show, 99))
    assert (again["index"], again["playing"]) == (0, True)
    assert call("logic/slides", "join", show, [0])["index"] == 0


def test_a_place_is_written_into_the_address(call: Call) -> None:
    for iteration, drawing in ((0, 0), (20, None), (None, 5)):
        place = {"iteration": iteration, "drawing": drawing}
        query = call("logic/slides", "queryWithPlace", "?other=a%26b&iteration=7&drawing=9", place)
        assert query.startswith("?other=a%26b")
        assert call("logic/slides", "placeFromQuery", query) == place


def test_the_scale_keeps_order_and_bounds(call: Call) -> None:
    ratings = [-1e9, -20, -3, -0.5, -0.01, 0, 0.01, 0.5, 3, 20, 1e9]
    heights = [call("logic/network-diagram", "height", rating) for rating in ratings]
    assert heights == sorted(heights, reverse=True)
    assert min(heights) > 24
    assert max(heights) < 276
    assert call("logic/network-diagram", "height", 0) == 110


def test_one_dot_is_drawn_for_every_rating_that_is_a_number(call: Call) -> None:
    scale = {"drawn": [0.5, None, -2], "real": [0, 1, None]}
    dots = call("logic/network-diagram", "dots", scale, 2)
    assert [(dot["kind"], dot["index"], dot["chosen"]) for dot in dots] == [
        ("real", 0, False), ("real", 1, False), ("drawn", 0, False), ("drawn", 2, True),
    ]  # fmt: skip
    real, drawn = ([dot["x"] for dot in dots if dot["kind"] == kind] for kind in ("real", "drawn"))
    assert max(real) < min(drawn), "the groups are side by side"


def test_an_iteration_has_three_phases_and_the_first_one_more(call: Call) -> None:
    frames = [
        {"turn": turn, "scale": {"drawn": [0, rating], "real": []}, "png": {}}
        for turn, rating in (("start", 1), ("judge", -2), ("artist", 3))
    ]
    turns = {"iteration": 1, "drawing": 1, "asked": 3, "locked": True, "frames": frames}
    first = call("logic/turns", "phases", turns)
    assert [(phase["turn"], phase["back"], phase["ghost"]) for phase in first] == [
        ("start", False, None), ("judge", False, 1), ("artist", True, None), ("artist", False, -2),
    ]  # fmt: skip
    assert [phase["frame"] for phase in first] == [frames[0], frames[1], frames[1], frames[2]]
    assert all(len(phase["said"].split()) <= 10 for phase in first)
    assert call("logic/turns", "phases", turns | {"iteration": 2}) == first[1:]
    unlocked = call("logic/turns", "phases", turns | {"locked": False})
    assert [one["said"] == other["said"] for one, other in zip(first, unlocked, strict=True)] == [
        True,
        True,
        False,
        True,
    ]
    assert "unlocked, so it changes, too" in unlocked[2]["said"]


@pytest.mark.parametrize(
    ("iteration", "recorded", "own"), [(0, False, True), (59, False, True), (60, False, False), (0, True, False)]
)
def test_step_continues_a_young_run(call: Call, iteration: int, recorded: bool, own: bool) -> None:
    assert call("logic/turns", "continues", {"iteration": iteration, "recorded": recorded}) is own


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), x=NUMBER, y=NUMBER)
def test_a_place_is_moved_onto_the_disk_and_has_a_link(call: Call, seed: int, x: int, y: int) -> None:
    place = call("logic/latents", "within", {"seed": seed, "x": x, "y": y}, EDGE)
    assert math.hypot(place["x"], place["y"]) <= EDGE
    if math.hypot(x, y) <= EDGE:
        assert place == {"seed": seed, "x": x, "y": y}
    path, query = call("logic/latents", "linkTo", place).split("?")
    default = {"seed": 0, "x": 0, "y": 0}
    assert path == "/learn"
    assert query.endswith("#place")
    assert call("logic/latents", "fromQuery", query.removesuffix("#place"), default, EDGE) == place


@settings(max_examples=40)
@given(strokes=STROKES)
def test_thinning_keeps_the_ends_and_fits_into_a_request(call: Call, strokes: list[list[int]]) -> None:
    thin = call("logic/pad-strokes", "thinned", strokes)
    assert sum(map(len, thin)) <= 2 * MAX_POINTS
    for before, after in zip(strokes, thin, strict=True):
        assert (after[:2], after[-2:]) == (before[:2], before[-2:])
        points = list(zip(before[::2], before[1::2], strict=True))
        assert all(point in points for point in zip(after[::2], after[1::2], strict=True))
    check_pads({"3": thin})


def test_ten_drawings_fit_into_a_request(call: Call) -> None:
    strokes = [[n for i in range(400) for n in (200 + i % 50, 100 + int(90 * math.sin(i)))]]
    body = json.dumps({"drawings": {str(digit): call("logic/pad-strokes", "thinned", strokes) for digit in range(10)}})
    assert len(body) < MAX_BODY_BYTES


def test_the_address_of_a_handwriting_omits_its_drawings(call: Call) -> None:
    mine = Mine("abc", (0.5, 1.0), ((4, (1.0, -2.0)),), ((4, ((1, 2),)),))
    address = urlparse(call("logic/pad-strokes", "writeWith", mine.to_json()))
    assert address.path == "/write"
    received = read(parse_qs(address.query)["mine"][0])
    assert received == replace(mine, drawings=())


def test_a_saved_file_is_loaded(call: Call) -> None:
    mine = Mine("abc", (0.5,), ((4, (1.0,)),), ((4, ((1, 2),)),))
    assert call("logic/pad-strokes", "drawingsIn", json.dumps(mine.to_json())) == {"4": [[1, 2]]}


def test_the_server_accepts_the_examples_and_the_classifier_recognizes_them() -> None:
    source = (Path(__file__).parents[2] / "templates" / "mine.html").read_text("utf-8")
    examples = json.loads(source.partition("data-examples='")[2].partition("'")[0])
    assert len(examples) == 10
    for digit, strokes in enumerate(examples):
        pads = check_pads({str(digit): strokes})
        assert classify(load_classifier(), as_mnist(pads[digit])[None])[0] == digit


# Numbers to be written

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


@pytest.mark.parametrize("radii", [(3, 8, 12), (30, 5, 20, 20, 5, 5, 5)])
def test_the_site_has_characters_in_the_same_squares(call: Call, radii: Sequence[float]) -> None:
    line = [Character((dot(1.0, -10.0),), 2 * radius) for radius in radii]
    sent = [{"points": [(1, -10)], "mark": 2 * radius, "gap": 1, "learned": True} for radius in radii]
    writer = {name: getattr(one, name) for one in (layout, writing) for name in CONSTANTS[one].split()}
    [expected] = layout.lay_out([line], PENS["felt"], align="left", paper="squared").places
    found = call("site/writer-layout", "placed", sent, True, writer)
    assert found["places"] == pytest.approx(expected, abs=0.3)  # it has fewer rows
    assert found["end"] == writing.SQUARE * (len(line) + 0.5)


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
