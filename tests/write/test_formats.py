"""Output formats and their options. The JSON must describe what the PNG shows."""

import json
import math
import re

import numpy as np
import pytest

from gan.errors import InputError
from gan.write import to_json, to_plotter, to_png, to_self_writing, to_svg
from gan.write.formats import FORMATS, encoded
from gan.write.raster import opacity
from gan.write.writing import Glyph, Writing
from tests.helpers.strokes import CROSS, SPECIMEN, dot, page
from tests.write.test_svg import points_of, read_path


def test_each_format_is_made_by_its_function() -> None:
    writing = page(CROSS)
    assert encoded(writing, "png") == to_png(writing)
    assert encoded(writing, "svg") == to_svg(writing).encode()
    assert encoded(writing, "strokes") == to_plotter(writing).encode()
    assert encoded(writing, "animated") == to_self_writing(writing).encode()
    assert json.loads(encoded(writing, "json")) == to_json(writing)
    assert {name: form.suffix for name, form in FORMATS.items()} == {
        "png": ".png", "svg": ".svg", "strokes": ".svg", "animated": ".svg", "json": ".json"
    }  # fmt: skip


def test_page_options_reach_the_plotter_file() -> None:
    writing, options = page(CROSS), {"page": "fit", "digit_mm": 12.0, "margin_mm": 3.0}
    assert encoded(writing, "strokes", options) == to_plotter(writing, page="fit", digit_mm=12, margin_mm=3).encode()


def test_animation_options_reach_the_animated_file() -> None:
    writing, options = page(CROSS, CROSS), {"written": 1, "seconds": 0.5}
    assert encoded(writing, "animated", options) == to_self_writing(writing, written=1, seconds=0.5).encode()
    with pytest.raises(InputError, match="written: expected only with animated; choose animated, or leave it out"):
        encoded(writing, "strokes", options)


@pytest.mark.parametrize("form", ["png", "svg", "animated", "json"])
def test_options_of_another_format_are_refused(form: str) -> None:
    with pytest.raises(InputError, match="margin_mm: expected only with strokes") as error:
        encoded(page(CROSS), form, {"margin_mm": 3.0, "page": "A4"})
    assert error.value.field == "margin_mm"


# JSON


def test_json_contains_the_request() -> None:
    data = json.loads(json.dumps(to_json(page(CROSS, text="4", ink="#112233", choices=((0, 2),))), allow_nan=False))
    requested = {"number": "4", "seed": 3, "pen": "felt", "ink": "#112233", "size": 96, "slant": 0, "thickness": 1}
    requested |= {"human": 0.5, "align": "left", "paper": "plain", "networks": "one", "choices": [[0, 2]]}
    assert {name: data[name] for name in requested} == requested


@pytest.mark.parametrize("pen", ["felt", "ballpoint"])
def test_boxes_enclose_the_ink_tightly(pen: str) -> None:
    writing = page(*SPECIMEN, gap=20, size=64, pen=pen)
    data = to_json(writing)
    assert (data["height"], data["width"]) == opacity(writing).shape
    assert data["baseline"] == data["baselines"][0] == pytest.approx(24 * writing.scale)
    for entry, glyph in zip(data["glyphs"], writing.glyphs, strict=True):
        black = opacity(Writing(writing.request, (glyph,), (0.0,), writing.right, writing.top, writing.bottom))
        rows, columns = (np.flatnonzero(black.any(axis=axis)) for axis in (1, 0))
        box = entry["box"]
        edges = [box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]]
        np.testing.assert_allclose(edges, [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], atol=1)


def test_json_describes_digits_spaces_and_signs() -> None:
    digit, space, point = to_json(page(CROSS, (), (dot(3, -2),), text="4 ."))["glyphs"]
    assert (digit["learned"], digit["digit"], digit["candidate"], digit["broken_rules"]) == (True, 1, 2, ["flat"])
    assert digit["latent"] == [round(-1 + i / 3, 4) for i in range(7)]
    assert (space["learned"], space["box"], space["strokes"]) == (False, None, [])
    assert (point["character"], point["position"], point["line"], point["learned"]) == (".", 2, 0, False)
    assert not {"digit", "latent", "candidate"} & {*space, *point}
    assert point["box"]["width"] == pytest.approx(point["mark"])


def test_json_strokes_lie_in_the_ink() -> None:
    writing = page(*SPECIMEN)
    black = opacity(writing)
    for data, glyph in zip(to_json(writing)["glyphs"], writing.glyphs, strict=True):
        assert len(data["strokes"]) == len(glyph.strokes)
        for one, stroke in zip(data["strokes"], glyph.strokes, strict=True):
            (curves,) = read_path(one["path"])
            assert curves.shape == stroke.curves.shape
            assert len(one["pressure"]) == len(curves) + 1
            x, y = points_of(curves).astype(int).T
            assert (black[y, x] == 255).all()


def test_each_line_has_a_baseline() -> None:
    first = page(CROSS)
    below = Glyph("7", 2, 1, tuple(stroke.moved(0, 30) for stroke in first.glyphs[0].strokes), 2.0, None)
    data = to_json(Writing(first.request, (*first.glyphs, below), (0.0, 30.0), first.right, first.top, 35.0))
    assert data["baselines"] == [data["baseline"], data["baseline"] + 30 * 4.8]
    assert [glyph["line"] for glyph in data["glyphs"]] == [0, 1]


def test_json_numbers_have_at_most_four_decimals() -> None:
    text = json.dumps(to_json(page(*SPECIMEN)))
    assert max(len(number.partition(".")[2]) for number in re.findall(r"\d+\.\d+", text)) <= 4
    assert not re.search("NaN|Infinity", text)
    assert math.isfinite(to_json(page(()))["width"])
