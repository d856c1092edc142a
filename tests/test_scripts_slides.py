"""static/js/logic/slides.js, called in a real browser: playing, moving by hand, and places in addresses."""

from collections.abc import Callable
from typing import Any

import pytest


def test_slideshow_plays_waits_and_stops(call: Callable[..., Any]) -> None:
    show = call("logic/slides", "start", [0, 5, 10], True)
    show = call("logic/slides", "tick", call("logic/slides", "tick", show, False), False)
    assert (show["index"], show["playing"]) == (2, True)
    assert call("logic/slides", "tick", show, True)["playing"] is True, "while it trains more pictures come"
    assert call("logic/slides", "tick", show, False)["playing"] is False
    joined = call("logic/slides", "join", show, [0, 5, 10, 15])
    assert call("logic/slides", "tick", joined, True)["index"] == 3
    again = call("logic/slides", "toggle", call("logic/slides", "seek", show, 99))
    assert (again["index"], again["playing"]) == (0, True)
    assert call("logic/slides", "join", show, [0])["index"] == 0


@pytest.mark.parametrize(
    ("iteration", "index", "said"),
    [
        (0, 0, ""),
        (20, 2, ""),
        (14, 1, "No picture of iteration 14 was kept; the nearest is of 10."),
        (15, 1, "No picture of iteration 15 was kept; the nearest is of 10."),
        (16, 2, "No picture of iteration 16 was kept; the nearest is of 20."),
        (4000, 3, "No picture of iteration 4,000 was kept; the nearest is of 1,000."),
    ],
)
def test_an_iteration_leads_to_the_nearest_picture(
    call: Callable[..., Any], iteration: int, index: int, said: str
) -> None:
    show = call("logic/slides", "goTo", {"pictures": [0, 10, 20, 1000], "index": 3, "playing": True}, iteration)
    assert (show["index"], show["playing"]) == (index, False)
    assert call("logic/slides", "nearestMessage", show, iteration) == said


@pytest.mark.parametrize(
    ("query", "iteration", "drawing"),
    [
        ("", None, None),
        ("?iteration=20&drawing=63", 20, 63),
        ("?drawing=0&iteration=0", 0, 0),
        ("?iteration=-1&drawing=64", None, None),
        ("?iteration=1e3&drawing=x", None, None),
        ("?iteration=&drawing=", None, None),
        ("?iteration=1234567890", None, None),
    ],
)
def test_an_address_tells_a_place(
    call: Callable[..., Any], query: str, iteration: int | None, drawing: int | None
) -> None:
    assert call("logic/slides", "placeFromQuery", query) == {"iteration": iteration, "drawing": drawing}


def test_a_place_goes_into_the_address_and_back(call: Callable[..., Any]) -> None:
    for place in (
        {"iteration": 0, "drawing": 0},
        {"iteration": 20, "drawing": None},
        {"iteration": None, "drawing": 5},
    ):
        query = call("logic/slides", "queryWithPlace", "?other=a%26b&iteration=7&drawing=9", place)
        assert query.startswith("?other=a%26b")
        assert call("logic/slides", "placeFromQuery", query) == place
    assert call("logic/slides", "queryWithPlace", "?drawing=9", {"iteration": None, "drawing": None}) == ""
