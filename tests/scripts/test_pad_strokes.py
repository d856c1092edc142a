"""static/js/logic/pad-strokes.js, called in a real browser: strokes on the pad, saved files, and the example digits."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.drawings.classifier import classify, load_classifier
from gan.web.app import MAX_BODY_BYTES
from gan.write.glyphs.own_handwriting import PAD, Mine, as_mnist, check_pads, read

Call = Callable[..., Any]
MAX_POINTS = 38
NUMBER = st.integers(0, PAD - 1)
STROKE = st.lists(NUMBER, min_size=2, max_size=300).map(lambda numbers: numbers[: len(numbers) // 2 * 2])
STROKES = st.lists(STROKE, min_size=1, max_size=5)


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


def test_pointer_positions_are_clamped_to_the_pad(call: Call) -> None:
    box = {"left": 10, "top": 20, "width": 128}
    assert call("logic/pad-strokes", "unitsOf", 74, 84, box, PAD) == [128, 128]
    assert call("logic/pad-strokes", "unitsOf", -5, 900, box, PAD) == [0, PAD - 1]


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


@pytest.mark.parametrize("text", ["", "x", "{}", "null", "[1]", '{"handwriting": 1}'])
def test_other_files_are_refused(call: Call, text: str) -> None:
    with pytest.raises(Exception, match="has no drawings"):
        call("logic/pad-strokes", "drawingsIn", text)


def test_the_server_accepts_the_examples_and_the_classifier_recognizes_them() -> None:
    source = (Path(__file__).parents[2] / "templates" / "mine.html").read_text("utf-8")
    examples = json.loads(source.partition("data-examples='")[2].partition("'")[0])
    assert len(examples) == 10
    for digit, strokes in enumerate(examples):
        pads = check_pads({str(digit): strokes})
        assert classify(load_classifier(), as_mnist(pads[digit])[None])[0] == digit
