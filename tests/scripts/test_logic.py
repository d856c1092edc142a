"""Modules of static/js, called in a real browser: shows, strokes, rounds, addresses and
commands of numbers.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gan.drawings.classifier import classify, load_classifier
from gan.web.app import MAX_BODY_BYTES
from gan.web.site.recordings import CONSTANTS
from gan.write import layout, strokes_and_pages
from gan.write.glyphs.own_handwriting import PAD, Mine, as_mnist, check_pads, read
from gan.write.layout import Character
from gan.write.options_and_limits import LINES, PENS
from tests.conftest import script_page
from tests.helpers.browsing import Browser, Call
from tests.helpers.strokes import dot

MAX_POINTS = 38
UNIT = st.integers(0, PAD - 1)
STROKE = st.lists(UNIT, min_size=2, max_size=300).map(
    lambda numbers: numbers[: len(numbers) // 2 * 2]
)
STROKES = st.lists(STROKE, min_size=1, max_size=5)


def test_each_wait_before_reconnecting_is_longer_until_a_message_arrives(
    browser: Browser,
) -> None:
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
    assert script_page(browser).evaluate(script) == [
        500,
        1000,
        2000,
        4000,
        5000,
        5000,
        500,
    ]


def test_calls_that_come_meanwhile_wait_and_only_the_newest_is_carried_out(
    browser: Browser,
) -> None:
    script = """async () => {
      const { oneAtATime } = await import("/static/js/lib/dom.js"), done = [];
      const act = oneAtATime(async (name) => { done.push(name); await null; done.push("end"); });
      await Promise.all(["oldest", "older", "newest"].map((name) => act(name)));
      return done;
    }"""
    assert script_page(browser).evaluate(script) == ["oldest", "end", "newest", "end"]


@settings(max_examples=40)
@given(strokes=STROKES)
@example([[n for i in range(400) for n in (200 + i % 50, 100 + i % 90)]])
def test_thinning_keeps_the_ends_and_fits_into_a_request(
    call: Call, strokes: list[list[int]]
) -> None:
    thin = call("logic/pad-strokes", "thinned", strokes)
    assert sum(map(len, thin)) <= 2 * MAX_POINTS
    for before, after in zip(strokes, thin, strict=True):
        assert after[:2] == before[:2]
        assert after[-2:] == before[-2:]
        points = list(zip(before[::2], before[1::2], strict=True))
        assert all(
            point in points for point in zip(after[::2], after[1::2], strict=True)
        )
    check_pads({"3": thin})
    assert (
        len(json.dumps({"drawings": dict.fromkeys("0123456789", thin)}))
        < MAX_BODY_BYTES
    )


def test_a_saved_handwriting_is_loaded_and_its_address_omits_its_drawings(
    call: Call,
) -> None:
    mine = Mine("abc", (0.5, 1.0), ((4, (1.0, -2.0)),), ((4, ((1, 2),)),))
    assert call("logic/pad-strokes", "drawingsIn", json.dumps(mine.to_json())) == {
        "4": [[1, 2]]
    }
    address = urlparse(call("logic/pad-strokes", "writeWith", mine.to_json()))
    assert address.path == "/write"
    assert read(parse_qs(address.query)["mine"][0]) == replace(mine, drawings=())


def test_the_server_accepts_the_examples_and_the_classifier_recognizes_them() -> None:
    source = (Path(__file__).parents[2] / "templates" / "mine.html").read_text("utf-8")
    examples = json.loads(source.partition("data-examples='")[2].partition("'")[0])
    assert len(examples) == 10
    for digit, strokes in enumerate(examples):
        pads = check_pads({str(digit): strokes})
        assert classify(load_classifier(), as_mnist(pads[digit])[None])[0] == digit


# Numbers to be written


@pytest.mark.parametrize("radii", [(3, 8, 12), (30, 5, 20, 20, 5, 5, 5)])
def test_the_site_has_characters_in_the_same_squares(
    call: Call, radii: Sequence[float]
) -> None:
    line = [Character((dot(1.0, -10.0),), 2 * radius) for radius in radii]
    sent = [
        {"points": [(1, -10)], "mark": 2 * radius, "gap": 1, "learned": True}
        for radius in radii
    ]
    writer = {
        name: getattr(one, name)
        for one in (layout, strokes_and_pages)
        for name in CONSTANTS[one].split()
    }
    [expected], *_ = layout.lay_out([line], PENS["felt"], align="left", paper="squared")
    found = call("site/writer-layout", "placed", sent, True, writer)
    assert found["places"] == pytest.approx(expected, abs=0.3)  # it has fewer rows
    assert found["end"] == strokes_and_pages.SQUARE * (len(line) + 0.5)


@settings(max_examples=20)
@given(text=st.text(st.sampled_from("0123456789 .+-\n"), max_size=200))
def test_line_breaks_keep_every_character(call: Call, text: str) -> None:
    broken = call("logic/write-request", "wrapLines", text)
    assert re.sub("[ \n]", "", broken) == re.sub("[ \n]", "", text)
    lines = broken.split("\n")
    assert max(map(len, lines)) <= 20 or len(text.split("\n")) > LINES / 2
