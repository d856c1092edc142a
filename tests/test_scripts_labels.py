"""static/js/logic/labels.js, called in a real browser: what the classifier read, as marks and in words."""

from collections.abc import Callable
from typing import Any

import pytest
from fake_worker import tiny

from gan.classifier.reading import Reading
from gan.runs.evaluation import Evaluation, told


def test_a_mark_for_every_drawing_in_its_corner(call: Callable[..., Any]) -> None:
    reading = told(Evaluation(Reading((7, 1, 3, 4, 5), (0.9, 0.899, 1.0, 0.95, 0.2))), tiny(None))
    marks = call("logic/labels", "marks", reading)
    assert [mark["text"] for mark in marks] == ["7", "?", "3", "4", "?"]
    assert [mark["good"] for mark in marks] == [True, False, True, True, False]
    places = [(mark["x"], mark["y"]) for mark in marks]
    assert all(22 < x - 30 * (index % 3) <= 30 for index, (x, _) in enumerate(places))  # three a row, as on the sheet
    assert all(22 < y - 30 * (index // 3) <= 30 for index, (_, y) in enumerate(places))
    assert call("logic/labels", "side", 5) == 3 * 30 + 2
    assert call("logic/labels", "side", 64) == 242


def test_a_digit_that_was_not_asked_for_is_not_good(call: Callable[..., Any]) -> None:
    seen = Reading((8, 1, 3, 3), (1.0, 0.95, 0.5, 0.99))
    reading = told(Evaluation(seen), tiny(None, labels=True))
    marks = [(mark["text"], mark["good"], mark["other"]) for mark in call("logic/labels", "marks", reading)]
    assert marks == [("8", False, True), ("1", True, False), ("?", False, False), ("3", True, False)]
    assert call("logic/labels", "summary", reading) == "Recognized: 2 of 4"
    assert call("logic/labels", "spoken", reading) == "Recognized: 2 of 4. Row by row: 8 for 0 1; unsure 3."
    meant = "Recognized: the classifier is at least 90 % sure of the digit asked for, 0 to 9 in turn."
    assert call("logic/labels", "legend", reading, False) == meant
    assert call("logic/labels", "legend", reading, True) == f"{meant} Crossed out: wrong digit. ?: not sure."
    free = told(Evaluation(seen), tiny(None))
    assert call("logic/labels", "summary", free) == "Recognized: 3 of 4"
    assert not any(mark["other"] for mark in call("logic/labels", "marks", free))
    assert (
        call("logic/labels", "legend", free, True)
        == "Recognized: the classifier is at least 90 % sure of a digit. ?: not sure."
    )


@pytest.mark.parametrize(("digit", "name"), [(3, "a 3"), (8, "an 8")])
def test_on_a_sheet_of_one_digit_only_what_is_not_read_is_marked(
    call: Callable[..., Any], digit: int, name: str
) -> None:
    reading = told(Evaluation(Reading((digit, 5, digit, digit), (1.0, 1.0, 0.5, 0.9))), tiny(digit))
    marks = [(mark["text"], mark["good"], mark["other"]) for mark in call("logic/labels", "marks", reading)]
    assert marks == [("5", False, True), ("?", False, False)]
    assert call("logic/labels", "summary", reading) == f"Recognized as {name}: 2 of 4"
    meant = f"Recognized: the classifier is at least 90 % sure that it is {name}."
    assert call("logic/labels", "legend", reading, False) == meant
    assert call("logic/labels", "spoken", reading).startswith(
        f"Recognized as {name}: 2 of 4. Row by row: {digit} 5 for {digit};"
    )


def test_how_much_is_sure_is_said_by_the_server(call: Callable[..., Any]) -> None:
    reading = told(Evaluation(Reading((7, 1), (0.5, 0.25))), tiny(None)) | {"sure": 0.4, "read": [True, False]}
    assert [mark["text"] for mark in call("logic/labels", "marks", reading)] == ["7", "?"]
    assert "at least 40 % sure" in call("logic/labels", "legend", reading, False)


@pytest.mark.parametrize(
    ("half", "most", "text"),
    [
        (None, None, ""),
        (2.44, None, "(half after 2.4 s of training)"),
        (2.44, 61.0, "(half after 2.4 s of training, nine in ten after 61.0 s)"),
        (0.0, 300.0, "(half after 0.0 s of training, nine in ten after 5 min)"),
    ],
)
def test_how_soon_it_was_read(call: Callable[..., Any], half: float | None, most: float | None, text: str) -> None:
    assert call("logic/labels", "milestones", {"half_after": half, "most_after": most}) == text
    assert call("logic/labels", "milestones", None) == ""


@pytest.mark.parametrize("reading", [None, {"digits": None, "confidence": None}, {"digits": [], "confidence": []}])
def test_what_was_not_read(call: Callable[..., Any], reading: Any) -> None:
    for said in (call("logic/labels", "summary", reading), call("logic/labels", "legend", reading, True)):
        assert said == ""


def test_what_is_near_no_real_digit_is_no_digit(call: Callable[..., Any]) -> None:
    seen = Reading((3, 3, 5, 3, 3, 3), (1.0, 1.0, 1.0, 0.5, 1.0, 1.0))
    remarks = Evaluation(seen, (True, False, False, True, True, True), 2)
    reading = told(remarks, tiny(3))
    marks = [(mark["text"], mark["good"], mark["other"]) for mark in call("logic/labels", "marks", reading)]
    assert marks == [("×", False, False), ("×", False, False), ("?", False, False)]
    assert call("logic/labels", "summary", reading) == "Recognized as a 3: 3 of 6"
    words = "sure that it is a 3, and it is close to a real one. Crossed out: wrong digit. ?: not sure. "
    assert call("logic/labels", "legend", reading, True).endswith(f"{words}×: unlike any real digit.")
    assert "3 far from real far from real; unsure 3 3" in call("logic/labels", "spoken", reading)


@pytest.mark.parametrize(("good", "readable"), [(0, False), (2, False), (3, True), (9, True)])
def test_labels_come_once_a_third_is_read(call: Callable[..., Any], good: int, readable: bool) -> None:
    reading = told(Evaluation(Reading((3,) * 9, (1.0,) * good + (0.1,) * (9 - good))), tiny(3))
    assert call("logic/labels", "isReadable", reading) is readable
    assert call("logic/labels", "isReadable", None) is False
    few = f"Recognized as a 3: {good} of 9"
    assert ([call("logic/labels", name, reading) for name in ("summary", "spoken")] == [few, few]) is not readable
    assert ("?: not sure" in call("logic/labels", "legend", reading, True)) is readable


@pytest.mark.parametrize(("good", "can"), [(8, False), (9, True), (10, True)])
def test_a_network_that_was_told_which_digits_can_write_once_nine_in_ten_are_read(
    call: Callable[..., Any], good: int, can: bool
) -> None:
    seen = Reading(tuple(range(10)), (1.0,) * good + (0.1,) * (10 - good))
    assert call("logic/labels", "canWrite", told(Evaluation(seen), tiny(None, labels=True))) is can
    assert call("logic/labels", "canWrite", told(Evaluation(seen), tiny(None))) is False
    assert call("logic/labels", "canWrite", told(Evaluation(Reading((3,) * 10, (1.0,) * 10)), tiny(3))) is False
    assert call("logic/labels", "canWrite", None) is False
