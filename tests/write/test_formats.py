"""Output formats and their options."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gan.base.errors import InputError
from gan.write import to_json, to_png, to_self_writing, to_svg
from gan.write.formats import encoded
from tests.helpers.strokes import CROSS, dot, page

FORMATS = [
    ("png", {}, to_png),
    ("svg", {}, to_svg),
    ("animated", {"written": 1, "seconds": 0.5}, to_self_writing),
    ("json", {}, lambda writing: json.dumps(to_json(writing), indent=1) + "\n"),
]


@pytest.mark.parametrize(("form", "options", "make"), FORMATS)
def test_each_format_is_made_by_its_function(
    form: str, options: dict[str, Any], make: Callable[..., Any]
) -> None:
    writing = page(CROSS, CROSS)
    expected = make(writing, **options)
    assert encoded(writing, form, options) == (
        expected if form == "png" else expected.encode()
    )
    if form != "animated":
        with pytest.raises(InputError, match=r"^written: expected only with animated"):
            encoded(writing, form, {"written": 1})


def test_json_has_the_latent_vector_of_a_digit() -> None:
    digit, sign = to_json(page(CROSS, (dot(3, -2),), text="4."))["glyphs"]
    assert digit["latent"] == [round(-1 + i / 3, 4) for i in range(7)]
    assert "latent" not in sign
