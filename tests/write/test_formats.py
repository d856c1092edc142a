"""Output formats and their options. The JSON must describe what the PNG shows."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gan.errors import InputError
from gan.write import to_json, to_plotter, to_png, to_self_writing, to_svg
from gan.write.formats import encoded
from gan.write.raster import opacity
from gan.write.strokes_and_pages import Writing
from tests.helpers.strokes import CROSS, SPECIMEN, dot, page

FORMATS = [
    ("png", {}, to_png),
    ("svg", {}, to_svg),
    ("strokes", {"digit_mm": 12.0}, to_plotter),
    ("animated", {"written": 1, "seconds": 0.5}, to_self_writing),
    ("json", {}, lambda writing: json.dumps(to_json(writing), indent=1) + "\n"),
]


@pytest.mark.parametrize(("form", "options", "make"), FORMATS)
def test_each_format_is_made_by_its_function(form: str, options: dict[str, Any], make: Callable[..., Any]) -> None:
    writing = page(CROSS, CROSS)
    expected = make(writing, **options)
    assert encoded(writing, form, options) == (expected if form == "png" else expected.encode())
    with pytest.raises(InputError, match=rf"^{'digit_mm' if form != 'strokes' else 'written'}: expected only with"):
        encoded(writing, form, options | ({"written": 1} if form == "strokes" else {"digit_mm": 3.0}))


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
