"""static/js/steps.js, called in a real browser: what is said and shown of one iteration, by its numbers alone."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from gan.web.one_iteration import SHOWN, one_iteration

Call = Callable[..., Any]

# Round numbers in place of an iteration's own: logits of 0 are 50 %, of log 3 are 75 %, of -log 3 are 25 %.
HIGH, LOW = 1.0986122886681098, -1.0986122886681098
MADE: dict[str, Any] = {
    "latent": 32,
    "real": ["a", "b"],
    "real_before": [0, HIGH],
    "drawn_before": [0, 0],
    "real_after": [HIGH, HIGH],
    "drawn_after": [LOW, LOW],
    "again_after": [0, LOW],
    "real_pull": [-0.1, -0.1],
    "drawn_pull": [0.1, 0.1],
    "g_pull": [-0.3, -0.3],
    "d_loss": 0.5,
    "d_loss_after": 0.4,
    "g_loss": 1.25,
    "g_loss_after": 0.98765,
    "d_change": 0.0567,
    "d_change_in_g": 0,
    "g_change": 0.25,
}
SAID = [
    "The artist (G) draws 2 pictures, each from 32 random numbers.",
    "The judge (D) holds the real digits for real with 63 %, the drawings with 50 %.",
    "D’s loss is 0.500. The error goes back through D: up with the real ones, down with the drawings.",
    "D moves. Of the same pictures it now says 75 % and 25 %; its loss is 0.400, and was 0.500.",
    "Now G’s turn. The moved D judges the same drawings: 25 %. So G’s loss is 1.250.",
    "The error goes back through the frozen D to the pixels: blue wants more ink, red less. "
    "D’s weights moved by exactly 0.",
    "G moves, and draws from the same numbers: 38 % instead of 25 %. Its loss is 0.988, and was 1.250.",
]


@pytest.mark.parametrize("step", range(1, 8))
def test_each_step_is_one_sentence_or_two_of_its_numbers(call: Call, step: int) -> None:
    assert call("steps", "describe", MADE, step)["said"] == f"Step {step} of 7. {SAID[step - 1]}"


@pytest.mark.parametrize(
    ("step", "g", "d"),
    [
        (1, "draws", "waits"),
        (2, "waits", "judges"),
        (3, "waits", "loss 0.500"),
        (4, "waits", "moved by 0.057"),
        (5, "waits", "G’s loss 1.250"),
        (6, "listens", "frozen, moved by exactly 0"),
        (7, "moved by 0.25", "judges"),
    ],
)
def test_what_stands_in_the_boxes(call: Call, step: int, g: str, d: str) -> None:
    described = call("steps", "describe", MADE, step)
    assert (described["g"], described["d"]) == (g, d)


def test_a_judge_that_moved_is_not_called_frozen(call: Call) -> None:
    described = call("steps", "describe", MADE | {"d_change_in_g": 1e-9}, 6)
    assert described["said"].endswith("through D, which was not frozen: its weights moved by 1.0e-9.")
    assert described["d"] == "not frozen, moved by 1.0e-9"
    assert "exactly 0" not in json.dumps(described)


def test_rows_come_one_by_one_and_stay(call: Call) -> None:
    rows = [set(call("steps", "describe", MADE, step)["rows"]) for step in range(1, 8)]
    assert rows == [
        {"drawn"},
        *[{"drawn", "real"}] * 4,
        {"drawn", "real", "gradient"},
        {*"drawn real gradient again".split()},
    ]
    for step in range(1, 8):
        described = call("steps", "describe", MADE, step)
        assert set(described["active"]) - {"g", "d"} <= rows[step - 1]
        assert {"g", "d"} & set(described["active"])
    assert call("steps", "describe", MADE, 6)["way"] == {"g": "back", "d": "back"}


@pytest.mark.parametrize(
    ("row", "numbers"),
    [
        ("real", ["", "50 %", "50 % ↑", "50 → 75 %", "75 %", "75 %", "75 %"]),
        ("drawn", ["", "50 %", "50 % ↓", "50 → 25 %", "25 %", "25 % ↑", "25 %"]),
        ("gradient", [""] * 7),
        ("again", [*[""] * 6, "50 %"]),
    ],
)
def test_what_stands_below_a_picture(call: Call, row: str, numbers: list[str]) -> None:
    assert [call("steps", "number", MADE, row, step, 0) for step in range(1, 8)] == numbers


def test_the_server_s_iteration_has_all_that_is_asked_of_it(call: Call) -> None:
    sent = json.loads(one_iteration(0))
    for step in range(1, 8):
        described = call("steps", "describe", sent, step)
        shown = [call("steps", "number", sent, row, step, index) for row in described["rows"] for index in range(SHOWN)]
        assert not re.search("NaN|undefined|Infinity", json.dumps([described, shown]))


@pytest.mark.parametrize(
    ("index", "playing", "calm", "label"),
    [
        (0, True, False, "Pause"),
        (3, False, False, "Go on"),
        (6, False, False, "Play another"),
        (0, False, True, "Play another"),
    ],
)
def test_what_the_button_offers(call: Call, index: int, playing: bool, calm: bool, label: str) -> None:
    show = {"pictures": [1, 2, 3, 4, 5, 6, 7], "index": index, "playing": playing}
    assert call("steps", "offer", show, calm) == label
    assert call("steps", "offer", None, calm) == "Play one iteration"
