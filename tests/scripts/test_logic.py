"""Modules of static/js, called in a real browser: shows, maps, strokes, and the connection to the server."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

from hypothesis import given, settings
from hypothesis import strategies as st

from gan.drawings.classifier import classify, load_classifier
from gan.web.app import MAX_BODY_BYTES
from gan.web.routes.learn import EDGE
from gan.write.glyphs.own_handwriting import PAD, Mine, as_mnist, check_pads, read
from tests.conftest import script_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Call = Callable[..., Any]
NUMBER = st.integers(-EDGE, EDGE)
MAX_POINTS = 38
UNIT = st.integers(0, PAD - 1)
STROKE = st.lists(UNIT, min_size=2, max_size=300).map(lambda numbers: numbers[: len(numbers) // 2 * 2])
STROKES = st.lists(STROKE, min_size=1, max_size=5)


def test_each_wait_before_reconnecting_is_longer_until_a_message_arrives(browser: "Browser") -> None:
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
    for place in (
        {"iteration": 0, "drawing": 0},
        {"iteration": 20, "drawing": None},
        {"iteration": None, "drawing": 5},
    ):
        query = call("logic/slides", "queryWithPlace", "?other=a%26b&iteration=7&drawing=9", place)
        assert query.startswith("?other=a%26b")
        assert call("logic/slides", "placeFromQuery", query) == place
    assert call("logic/slides", "queryWithPlace", "?drawing=9", {"iteration": None, "drawing": None}) == ""


def test_the_scale_keeps_order_and_bounds(call: Call) -> None:
    ratings = [-1e9, -20, -3, -0.5, -0.01, 0, 0.01, 0.5, 3, 20, 1e9]
    heights = [call("logic/game", "height", rating) for rating in ratings]
    assert heights == sorted(heights, reverse=True)
    assert min(heights) > 24
    assert max(heights) < 276
    assert call("logic/game", "height", 0) == 110


def test_one_dot_is_drawn_for_every_rating_that_is_a_number(call: Call) -> None:
    scale = {"drawn": [0.5, None, -2], "real": [0, 1, None]}
    dots = call("logic/game", "dots", scale, 2)
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
    turns = {"iteration": 1, "drawing": 1, "asked": 3, "frames": frames}
    first = call("logic/turns", "phases", turns)
    assert [(phase["turn"], phase["back"], phase["ghost"]) for phase in first] == [
        ("start", False, None), ("judge", False, 1), ("artist", True, None), ("artist", False, -2),
    ]  # fmt: skip
    assert [phase["frame"] for phase in first] == [frames[0], frames[1], frames[1], frames[2]]
    assert all(len(phase["said"].split()) <= 10 for phase in first)
    assert call("logic/turns", "phases", turns | {"iteration": 2}) == first[1:]


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
    assert (received.network, received.together, received.own, received.drawings) == (
        mine.network,
        mine.together,
        mine.own,
        (),
    )


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
