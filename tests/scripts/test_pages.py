"""Pure functions in static/js/pages and components: guess.js, learn.js and new-run.js."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Call = Callable[..., Any]

RECOMMENDED = {"digit": 3, "seed": 0, "network": "quick", "loss": "relativistic", "freeze": True}
RECOMMENDED |= {"generator_updates": 3, "gamma": 0.3, "learning_rate": 0.005, "batch": 32}
EMPTY = {"digit": None, "network": "quick", "seed": "0", "loss": "relativistic", "freeze": True}
EMPTY |= {"generator_updates": None, "gamma": None, "learning_rate": None, "batch": None}


def opponents(*names: str) -> list[dict[str, Any]]:
    """Return opponents with pictures under these names, and the bundled opponent."""
    pictures = [{"name": name, "asked": name, "picture": f"{name}.png"} for name in names]
    return [*pictures, {"name": "ships", "asked": "", "picture": None}]


@pytest.mark.parametrize(
    ("module", "function", "message"),
    [
        (
            "logic/nowhere",
            "count",
            "Failed to fetch dynamically imported module: http://localhost/static/js/logic/nowhere",
        ),
        ("logic/words", "nowhere", "is not a function"),
        ("logic/words", "count", "Cannot read properties of null"),
    ],
)
def test_a_failed_call_has_the_error_of_the_browser(call: Call, module: str, function: str, message: str) -> None:
    with pytest.raises(Exception, match=message):
        call(module, function, None)


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.integers(0, 10)), max_size=8))
@settings(max_examples=12)
def test_the_score_counts_all_rounds_against_one_opponent(call: Call, rounds: list[tuple[str, int]]) -> None:
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
        ({"": [0, 10]}, None),  # the bundled opponent has no sheet to show
        ({"a": [15, 20]}, "a"),
    ],
)
def test_the_first_opponent_with_fewer_than_eight_of_ten_right_is_named(
    call: Call, totals: dict[str, Any], failed: str | None
) -> None:
    opponent = call("pages/guess", "failedAt", opponents("a", "b", "c"), totals)
    assert opponent.get("name") == failed


def test_a_round_has_a_verdict(call: Call) -> None:
    assert call("pages/guess", "verdict", 8, None, 10) == {
        "score": "8 of 10 right. You can tell.", "judge": "There is no judge for these drawings.",
    }  # fmt: skip
    assert call("pages/guess", "verdict", 7, 10, 10) == {
        "score": "7 of 10 right. That could be guessing.", "judge": "The judge: 10 of 10 right.",
    }  # fmt: skip
    assert call("pages/guess", "verdict", 0, 0, 10)["judge"] == "The judge: 0 of 10 right."


@pytest.mark.parametrize(
    ("frame", "text"),
    [(0, "the first latent"), (1, "2 % of the way"), (24, "50 % of the way"), (48, "the second latent")],
)
def test_a_place_between_two_latents_is_described(call: Call, frame: int, text: str) -> None:
    assert call("pages/learn", "frameLabel", frame, 49) == text


def test_recommended_settings_leave_the_fields_empty(call: Call) -> None:
    filled = call("components/new-run", "fields", RECOMMENDED | {"gamma": 0.25, "freeze": False}, RECOMMENDED)
    assert filled == {
        "digit": "3", "network": "quick", "loss": "relativistic", "seed": "0", "freeze": "false",
        "generator_updates": "", "gamma": "0.25", "learning_rate": "", "batch": "",
    }  # fmt: skip
    assert call("components/new-run", "fields", RECOMMENDED | {"digit": None}, RECOMMENDED)["digit"] == ""


def test_a_link_holds_the_settings_of_the_form(call: Call) -> None:
    form = EMPTY | {"digit": "3", "gamma": "0.25", "freeze": False}
    address = call("components/new-run", "settingsLink", form)
    query = parse_qs(urlsplit(address).query, keep_blank_values=True)
    expected = {"new": [""], "digit": ["3"], "network": ["quick"], "seed": ["0"], "loss": ["relativistic"]}
    assert query == expected | {"gamma": ["0.25"], "freeze": ["false"]}
    again = call("components/new-run", "fromLink", urlsplit(address).query, EMPTY)
    assert again == form | {"freeze": "false"}
    assert call("components/new-run", "fromLink", "new=&evil=1", EMPTY) == EMPTY
    assert call("components/new-run", "fromLink", "digit=3", EMPTY) is None


def test_recommendations_depend_on_digit_network_and_loss(call: Call) -> None:
    assert call("components/new-run", "recommendationQuery", EMPTY) == "network=quick&loss=relativistic"
    query = call("components/new-run", "recommendationQuery", EMPTY | {"digit": "0"})
    assert query == "digit=0&network=quick&loss=relativistic"
