"""static/js/walk.js, called in a real browser: who is on the way when."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.web.wander import WALK

Call = Callable[..., Any]
PLAN: dict[str, Any] = WALK | {"order": list(WALK["order"])}  # type: ignore[call-overload]
PACE, LEG = 0.5, 16
RESTS = {"connection": "open", "asked": None, "state": "idle"}
SHOWN = {"pictures": [0, 10, 20]}
TIME = st.floats(0, 5000, allow_nan=False)


@settings(max_examples=30)
@given(time=TIME)
def test_some_are_on_their_way_and_their_strips_are_there(call: Call, time: float) -> None:
    steps = call("walk", "onTheWay", time, PLAN)
    assert len(steps) == min(math.floor(time / PACE) + 1, LEG)
    assert len({step["cell"] for step in steps}) == len(steps)
    needed = call("walk", "needed", time, time, PLAN)
    assert {step["strip"] for step in steps} <= set(needed[:-1])
    assert len(needed) <= 4
    for step in steps:
        assert 0 <= step["frame"] < PLAN["frames"]
        assert 0 <= step["fade"] <= 1
        assert step["cell"] == PLAN["order"][(step["strip"] * PLAN["group"] + step["column"]) % 64]


@settings(max_examples=30)
@given(time=TIME, passed=st.floats(0, 3))
def test_who_was_on_the_way_still_is_or_has_arrived(call: Call, time: float, passed: float) -> None:
    before, after = (call("walk", "onTheWay", at, PLAN) for at in (time, time + passed))
    home = call("walk", "arrived", time, time + passed, PLAN)
    assert {step["cell"] for step in before} == {step["cell"] for step in home} | (
        {step["cell"] for step in before} & {step["cell"] for step in after}
    )
    assert {(step["frame"], step["fade"]) for step in home} <= {(PLAN["frames"] - 1, 1)}
    gone = {step["cell"]: step["frame"] + step["fade"] for step in before}
    assert all(step["frame"] + step["fade"] >= gone.get(step["cell"], 0) for step in after)


def test_a_drawing_begins_where_it_rests_and_the_last_strip_is_followed_by_the_first(call: Call) -> None:
    (first,) = call("walk", "onTheWay", 0, PLAN)
    assert first == {"cell": PLAN["order"][0], "strip": 0, "column": 0, "frame": 0, "fade": 0}
    assert call("walk", "needed", 0, 0, PLAN) == [0, 1]
    around = PLAN["strips"] * PLAN["group"] * PACE
    assert call("walk", "needed", around, around, PLAN) == [PLAN["strips"] - 1, 0, 1]


@pytest.mark.parametrize(
    ("own", "iteration", "may"),
    [
        ({}, 20, True),
        ({"state": "gone"}, 20, True),
        ({}, 0, False),
        ({}, 10, False),  # a recorded run still plays
        ({}, None, False),
        ({"state": "training"}, 20, False),
        ({"state": "compiling"}, 20, False),
        ({"asked": "fun"}, 20, False),
        ({"connection": "lost"}, 20, False),
    ],
)
def test_it_wanders_when_training_rests(call: Call, own: dict[str, Any], iteration: int | None, may: bool) -> None:
    assert call("walk", "mayWander", SHOWN, RESTS | own, iteration) is may


def test_a_run_draws_for_itself_and_what_ships_for_the_recorded_one(call: Call) -> None:
    assert call("walk", "stripAddress", {"run": "mine", "recorded": False}, 7) == "/api/wander?strip=7&run=mine"
    assert call("walk", "stripAddress", {"run": "recorded", "recorded": True}, 7) == "/api/wander?strip=7"
