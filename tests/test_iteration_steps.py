"""gan/web/services/iteration_steps.py: what is said and shown of one iteration, by its numbers alone."""

import base64
import copy
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from strategies import as_bytes

from gan.pictures import to_ink
from gan.web.services.iteration_steps import NAMES, Row, describe, one_iteration
from gan.web.services.one_iteration import Iteration, inputs_of_seed, play, red_and_blue, trained

# Round numbers in place of an iteration's own: logits of 0 are 50 %, of log 3 are 75 %, of -log 3 are 25 %.
HIGH, LOW = np.log(3), -np.log(3)
PICTURES = np.zeros((2, 28, 28, 1), np.float32)
MADE = Iteration(
    real=PICTURES,
    drawn=PICTURES,
    again=PICTURES,
    gradient=PICTURES,
    real_before=np.array([0, HIGH]),
    drawn_before=np.array([0, 0]),
    real_after=np.array([HIGH, HIGH]),
    drawn_after=np.array([LOW, LOW]),
    again_after=np.array([0, LOW]),
    real_pull=np.array([-0.1, -0.1]),
    drawn_pull=np.array([0.1, 0.1]),
    g_pull=np.array([-0.3, -0.3]),
    d_loss=0.5,
    d_loss_after=0.4,
    g_loss=1.25,
    g_loss_after=0.98765,
    d_change=0.0567,
    d_change_in_g=0,
    g_change=0.25,
)
SAID = [
    "The artist (G) draws 2 pictures, each from 32 random numbers.",
    "The judge (D) rates the real digits 62 % real, the drawings 50 %.",
    "D’s loss, how badly it does, is 0.500. The error goes back through D: rate real digits higher, drawings lower.",
    "D learns: its weights change by 5.7 %. It now rates the same pictures 75 % and 25 %. "
    "Its loss was 0.500 and is 0.400.",
    "Now G’s turn. D rates the same drawings 25 %, so G’s loss is 1.250.",
    "The error goes back through the frozen D to the pixels: blue wants more ink, red less. "
    "D’s weights moved by exactly 0.",
    "G learns, and draws again from the same numbers: 38 % instead of 25 %. Its loss was 1.250 and is 0.988.",
]
BOXES = [
    ("draws", "waits"),
    ("waits", "judges"),
    ("waits", "loss 0.500"),
    ("waits", "moved by 5.7 %"),
    ("waits", "G’s loss 1.250"),
    ("listens", "frozen, moved by exactly 0"),
    ("moved by 25 %", "judges"),
]


def test_each_step_is_one_sentence_or_two_of_its_numbers() -> None:
    assert [step["said"] for step in describe(MADE)] == [f"Step {at} of 7. {said}" for at, said in enumerate(SAID, 1)]


def test_what_stands_in_the_boxes() -> None:
    assert [(step["g"], step["d"]) for step in describe(MADE)] == BOXES


def test_a_judge_that_moved_is_not_called_frozen() -> None:
    step = describe(replace(MADE, d_change_in_g=1e-9))[5]
    assert step["said"].endswith("through D, which was not frozen: its weights moved by 1e-07 %.")
    assert step["d"] == "not frozen, moved by 1e-07 %"
    assert "exactly 0" not in json.dumps(step)


def test_rows_come_one_by_one_and_stay() -> None:
    steps = describe(MADE)
    expected = [{"drawn"}, *[{"drawn", "real"}] * 4, {"drawn", "real", "gradient"}, set(NAMES)]
    assert [set(step["rows"]) for step in steps] == expected
    for step in steps:
        assert set(step["active"]) - {"g", "d"} <= set(step["rows"])
        assert {"g", "d"} & set(step["active"])
    assert steps[5]["way"] == {"g": "back", "d": "back"}


@pytest.mark.parametrize(
    ("row", "numbers"),
    [
        ("real", ["", "50 %", "50 % ↑", "50 → 75 %", "75 %", "75 %", "75 %"]),
        ("drawn", ["", "50 %", "50 % ↓", "50 → 25 %", "25 %", "25 % ↑", "25 %"]),
        ("gradient", [""] * 7),
        ("again", [*[""] * 6, "50 %"]),
    ],
)
def test_what_stands_below_a_picture(row: Row, numbers: list[str]) -> None:
    assert [step["numbers"][row][0] for step in describe(MADE)] == numbers


def opened(picture: dict[str, str]) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(base64.b64decode(picture["png"]))) as image:
        return np.asarray(image)


def test_what_is_sent_is_what_was_played() -> None:
    before = as_bytes(trained().discriminator.parameters())
    said, found = json.loads(one_iteration(2)), play(copy.deepcopy(trained()), *inputs_of_seed(2))
    assert as_bytes(trained().discriminator.parameters()) == before, "it plays with a copy"
    assert said.keys() == {"seed", "pictures", "steps"}
    assert (said["seed"], said["steps"]) == (2, describe(found))
    sent = {row: np.stack([opened(each) for each in pictures]) for row, pictures in said["pictures"].items()}
    for row in ("real", "drawn", "again"):
        assert np.array_equal(255 - sent.pop(row), to_ink(getattr(found, row)))
    assert np.array_equal(sent.pop("gradient"), red_and_blue(found.gradient))  # (SHOWN, 28, 28, 3)
    assert not sent
    assert [each["alt"] for each in said["pictures"]["drawn"]][1] == "A drawing, 2 of 4"
