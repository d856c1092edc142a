"""static/js/logic/latents.js, called in a real browser: points on the disk of latents."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.web.routes.learn import EDGE

Call = Callable[..., Any]
NUMBER = st.integers(-EDGE, EDGE)


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


@pytest.mark.parametrize("query", ["", "seed=-1&x=101&y=--2", "seed=4294967296&x=1.5&y=1e1", "x=&y= 3&seed=0x1"])
def test_a_wrong_place_is_replaced_by_the_default(call: Call, query: str) -> None:
    default = {"seed": 5, "x": 1, "y": -2}
    assert call("logic/latents", "fromQuery", query, default, EDGE) == default


def test_pointer_and_keys_choose_places(call: Call) -> None:
    box = {"left": 10, "top": 20, "width": 200}
    assert call("logic/latents", "placeAt", 3, 160, 70, box, EDGE) == {"seed": 3, "x": 50, "y": 50}
    assert call("logic/latents", "placeAt", 3, 900, 120, box, EDGE) == {"seed": 3, "x": EDGE, "y": 0}
    place = {"seed": 3, "x": 0, "y": 98}
    assert call("logic/latents", "stepped", place, "ArrowDown", EDGE) == place | {"y": 93}
    assert call("logic/latents", "stepped", place, "ArrowUp", EDGE) == place | {"y": EDGE}
    assert call("logic/latents", "stepped", place, "ArrowLeft", EDGE) == place | {"x": -5}
    for key in ("Enter", "a", "PageUp", "constructor"):
        assert call("logic/latents", "stepped", place, key, EDGE) is None
