"""static/js/logic/game.js and the progress in static/js/logic/state.js, called in a real browser."""

from typing import Any

import pytest
from test_scripts_drawing_labels import Call


def test_the_scale_keeps_order_and_bounds(call: Call) -> None:
    ratings = [-1e9, -20, -3, -0.5, -0.01, 0, 0.01, 0.5, 3, 20, 1e9]
    heights = [call("logic/game", "height", rating) for rating in ratings]
    assert heights == sorted(heights, reverse=True)
    assert min(heights) > 24
    assert max(heights) < 276
    assert call("logic/game", "height", 0) == 110


def test_one_dot_is_drawn_for_every_rating_that_is_a_number(call: Call) -> None:
    scale = {"drawn": [0.5, None, -2], "real": [0, 1, None]}
    dots = call("logic/game", "dots", scale, 2)
    assert [(dot["kind"], dot["index"], dot["chosen"]) for dot in dots] == [
        ("real", 0, False), ("real", 1, False), ("drawn", 0, False), ("drawn", 2, True),
    ]  # fmt: skip
    real, drawn = ([dot["x"] for dot in dots if dot["kind"] == kind] for kind in ("real", "drawn"))
    assert max(real) < min(drawn), "the groups are side by side"


def reading(good: int, prefers_real: int | None = 40) -> dict[str, Any]:
    return {"read": [True] * good + [False] * (64 - good), "prefers_real": prefers_real}


def test_progress_has_a_row_for_each_sheet_of_a_run(call: Call) -> None:
    def add(progress: Any, of: str, seen: Any, iteration: int) -> Any:
        return call("logic/state", "withProgress", progress, of, seen, iteration)

    one = add({"of": "", "rows": []}, "a", reading(3), 10)
    two = add(one, "a", reading(5, None), 20)
    assert two["rows"] == [
        {"iteration": 10, "of": 64, "recognized": 3, "mistaken": 24},
        {"iteration": 20, "of": 64, "recognized": 5, "mistaken": None},
    ]
    assert [row["iteration"] for row in add(two, "a", reading(1), 15)["rows"]] == [10, 15], "it went back"
    assert [row["iteration"] for row in add(two, "a", reading(1), 20)["rows"]] == [10, 20], "seen before"
    assert [row["iteration"] for row in add(two, "b", reading(1), 5)["rows"]] == [5], "another run"
    assert add(two, "a", None, 30) == two


@pytest.mark.parametrize("count", [2000, 2001])
def test_long_progress_is_thinned(call: Call, count: int) -> None:
    rows = [{"iteration": at, "of": 64, "recognized": 0, "mistaken": 0} for at in range(1, count)]
    grown = call("logic/state", "withProgress", {"of": "a", "rows": rows}, "a", reading(1), count)["rows"]
    assert len(grown) == (2000 if count == 2000 else 1001)
    assert grown[-1]["iteration"] == count
