"""The files by their names: each is what its maker makes, and what one is told is told to no other."""

import json

import pytest
from strokes import CROSS, page

from gan.errors import InputError
from gan.write import to_json, to_plotter, to_png, to_self_writing, to_svg
from gan.write.render.formats import FORMATS, encoded


def test_each_name_is_its_file() -> None:
    writing = page(CROSS)
    assert encoded(writing, "png") == to_png(writing)
    assert encoded(writing, "svg") == to_svg(writing).encode()
    assert encoded(writing, "strokes") == to_plotter(writing).encode()
    assert encoded(writing, "animated") == to_self_writing(writing).encode()
    assert json.loads(encoded(writing, "json")) == to_json(writing)
    assert {name: form.suffix for name, form in FORMATS.items()} == {
        "png": ".png", "svg": ".svg", "strokes": ".svg", "animated": ".svg", "json": ".json"
    }  # fmt: skip


def test_a_plotter_is_told_of_its_page() -> None:
    writing, told = page(CROSS), {"page": "fit", "digit_mm": 12.0, "margin_mm": 3.0}
    assert encoded(writing, "strokes", told) == to_plotter(writing, page="fit", digit_mm=12, margin_mm=3).encode()


def test_one_that_writes_itself_is_told_where_and_how_fast() -> None:
    writing, told = page(CROSS, CROSS), {"written": 1, "seconds": 0.5}
    assert encoded(writing, "animated", told) == to_self_writing(writing, written=1, seconds=0.5).encode()
    with pytest.raises(InputError, match="written: expected with animated alone; ask for animated, or leave it out"):
        encoded(writing, "strokes", told)


@pytest.mark.parametrize("form", ["png", "svg", "animated", "json"])
def test_nobody_else_is(form: str) -> None:
    with pytest.raises(InputError, match="margin_mm: expected with strokes alone") as error:
        encoded(page(CROSS), form, {"margin_mm": 3.0, "page": "A4"})
    assert error.value.field == "margin_mm"
