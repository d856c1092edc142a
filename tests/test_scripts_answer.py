"""static/js/logic/labels.js, called in a real browser: the answer about one drawing, in words."""

from collections.abc import Callable
from typing import Any

import pytest

ANSWER: dict[str, Any] = {
    "iteration": 240,
    "drawing": 13,
    "asked": 3,
    "digit": 3,
    "confidence": 0.989,
    "sure": 0.9,
    "near": True,
    "prefers_real": 35,
    "would_prefer_real": 2,
    "of": 64,
    "real_digit": 3,
}


@pytest.mark.parametrize(
    ("key", "of", "to"),
    [
        ("ArrowLeft", 13, 12),
        ("ArrowLeft", 8, 7),
        ("ArrowLeft", 0, 0),
        ("ArrowRight", 13, 14),
        ("ArrowRight", 63, 63),
        ("ArrowUp", 13, 5),
        ("ArrowUp", 5, 5),
        ("ArrowDown", 13, 21),
        ("ArrowDown", 60, 60),
        ("Home", 13, 0),
        ("End", 13, 63),
        ("Enter", 13, None),
        ("a", 13, None),
        ("toString", 13, None),
    ],
)
def test_keys_lead_from_drawing_to_drawing(call: Callable[..., Any], key: str, of: int, to: int | None) -> None:
    assert call("lib/keys", "nextIndex", of, key, 64, 8) == to


@pytest.mark.parametrize(
    ("changes", "watches", "way"),
    [
        ({}, True, "judge"),
        ({"state": "training"}, True, "judge"),
        ({"state": "compiling"}, True, None),
        ({"state": "gone"}, True, "kept"),
        ({"state": "closed"}, True, "kept"),
        ({"connection": "lost"}, True, None),
        ({"recorded": True}, True, "kept"),
        ({"run": None}, True, None),
        ({}, False, "kept"),
        ({"state": "training"}, False, "kept"),
        ({"connection": "lost"}, False, None),
    ],
)
def test_the_judge_of_a_live_run_can_be_asked_and_of_a_kept_picture_what_is_known(
    call: Callable[..., Any], changes: dict[str, Any], watches: bool, way: str | None
) -> None:
    shown = call("logic/state", "initial") | {"run": "r", "connection": "open", "state": "idle"} | changes
    assert call("logic/labels", "inspectMode", shown, 20, watches, 242) == way
    fewer = call("logic/labels", "inspectMode", shown, 20, watches, 122)
    assert fewer == ("judge" if way == "judge" else None), "the places are those of 64 drawings"


def test_the_words(call: Callable[..., Any]) -> None:
    assert call("logic/labels", "title", 13, None) == "Drawing 14"
    assert call("logic/labels", "title", 13, ANSWER) == "Drawing 14 (should be a 3)"
    assert call("logic/labels", "title", 13, ANSWER | {"asked": 8}) == "Drawing 14 (should be an 8)"
    assert call("logic/labels", "title", 13, ANSWER | {"asked": None}) == "Drawing 14"
    assert call("logic/labels", "nearest", ANSWER) == "The nearest real 3"
    said = "The judge prefers the real digit 35 of 64 times."
    assert call("logic/labels", "verdict", ANSWER, None) == f"{said} 32 of 64 would be guessing."
    assert call("logic/labels", "verdict", ANSWER, {"freeze": True}) == f"{said} 32 of 64 would be guessing."
    assert call("logic/labels", "verdict", ANSWER, {"freeze": False}).startswith(f"{said} Not worth much")
    address = call("logic/state", "keptAddress", {"run": "digit-3", "version": "a1"}, "20/13.json")
    assert address == "/api/runs/digit-3/images/20/13.json?v=a1"
    assert "After it, the judge prefers the real digit 2 of 64 times." in call("logic/labels", "afterStep", ANSWER)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "The classifier sees a 3, 98 % sure."),
        ({"confidence": 0.9}, "The classifier sees a 3, 90 % sure."),
        ({"confidence": 0.899}, "The classifier is not sure: a 3, 89 %."),
        ({"digit": 8, "near": None}, "The classifier sees an 8, 98 % sure."),
        ({"near": False}, "Not recognized: unlike any real digit."),
        ({"digit": None, "confidence": None}, "There is no classifier."),
    ],
)
def test_what_the_classifier_reads(call: Callable[..., Any], changes: dict[str, Any], text: str) -> None:
    assert call("logic/labels", "reading", ANSWER | changes) == text


def test_the_newest_answer_is_kept_until_a_snapshot(call: Callable[..., Any]) -> None:
    now = call("logic/state", "initial") | {"run": "r", "iteration": 200}
    for event, kept, at in (
        (ANSWER | {"type": "answer", "run": "r"}, 240, 240),
        (ANSWER | {"type": "answer", "run": "other", "iteration": 300}, 240, 240),
        (ANSWER | {"type": "answer", "run": "r", "iteration": 250}, 250, 250),
    ):
        now = call("logic/state", "reduce", now, event)
        assert (now["answer"]["iteration"], now["iteration"]) == (kept, at)
    assert call("logic/state", "reduce", now, {"type": "snapshot", "run": "r"})["answer"] is None


def test_what_was_said_of_a_drawing_on_a_sheet(call: Callable[..., Any]) -> None:
    read = {"digits": [3, 8], "confidence": [0.95, 0.5], "asked": [3, 4], "near": [True, False], "sure": 0.9}
    found = {"asked": 4, "digit": 8, "confidence": 0.5, "near": False, "sure": 0.9}
    assert call("logic/labels", "fromSheet", read, 1) == found
    assert call("logic/labels", "fromSheet", read | {"asked": None, "near": None}, 1) == found | {
        "asked": None,
        "near": None,
    }
    assert call("logic/labels", "fromSheet", read | {"digits": None}, 1) is None
    assert call("logic/labels", "fromSheet", None, 1) is None
