"""static/js: the form of a new run, two runs side by side, and the notice about the run that is shown."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

Call = Callable[..., Any]

USUAL = {"digit": 3, "seed": 0, "network": "quick", "loss": "relativistic", "freeze": True}
USUAL |= {"generator_updates": 3, "gamma": 0.3, "learning_rate": 0.005, "batch": 32}
EMPTY = {"digit": None, "network": "quick", "seed": "0", "loss": "relativistic", "freeze": True}
EMPTY |= {"generator_updates": None, "gamma": None, "learning_rate": None, "batch": None}


def test_what_is_recommended_is_left_out_of_the_fields(call: Call) -> None:
    filled = call("components/new-run", "fields", USUAL | {"gamma": 0.25, "freeze": False}, USUAL)
    assert filled == {
        "digit": "3", "network": "quick", "loss": "relativistic", "seed": "0", "freeze": "false",
        "generator_updates": "", "gamma": "0.25", "learning_rate": "", "batch": "",
    }  # fmt: skip
    assert call("components/new-run", "fields", USUAL | {"digit": None}, USUAL)["digit"] == ""


def test_a_link_has_the_form_and_brings_it_back(call: Call) -> None:
    wish = EMPTY | {"digit": "3", "gamma": "0.25", "freeze": False}
    address = call("components/new-run", "settingsLink", wish)
    query = parse_qs(urlsplit(address).query, keep_blank_values=True)
    expected = {"new": [""], "digit": ["3"], "network": ["quick"], "seed": ["0"], "loss": ["relativistic"]}
    assert query == expected | {"gamma": ["0.25"], "freeze": ["false"]}
    again = call("components/new-run", "fromLink", urlsplit(address).query, EMPTY)
    assert again == wish | {"freeze": "false"}
    assert call("components/new-run", "fromLink", "new=&evil=1", EMPTY) == EMPTY
    assert call("components/new-run", "fromLink", "digit=3", EMPTY) is None


def test_what_is_recommended_is_asked_for_by_what_it_depends_on(call: Call) -> None:
    assert call("components/new-run", "recommendationQuery", EMPTY) == "network=quick&loss=relativistic"
    assert (
        call("components/new-run", "recommendationQuery", EMPTY | {"digit": "0"})
        == "digit=0&network=quick&loss=relativistic"
    )


@pytest.mark.parametrize(
    ("pictures", "iteration", "expected"), [([0, 20, 40], 39, 20), ([0, 20], 500, 20), ([30], 10, 30), ([], 5, None)]
)
def test_of_each_run_the_newest_picture_up_to_an_iteration_is_shown(
    call: Call, pictures: list[int], iteration: int, expected: int | None
) -> None:
    assert call("logic/slides", "upTo", pictures, iteration) == expected
    assert call("logic/slides", "allIterations", pictures, [0, 20, 21]) == sorted({*pictures, 0, 20, 21})


def test_two_runs_are_chosen_where_none_is_asked_for(call: Call) -> None:
    runs = [{"id": "a", "live": False}, {"id": "b", "live": True}, {"id": "c", "live": False}]

    def chosen(left: str, right: str) -> list[str]:
        return list(call("logic/slides", "chosenPair", runs, {"left": left, "right": right}).values())

    assert chosen("", "") == ["b", "a"]
    assert chosen("b", "") == ["b", "a"]
    assert chosen("", "b") == ["a", "b"]
    assert chosen("c", "c") == ["c", "c"], "who asks for one twice sees it twice"
    assert list(call("logic/slides", "chosenPair", runs[:1], {"left": "", "right": ""}).values()) == ["a", "a"]


def test_a_chosen_run_is_named_and_the_open_one_is_its_own(call: Call) -> None:
    config = {"digit": 3, "freeze": True}
    own = {"run": "all-digits", "state": "training", "recorded": False}
    other = {"run": "digit-3", "recorded": False, "iteration": 1200, "config": config, "label": "Mine"}
    said = call("logic/words", "runNotice", other, own, False, other)
    assert said["text"] == "Chosen: 1,200 iterations of Mine. Your own run goes on meanwhile."
    assert said["other"] == "Show the run that is open"
    assert call(
        "logic/words", "runNotice", own | {"iteration": 0, "config": config, "label": None}, own, False, other
    ) == {
        "text": "",
        "other": "Show the chosen run",
    }
    assert call("logic/state", "chooseRun", own | {"connection": "open", "pictures": [0]}, own, "recorded") == "own"


def test_a_name_takes_the_place_of_what_a_run_draws(call: Call) -> None:
    config = {"digit": 3, "freeze": False, "network": "digits"}
    assert call("logic/words", "runAndNetwork", config, "Mine") == "Mine, fine"
    assert call("logic/words", "runTitle", config) == "the digit 3, judge not locked"
    state = call("logic/state", "initial") | {"run": "digit-3"}
    named = call("logic/state", "reduce", state, {"type": "label", "run": "digit-3", "label": "Mine"})
    assert (named["label"], call("logic/state", "reduce", named, {"type": "runs"})["listed"]) == ("Mine", 1)


def test_what_is_unusual_about_a_run_is_said(call: Any) -> None:
    config = {"digit": 3, "freeze": True, "network": "quick", "unusual": {"loss": "classic", "learning_rate": 0.002}}
    assert call("logic/words", "runInFull", config) == "the digit 3, quick, loss classic, rate 0.002"
