"""static/js/pages/guess.js, called in a real browser: what is kept of a round, and what is said of it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Call = Callable[..., Any]


def ladder(*asked: str) -> list[dict[str, Any]]:
    """Opponents with a picture, and above them what ships."""
    pictures = [{"name": one, "asked": one, "picture": f"{one}.png"} for one in asked]
    return [*pictures, {"name": "ships", "asked": "", "picture": None}]


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.integers(0, 10)), max_size=8))
@settings(max_examples=20)
def test_the_share_is_that_of_all_rounds_against_one(call: Call, rounds: list[tuple[str, int]]) -> None:
    totals: dict[str, Any] = {}
    for asked, right in rounds:
        totals = call("pages/guess", "addRound", totals, asked, right, 10)
    for asked in ("", "a", "b"):
        own = [right for other, right in rounds if other == asked]
        share = call("pages/guess", "share", totals, asked)
        assert share == (pytest.approx(sum(own) / (10 * len(own))) if own else None)


@pytest.mark.parametrize(
    ("totals", "failed"),
    [
        ({}, None),
        ({"a": [10, 10], "b": [8, 10]}, None),
        ({"a": [10, 10], "b": [7, 10], "c": [5, 10]}, "b"),
        ({"c": [5, 10], "": [0, 10]}, "c"),
        ({"": [0, 10]}, None),  # which has no sheet to be shown
        ({"a": [15, 20]}, "a"),
    ],
)
def test_who_has_fewer_than_eight_of_ten_right_began_to_fail_there(
    call: Call, totals: dict[str, Any], failed: str | None
) -> None:
    found = call("pages/guess", "failedAt", ladder("a", "b", "c"), totals)
    assert found.get("name") == failed


def test_what_is_said_of_a_round(call: Call) -> None:
    assert call("pages/guess", "verdict", 8, None, 10) == {
        "score": "8 of 10 right. You can tell.", "judge": "There is no judge for these drawings.",
    }  # fmt: skip
    assert call("pages/guess", "verdict", 7, 10, 10) == {
        "score": "7 of 10 right. That could be guessing.", "judge": "The judge: 10 of 10 right.",
    }  # fmt: skip
    assert call("pages/guess", "verdict", 0, 0, 10)["judge"] == "The judge: 0 of 10 right."
