"""static/js/logic/what-if.js, called in a real browser: sentences about two runs side by side."""

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


def side(good: int | None, preferred: int | None, **fields: Any) -> dict[str, Any]:
    """Return a run's state, with `good` of ten drawings recognized and `preferred` mistaken for real."""
    row = {"iteration": 40, "of": 10, "recognized": good, "mistaken": preferred}
    state = {
        "sheet": {"iteration": 40},
        "progress": [] if good is None else [row],
        "iteration": 41,
        "state": "idle",
        "connection": "open",
        "run": "r",
        "error": None,
    }
    return state | {"config": {"digit": 3}, "asked": None, "metrics": [], "pictures": [0, 40], "target": None} | fields


def test_a_row_of_the_chart_is_read_out(call: Call) -> None:
    row = {"iteration": 40, "of": 64, "recognized": 57, "mistaken": 3}
    assert call("logic/what-if", "readout", row) == ["Recognized 57 of 64", "3 fooled the judge"]
    assert call("logic/what-if", "readout", row | {"mistaken": None}) == ["Recognized 57 of 64", ""]


@pytest.mark.parametrize(
    ("frozen", "loose", "last"),
    [
        ({}, {"iteration": 50}, 50),
        ({"state": "training", "target": 200}, {}, 200),
        ({"state": "idle", "target": 200}, {}, 41),  # stopped early
        ({"state": "training"}, {}, 41),  # trains until stopped
    ],
)
def test_both_charts_end_at_the_same_iteration(call: Call, frozen: Any, loose: Any, last: int) -> None:
    assert call("logic/what-if", "lastIteration", [side(9, 4, **frozen), side(0, 10, **loose)]) == last


@pytest.mark.parametrize(("count", "start"), [(1, "Both take one turn each."), (3, "The artist has 3 turns")])
def test_the_turns_of_artist_and_judge_are_a_sentence(call: Call, count: int, start: str) -> None:
    assert call("logic/what-if", "turns", {"generator_updates": count}).startswith(start)
    assert call("logic/what-if", "turns", None) == ""


def test_every_state_has_a_caption(call: Call) -> None:
    assert call("logic/what-if", "caption", side(1, 1)) == "Iteration 40"
    assert call("logic/what-if", "caption", side(1, 1, sheet=None, iteration=0)) == "Untrained"
    assert call("logic/what-if", "caption", side(1, 1, state="compiling", sheet=None)) == "Getting ready"
    # The caption gives the iteration of the saved picture.
    assert call("logic/what-if", "caption", side(1, 1, state="starting")) == "Iteration 40"
    assert call("logic/what-if", "caption", side(1, 1, recorded=True)) == "Recorded, iteration 40"


BENT = "The artist on the right learned no 3s: it made the judge prefer bad drawings."
BOTH = "Both learned 3s. This time the unlocked judge kept up."


@pytest.mark.parametrize(
    ("frozen", "loose", "moral"),
    [
        ((9, 4), (0, 10), BENT),
        ((9, 4), (0, 9), ""),  # the judge has not changed enough
        ((9, 4), (3, 10), ""),
        ((4, 4), (0, 10), ""),  # the artist on the left has not learned enough yet
        ((9, 4), (8, 5), BOTH),
        ((None, 0), (0, 10), ""),
        ((9, 4), (None, 0), ""),
        ((9, None), (0, 10), ""),  # the judge's mistakes are unknown
    ],
)
def test_the_conclusion_appears_at_the_end_if_it_holds(call: Call, frozen: Any, loose: Any, moral: str) -> None:
    assert call("logic/what-if", "moral", side(*frozen), side(*loose)) == moral
    assert call("logic/what-if", "moral", side(*frozen), side(*loose, state="training")) == ""


NEW = {"iteration": 0}
STOPPED = "Stopped after 41 iterations. Each press trains 200 more."
TRAINS = "Training. Both stop at iteration 200."
APART = "Stopped after 41 and 1,032 iterations. The next press trains both to 1,232."
ONCE = "Stopped after 1 iteration. Each press trains 200 more."
LOST = "The connection to the server is lost. Trying again. Training goes on while the server runs."


@pytest.mark.parametrize(
    ("frozen", "loose", "expected"),
    [
        ({}, {}, ("Train both", "train", True, "ready", STOPPED)),
        ({}, {"iteration": 1032}, ("Train both", "train", True, "ready", APART)),
        (NEW, NEW, ("Train both", "train", True, "ready", "Press Train both: 200 iterations, in seconds.")),
        ({"iteration": 1}, {"iteration": 1}, ("Train both", "train", True, "ready", ONCE)),
        ({"state": "training", "target": 200}, {}, ("Stop", "pause", True, "busy", TRAINS)),
        ({"asked": "train"}, {}, ("Train both", "train", False, "ready", STOPPED)),
        ({"connection": "connecting"}, {}, ("Train both", "train", False, "busy", "Connecting to the server.")),
        ({"state": "starting"}, {}, ("Train both", "train", False, "busy", "Starting the training process.")),
        ({"error": "No disk."}, {}, ("Train both", "train", True, "bad", "No disk.")),
        ({"connection": "lost"}, {}, ("Train both", "train", False, "bad", LOST)),
    ],
)  # fmt: skip
def test_one_button_controls_both_runs(call: Call, frozen: Any, loose: Any, expected: tuple[Any, ...]) -> None:
    controls = call("logic/what-if", "controls", [side(9, 4, **frozen), side(0, 10, **loose)])
    assert tuple(controls[name] for name in ("button", "command", "can", "kind", "text")) == expected


CONFIG = {"digit": 3, "seed": 0, "generator_updates": 3}
UNTRAINED = {"pictures": [0], "config": CONFIG}


@pytest.mark.parametrize(
    ("loose", "expected"),
    [
        ({}, True),
        ({"state": "training"}, False),
        ({"asked": "train"}, False),
        ({"pictures": [0, 5]}, False),
        ({"config": CONFIG | {"freeze": False}}, True),
    ],
)
def test_the_recorded_pair_plays_until_the_users_pair_has_trained(call: Call, loose: Any, expected: bool) -> None:
    recorded = [side(9, 4, config=CONFIG, recorded=True)] * 2
    own = [side(None, 0, **UNTRAINED), side(None, 0, **(UNTRAINED | loose))]
    assert call("logic/what-if", "playsRecorded", own, recorded) is expected
    assert call("logic/what-if", "playsRecorded", own, None) is False


@pytest.mark.parametrize("another", [{"digit": None}, {"seed": 1}, {"generator_updates": 1}])
def test_a_pair_with_other_settings_does_not_play_the_recorded_one(call: Call, another: Any) -> None:
    recorded = [side(9, 4, config=CONFIG, recorded=True)] * 2
    own = [side(None, 0, **(UNTRAINED | {"config": CONFIG | another}))] * 2
    assert call("logic/what-if", "playsRecorded", own, recorded) is False
    unknown = [side(None, 0, **(UNTRAINED | {"config": None}))] * 2
    assert call("logic/what-if", "playsRecorded", unknown, recorded) is True
