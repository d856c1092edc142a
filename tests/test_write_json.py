"""What JSON tells is what the PNG shows."""

import json
import math
import re

import numpy as np
import pytest
from strokes import CROSS, SPECIMEN, dot, page
from test_write_outline import points_of
from test_write_path import read

from gan.write.page import Glyph, Writing
from gan.write.render.formats import to_json
from gan.write.render.raster import opacity


def test_json_tells_what_was_asked() -> None:
    told = json.loads(json.dumps(to_json(page(CROSS, text="4", ink="#112233", choices=((0, 2),))), allow_nan=False))
    asked = {"number": "4", "seed": 3, "pen": "felt", "ink": "#112233", "size": 96, "slant": 0, "thickness": 1}
    asked |= {"human": 0.5, "align": "left", "paper": "plain", "networks": "one", "choices": [[0, 2]]}
    assert {name: told[name] for name in asked} == asked


@pytest.mark.parametrize("pen", ["felt", "ballpoint"])
def test_boxes_hold_the_ink_and_no_more(pen: str) -> None:
    writing = page(*SPECIMEN, gap=20, size=64, pen=pen)
    told = to_json(writing)
    assert (told["height"], told["width"]) == opacity(writing).shape
    assert told["baseline"] == told["baselines"][0] == pytest.approx(24 * writing.scale)
    for own, glyph in zip(told["glyphs"], writing.glyphs, strict=True):
        black = opacity(Writing(writing.request, (glyph,), (0.0,), writing.right, writing.top, writing.bottom))
        rows, columns = (np.flatnonzero(black.any(axis=axis)) for axis in (1, 0))
        box = own["box"]
        found = [box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]]
        np.testing.assert_allclose(found, [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], atol=1)


def test_digits_are_learned_and_signs_are_not() -> None:
    digit, space, point = to_json(page(CROSS, (), (dot(3, -2),), text="4 ."))["glyphs"]
    assert (digit["learned"], digit["digit"], digit["candidate"], digit["broken_rules"]) == (True, 1, 2, ["flat"])
    assert digit["latent"] == [round(-1 + i / 3, 4) for i in range(7)]
    assert (space["learned"], space["box"], space["strokes"]) == (False, None, [])
    assert (point["character"], point["position"], point["line"], point["learned"]) == (".", 2, 0, False)
    assert not {"digit", "latent", "candidate"} & {*space, *point}
    assert point["box"]["width"] == pytest.approx(point["mark"])


def test_strokes_are_the_middle_of_the_ink() -> None:
    writing = page(*SPECIMEN)
    black = opacity(writing)
    for told, glyph in zip(to_json(writing)["glyphs"], writing.glyphs, strict=True):
        assert len(told["strokes"]) == len(glyph.strokes)
        for one, stroke in zip(told["strokes"], glyph.strokes, strict=True):
            (curves,) = read(one["path"])
            assert curves.shape == stroke.curves.shape
            assert len(one["pressure"]) == len(curves) + 1
            x, y = points_of(curves).astype(int).T
            assert (black[y, x] == 255).all()


def test_several_lines_have_several_baselines() -> None:
    first = page(CROSS)
    below = Glyph("7", 2, 1, tuple(stroke.moved(0, 30) for stroke in first.glyphs[0].strokes), 2.0, None)
    told = to_json(Writing(first.request, (*first.glyphs, below), (0.0, 30.0), first.right, first.top, 35.0))
    assert told["baselines"] == [told["baseline"], told["baseline"] + 30 * 4.8]
    assert [glyph["line"] for glyph in told["glyphs"]] == [0, 1]


def test_numbers_are_plain_and_short() -> None:
    text = json.dumps(to_json(page(*SPECIMEN)))
    assert max(len(number.partition(".")[2]) for number in re.findall(r"\d+\.\d+", text)) <= 4
    assert not re.search("NaN|Infinity", text)
    assert math.isfinite(to_json(page(()))["width"])
