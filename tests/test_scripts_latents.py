"""static/js/logic/latents.js, called in a real browser: the animated sheet, and points on the disk of latents."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.web.routes.latent_space import EDGE, WALK

Call = Callable[..., Any]
PLAN: dict[str, Any] = WALK | {"order": list(WALK["order"])}  # type: ignore[call-overload]
PACE, LEG = 0.5, 16
IDLE = {"connection": "open", "asked": None, "state": "idle"}
SHOWN = {"pictures": [0, 10, 20]}
TIME = st.floats(0, 5000, allow_nan=False)
NUMBER = st.integers(-EDGE, EDGE)


@settings(max_examples=15)
@given(time=TIME)
def test_moving_drawings_have_their_strips(call: Call, time: float) -> None:
    steps = call("logic/latents", "moving", time, PLAN)
    assert len(steps) == min(math.floor(time / PACE) + 1, LEG)
    assert len({step["cell"] for step in steps}) == len(steps)
    needed = call("logic/latents", "neededStrips", time, time, PLAN)
    assert {step["strip"] for step in steps} <= set(needed[:-1])
    assert len(needed) <= 4
    for step in steps:
        assert 0 <= step["frame"] < PLAN["frames"]
        assert 0 <= step["fade"] <= 1
        assert step["cell"] == PLAN["order"][(step["strip"] * PLAN["group"] + step["column"]) % 64]


@settings(max_examples=15)
@given(time=TIME, passed=st.floats(0, 3))
def test_a_moving_drawing_still_moves_later_or_has_finished(call: Call, time: float, passed: float) -> None:
    before, after = (call("logic/latents", "moving", at, PLAN) for at in (time, time + passed))
    finished = call("logic/latents", "finished", time, time + passed, PLAN)
    assert {step["cell"] for step in before} == {step["cell"] for step in finished} | (
        {step["cell"] for step in before} & {step["cell"] for step in after}
    )
    assert {(step["frame"], step["fade"]) for step in finished} <= {(PLAN["frames"] - 1, 1)}
    progress = {step["cell"]: step["frame"] + step["fade"] for step in before}
    assert all(step["frame"] + step["fade"] >= progress.get(step["cell"], 0) for step in after)


def test_a_drawing_starts_at_rest_and_the_strips_repeat(call: Call) -> None:
    (first,) = call("logic/latents", "moving", 0, PLAN)
    assert first == {"cell": PLAN["order"][0], "strip": 0, "column": 0, "frame": 0, "fade": 0}
    assert call("logic/latents", "neededStrips", 0, 0, PLAN) == [0, 1]
    around = PLAN["strips"] * PLAN["group"] * PACE
    assert call("logic/latents", "neededStrips", around, around, PLAN) == [PLAN["strips"] - 1, 0, 1]


@pytest.mark.parametrize(
    ("own", "iteration", "allowed"),
    [
        ({}, 20, True),
        ({"state": "gone"}, 20, True),
        ({}, 0, False),
        ({}, 10, False),  # a recorded run is still playing
        ({}, None, False),
        ({"state": "training"}, 20, False),
        ({"state": "compiling"}, 20, False),
        ({"asked": "fun"}, 20, False),
        ({"connection": "lost"}, 20, False),
    ],
)
def test_the_sheet_is_animated_while_training_is_paused(
    call: Call, own: dict[str, Any], iteration: int | None, allowed: bool
) -> None:
    assert call("logic/latents", "mayWander", SHOWN, IDLE | own, iteration) is allowed


def test_the_bundled_network_draws_for_the_recorded_run(call: Call) -> None:
    assert (
        call("logic/latents", "stripAddress", {"run": "mine", "recorded": False}, 7) == "/api/wander?strip=7&run=mine"
    )
    assert call("logic/latents", "stripAddress", {"run": "recorded", "recorded": True}, 7) == "/api/wander?strip=7"


# The disk


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
