"""static/js/logic/slides.js, called in a real browser: playing, manual moves, positions in addresses, and two runs."""

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


def test_a_show_plays_waits_and_stops(call: Call) -> None:
    show = call("logic/slides", "start", [0, 5, 10], True)
    show = call("logic/slides", "tick", call("logic/slides", "tick", show, False), False)
    assert (show["index"], show["playing"]) == (2, True)
    assert call("logic/slides", "tick", show, True)["playing"] is True, "more pictures arrive during training"
    assert call("logic/slides", "tick", show, False)["playing"] is False
    joined = call("logic/slides", "join", show, [0, 5, 10, 15])
    assert call("logic/slides", "tick", joined, True)["index"] == 3
    again = call("logic/slides", "toggle", call("logic/slides", "seek", show, 99))
    assert (again["index"], again["playing"]) == (0, True)
    assert call("logic/slides", "join", show, [0])["index"] == 0


@pytest.mark.parametrize(
    ("iteration", "index", "message"),
    [
        (0, 0, ""),
        (20, 2, ""),
        (14, 1, "Iteration 14 has no picture. The nearest one is 10."),
        (15, 1, "Iteration 15 has no picture. The nearest one is 10."),
        (16, 2, "Iteration 16 has no picture. The nearest one is 20."),
        (4000, 3, "Iteration 4,000 has no picture. The nearest one is 1,000."),
    ],
)
def test_an_iteration_leads_to_the_nearest_picture(call: Call, iteration: int, index: int, message: str) -> None:
    show = call("logic/slides", "goTo", {"pictures": [0, 10, 20, 1000], "index": 3, "playing": True}, iteration)
    assert (show["index"], show["playing"]) == (index, False)
    assert call("logic/slides", "nearestMessage", show, iteration) == message


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
def test_a_place_is_read_from_an_address(call: Call, query: str, iteration: int | None, drawing: int | None) -> None:
    assert call("logic/slides", "placeFromQuery", query) == {"iteration": iteration, "drawing": drawing}


def test_a_place_is_written_into_the_address(call: Call) -> None:
    for place in (
        {"iteration": 0, "drawing": 0},
        {"iteration": 20, "drawing": None},
        {"iteration": None, "drawing": 5},
    ):
        query = call("logic/slides", "queryWithPlace", "?other=a%26b&iteration=7&drawing=9", place)
        assert query.startswith("?other=a%26b")
        assert call("logic/slides", "placeFromQuery", query) == place
    assert call("logic/slides", "queryWithPlace", "?drawing=9", {"iteration": None, "drawing": None}) == ""


@pytest.mark.parametrize(("times", "time", "expected"), [([0, 20, 40], 39, 1), ([0, 20], 500, 1), ([30], 10, 0)])
def test_each_run_shows_its_newest_picture_up_to_a_time(call: Call, times: list[int], time: int, expected: int) -> None:
    assert call("logic/slides", "upTo", times, time) == expected
    assert call("logic/slides", "allTimes", times, [0, 20, 21]) == sorted({*times, 0, 20, 21})


def timed(network: str = "quick", pictures: tuple[int, ...] = (0, 10, 20, 30, 60), **fields: Any) -> dict[str, Any]:
    """Return a run that trained 20 iterations in 2 s, then 20 in 1 s."""
    speeds = {20: 10, 40: 20}
    metrics = [{"iteration": at, "iterations_per_second": speed} for at, speed in speeds.items()]
    return {"pictures": pictures, "metrics": metrics, "recorded": False, "config": {"network": network}} | fields


def test_seconds_are_computed_from_speeds(call: Call) -> None:
    assert call("logic/slides", "secondsOf", timed()) == [0, 1, 2, 2.5, 4]
    unknown: list[dict[str, Any]] = [{"recorded": True}, {"metrics": []}, {"metrics": [{"iteration": 20}]}]
    assert [call("logic/slides", "secondsOf", timed(**fields)) for fields in unknown] == [None] * 3


@pytest.mark.parametrize(
    ("right", "asked", "expected"),
    [
        (timed(), None, "iterations"),
        (timed("digits"), None, "seconds"),
        (timed("digits"), "iterations", "iterations"),
        (timed(), "seconds", "seconds"),
        (timed("digits", recorded=True), "seconds", "iterations"),
        (timed(), "turns", "iterations"),
    ],
)
def test_runs_are_aligned_by_seconds_if_their_networks_differ(
    call: Call, right: Any, asked: str | None, expected: str
) -> None:
    assert call("logic/slides", "alignment", [timed(), right], asked) == expected


def test_missing_runs_of_a_comparison_are_chosen(call: Call) -> None:
    runs = [
        {"id": name, "live": name == "b", "recorded": name == "d", "iteration": iteration}
        for name, iteration in {"a": 10, "b": 10, "c": 5, "d": 5000}.items()
    ]

    def chosen(left: str, right: str) -> list[str]:
        return list(call("logic/slides", "chosenPair", runs, {"left": left, "right": right}).values())

    assert chosen("", "") == ["b", "a"]
    assert chosen("b", "") == ["b", "a"]
    assert chosen("", "b") == ["a", "b"]
    assert chosen("c", "c") == ["c", "c"]
    assert list(call("logic/slides", "chosenPair", runs[:1], {"left": "", "right": ""}).values()) == ["a", "a"]
    runs[2]["iteration"] = 11
    assert chosen("", "") == ["c", "b"], "the run that has learned most, not the open one"


@pytest.mark.parametrize(
    ("learned", "expected"), [((10, 10), None), ((10, 11), "other"), ((0, 0), None), ((0, 1), "other")]
)
def test_another_run_is_shown_first_only_if_it_has_learned_more(
    call: Call, learned: tuple[int, int], expected: str | None
) -> None:
    runs: list[dict[str, Any]] = [
        {"id": "bad", "error": "none"},
        {"recorded": True, "iteration": 5000},
    ]
    for name, iteration in zip(("open", "other"), learned, strict=True):
        runs.append({"id": name, "live": name == "open", "recorded": False, "iteration": iteration})
    assert call("logic/slides", "furthest", runs) == expected
