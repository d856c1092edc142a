"""static/js/logic/drawing-labels.js, called in a browser: marks and sentences about a sheet and a drawing."""

from collections.abc import Callable
from typing import Any

import pytest

from gan.drawings.recognition import Reading
from gan.runs.evaluation import Evaluation
from tests.helpers.fake_worker import tiny

Call = Callable[..., Any]


def test_every_drawing_has_a_mark_in_its_corner(call: Call) -> None:
    reading = Evaluation(Reading((7, 1, 3, 4, 5), (0.9, 0.899, 1.0, 0.95, 0.2))).fields(tiny(None))
    marks = call("logic/drawing-labels", "marks", reading)
    assert [mark["text"] for mark in marks] == ["7", "?", "3", "4", "?"]
    assert [mark["good"] for mark in marks] == [True, False, True, True, False]
    places = [(mark["x"], mark["y"]) for mark in marks]
    # This sheet has three drawings per row.
    assert all(22 < x - 30 * (index % 3) <= 30 for index, (x, _) in enumerate(places))
    assert all(22 < y - 30 * (index // 3) <= 30 for index, (_, y) in enumerate(places))
    assert call("logic/drawing-labels", "side", 5) == 3 * 30 + 2
    assert call("logic/drawing-labels", "side", 64) == 242


def key_of(call: Call, reading: Any) -> str:
    """Return the explanation of the marks on a sheet."""
    words: str = call("logic/drawing-labels", "key", call("logic/drawing-labels", "marks", reading))
    return words


def test_a_digit_that_was_not_requested_is_crossed_out(call: Call) -> None:
    seen = Reading((8, 1, 3, 3), (1.0, 0.95, 0.5, 0.99))
    reading = Evaluation(seen).fields(tiny(None, labels=True))
    marks = [(mark["text"], mark["good"], mark["other"]) for mark in call("logic/drawing-labels", "marks", reading)]
    assert marks == [("8", False, True), ("1", True, False), ("?", False, False), ("3", True, False)]
    assert call("logic/drawing-labels", "summary", reading) == "Recognized: 2 of 4"
    assert call("logic/drawing-labels", "spoken", reading) == "Recognized: 2 of 4. Row by row: 8 for 0 1; unsure 3."
    meant = "Recognized: a third network, the classifier, is at least 90 % sure of the digit asked for, 0 to 9 in turn."
    assert call("logic/drawing-labels", "legend", reading) == meant
    assert key_of(call, reading) == "?: unsure. Crossed out: wrong."
    free = Evaluation(seen).fields(tiny(None))
    assert call("logic/drawing-labels", "summary", free) == "Recognized: 3 of 4"
    assert not any(mark["other"] for mark in call("logic/drawing-labels", "marks", free))
    meant = "Recognized: a third network, the classifier, is at least 90 % sure of a digit."
    assert call("logic/drawing-labels", "legend", free) == meant
    assert key_of(call, free) == "?: unsure."


@pytest.mark.parametrize(("digit", "name"), [(3, "a 3"), (8, "an 8")])
def test_on_a_sheet_of_one_digit_only_unrecognized_drawings_are_marked(call: Call, digit: int, name: str) -> None:
    reading = Evaluation(Reading((digit, 5, digit, digit), (1.0, 1.0, 0.5, 0.9))).fields(tiny(digit))
    marks = [(mark["text"], mark["good"], mark["other"]) for mark in call("logic/drawing-labels", "marks", reading)]
    assert marks == [("5", False, True), ("?", False, False)]
    assert call("logic/drawing-labels", "summary", reading) == f"Recognized as {name}: 2 of 4"
    meant = f"Recognized: a third network, the classifier, is at least 90 % sure that it is {name}."
    assert call("logic/drawing-labels", "legend", reading) == meant
    assert call("logic/drawing-labels", "spoken", reading).startswith(
        f"Recognized as {name}: 2 of 4. Row by row: {digit} 5 for {digit};"
    )


def test_the_server_sets_the_confidence_that_counts_as_sure(call: Call) -> None:
    reading = Evaluation(Reading((7, 1), (0.5, 0.25))).fields(tiny(None)) | {
        "sure": 0.4,
        "read": [True, False],
    }
    assert [mark["text"] for mark in call("logic/drawing-labels", "marks", reading)] == ["7", "?"]
    assert "at least 40 % sure" in call("logic/drawing-labels", "legend", reading)


@pytest.mark.parametrize(
    ("half", "most", "text"),
    [
        (None, None, ""),
        (2.44, None, "half after 2.4 s"),
        (2.44, 61.0, "half after 2.4 s, nine in ten after 61.0 s"),
        (0.0, 300.0, "half after 0.0 s, nine in ten after 5 min"),
    ],
)
def test_milestones_of_recognition_have_times(call: Call, half: float | None, most: float | None, text: str) -> None:
    assert call("logic/drawing-labels", "milestones", {"half_after": half, "most_after": most}) == text
    assert call("logic/drawing-labels", "milestones", None) == ""


@pytest.mark.parametrize("reading", [None, {"digits": None, "confidence": None}, {"digits": [], "confidence": []}])
def test_without_an_evaluation_there_is_no_summary(call: Call, reading: Any) -> None:
    assert call("logic/drawing-labels", "summary", reading) == ""
    assert call("logic/drawing-labels", "legend", reading) == ""


def test_a_drawing_far_from_real_digits_is_not_recognized(call: Call) -> None:
    seen = Reading((3, 3, 5, 3, 3, 3), (1.0, 1.0, 1.0, 0.5, 1.0, 1.0))
    remarks = Evaluation(seen, (True, False, False, True, True, True), 2)
    reading = remarks.fields(tiny(3))
    marks = [(mark["text"], mark["good"], mark["other"]) for mark in call("logic/drawing-labels", "marks", reading)]
    assert marks == [("×", False, False), ("×", False, False), ("?", False, False)]
    assert call("logic/drawing-labels", "summary", reading) == "Recognized as a 3: 3 of 6"
    words = "sure that it is a 3, and the drawing is close to a real digit."
    assert call("logic/drawing-labels", "legend", reading).endswith(words)
    assert key_of(call, reading) == "?: unsure. ×: no digit."
    assert key_of(call, Evaluation(Reading((3, 3), (1.0, 1.0))).fields(tiny(3))) == ""
    assert "3 far from real far from real; unsure 3 3" in call("logic/drawing-labels", "spoken", reading)


@pytest.mark.parametrize(("good", "readable"), [(0, False), (2, False), (3, True), (9, True)])
def test_labels_appear_once_a_third_is_recognized(call: Call, good: int, readable: bool) -> None:
    reading = Evaluation(Reading((3,) * 9, (1.0,) * good + (0.1,) * (9 - good))).fields(tiny(3))
    assert call("logic/drawing-labels", "isReadable", reading) is readable
    assert call("logic/drawing-labels", "isReadable", None) is False
    few = f"Recognized as a 3: {good} of 9"
    assert (
        [call("logic/drawing-labels", name, reading) for name in ("summary", "spoken")] == [few, few]
    ) is not readable


@pytest.mark.parametrize(("good", "can"), [(8, False), (9, True), (10, True)])
def test_a_network_for_all_digits_can_write_once_nine_in_ten_are_recognized(call: Call, good: int, can: bool) -> None:
    seen = Reading(tuple(range(10)), (1.0,) * good + (0.1,) * (10 - good))
    assert call("logic/drawing-labels", "canWrite", Evaluation(seen).fields(tiny(None, labels=True))) is can
    assert call("logic/drawing-labels", "canWrite", Evaluation(seen).fields(tiny(None))) is False
    assert (
        call("logic/drawing-labels", "canWrite", Evaluation(Reading((3,) * 10, (1.0,) * 10)).fields(tiny(3))) is False
    )
    assert call("logic/drawing-labels", "canWrite", None) is False


# One drawing


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
    ("changes", "watches", "mode"),
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
def test_a_live_run_has_a_judge_and_a_saved_picture_only_its_evaluation(
    call: Call, changes: dict[str, Any], watches: bool, mode: str | None
) -> None:
    shown = call("logic/state", "initial") | {"run": "r", "connection": "open", "state": "idle"} | changes
    assert call("logic/drawing-labels", "inspectMode", shown, 20, watches, 242) == mode
    fewer = call("logic/drawing-labels", "inspectMode", shown, 20, watches, 122)
    assert fewer == ("judge" if mode == "judge" else None), "a smaller sheet has other places"


def test_title_verdict_and_step_are_sentences(call: Call) -> None:
    assert call("logic/drawing-labels", "title", 13, None) == "Drawing 14"
    assert call("logic/drawing-labels", "title", 13, ANSWER) == "Drawing 14 (should be a 3)"
    assert call("logic/drawing-labels", "title", 13, ANSWER | {"asked": 8}) == "Drawing 14 (should be an 8)"
    assert call("logic/drawing-labels", "title", 13, ANSWER | {"asked": None}) == "Drawing 14"
    assert call("logic/drawing-labels", "nearest", ANSWER) == "real 3"
    letters = {"asked": 1, "real_digit": 0, "names": ["A", "B"], "digit": None, "near": True}
    assert call("logic/drawing-labels", "title", 0, letters) == "Drawing 1 (should be B)"
    assert call("logic/drawing-labels", "nearest", letters) == "real A"
    assert call("logic/drawing-labels", "reading", letters) == "Close to a real one."
    assert call("logic/drawing-labels", "reading", letters | {"near": False}) == "Unlike any real one."
    rated = "The judge rates 35 of 64 real digits above it."
    assert call("logic/game", "rated", ANSWER, None) == rated
    assert call("logic/game", "rated", ANSWER, {"freeze": True}) == rated
    assert call("logic/game", "rated", ANSWER, {"freeze": False}).startswith(f"{rated} Not worth much")
    address = call("logic/state", "keptAddress", {"run": "digit-3", "version": "a1"}, "20/13.json")
    assert address == "/api/runs/digit-3/images/20/13.json?v=a1"
    assert "After it, the judge prefers the real digit 2 of 64 times." in call(
        "logic/drawing-labels", "afterStep", ANSWER
    )


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
def test_the_digit_of_the_classifier_is_a_sentence(call: Call, changes: dict[str, Any], text: str) -> None:
    assert call("logic/drawing-labels", "reading", ANSWER | changes) == text


def test_the_newest_explanation_is_kept_until_a_snapshot(call: Call) -> None:
    now = call("logic/state", "initial") | {"run": "r", "iteration": 200}
    for event, kept, at in (
        (ANSWER | {"type": "answer", "run": "r"}, 240, 240),
        (ANSWER | {"type": "answer", "run": "other", "iteration": 300}, 240, 240),
        (ANSWER | {"type": "answer", "run": "r", "iteration": 250}, 250, 250),
    ):
        now = call("logic/state", "reduce", now, event)
        assert (now["answer"]["iteration"], now["iteration"]) == (kept, at)
    assert call("logic/state", "reduce", now, {"type": "snapshot", "run": "r"})["answer"] is None


def test_the_evaluation_of_one_drawing_is_taken_from_its_sheet(call: Call) -> None:
    read = {"digits": [3, 8], "confidence": [0.95, 0.5], "asked": [3, 4], "near": [True, False], "sure": 0.9}
    expected = {"asked": 4, "digit": 8, "confidence": 0.5, "near": False, "sure": 0.9}
    assert call("logic/drawing-labels", "fromSheet", read, 1) == expected
    unknown = {"asked": None, "near": None}
    assert call("logic/drawing-labels", "fromSheet", read | unknown, 1) == expected | unknown
    assert call("logic/drawing-labels", "fromSheet", read | {"digits": None}, 1) is None
    assert call("logic/drawing-labels", "fromSheet", None, 1) is None
