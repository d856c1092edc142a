"""static/js/logic/drawing-labels.js, called in a browser: marks and sentences about a sheet and a drawing."""

from collections.abc import Callable
from typing import Any

import pytest

from gan.drawings.recognition import Recognition
from gan.rules.config import Config
from gan.runs.evaluation import Evaluation
from tests.helpers.fake_worker import tiny
from tests.scripts.test_tables import RATED, answer

Call = Callable[..., Any]


def test_every_drawing_has_a_mark_in_its_corner(call: Call) -> None:
    reading = Evaluation(Recognition((7, 1, 3, 4, 5), (0.9, 0.899, 1.0, 0.95, 0.2))).fields(tiny(None))
    marks = call("logic/drawing-labels", "marks", reading)
    assert [mark["text"] for mark in marks] == ["7", "?", "3", "4", "?"]
    places = [(mark["x"], mark["y"]) for mark in marks]
    # This sheet has three drawings per row.
    assert all(22 < x - 30 * (index % 3) <= 30 for index, (x, _) in enumerate(places))
    assert all(22 < y - 30 * (index // 3) <= 30 for index, (_, y) in enumerate(places))


FOUR = Recognition((8, 1, 3, 3), (1.0, 0.95, 0.5, 0.99))
EIGHTS = Recognition((8, 5, 8, 8), (1.0, 1.0, 0.5, 0.9))
SIX = Evaluation(Recognition((3, 3, 5, 3, 3, 3), (1, 1, 1, 0.5, 1, 1)), (True, False, False, True, True, True), 2)


@pytest.mark.parametrize(
    ("seen", "config", "marks", "spoken", "meant", "key"),
    [
        (
            Evaluation(FOUR), tiny(None, labels=True), "wrong 8, right 1, unsure ?, right 3",
            "Recognized: 2 of 4. Row by row: 8 for 0 1; unsure 3.",
            "is at least 90 % sure of the digit asked for, 0 to 9 in turn.", "?: unsure. Crossed out: wrong.",
        ),
        (
            Evaluation(FOUR), tiny(None), "right 8, right 1, unsure ?, right 3",
            "Recognized: 3 of 4. Row by row: 8 1; unsure 3.", "is at least 90 % sure of a digit.", "?: unsure.",
        ),
        (  # on a sheet of one digit, recognized drawings have no mark
            Evaluation(EIGHTS), tiny(8), "wrong 5, unsure ?",
            "Recognized as an 8: 2 of 4. Row by row: 8 5 for 8; unsure 8.",
            "is at least 90 % sure that it is an 8.", "?: unsure. Crossed out: wrong.",
        ),
        (  # drawings far from real digits are not recognized
            SIX, tiny(3), "unsure ×, unsure ×, unsure ?",
            "Recognized as a 3: 3 of 6. Row by row: 3 far from real far from real; unsure 3 3.",
            "sure that it is a 3, and the drawing is close to a real digit.", "?: unsure. ×: no digit.",
        ),
        (Evaluation(Recognition((3, 3), (1, 1))), tiny(3), "", "Recognized as a 3: 2 of 2. Row by row: 3 3.", "3.", ""),
    ],
)  # fmt: skip
def test_a_sheet_is_described(
    call: Call, seen: Evaluation, config: Config, marks: str, spoken: str, meant: str, key: str
) -> None:
    reading = seen.fields(config)
    found = call("logic/drawing-labels", "marks", reading)
    kinds = ["right" if mark["good"] else "wrong" if mark["other"] else "unsure" for mark in found]
    assert ", ".join(f"{kind} {mark['text']}" for kind, mark in zip(kinds, found, strict=True)) == marks
    assert call("logic/drawing-labels", "summary", reading) == spoken.partition(".")[0]
    assert call("logic/drawing-labels", "spoken", reading) == spoken
    legend = call("logic/drawing-labels", "legend", reading)
    assert legend.startswith("Recognized: a third network, the classifier, is at least 90 % ")
    assert legend.endswith(meant)
    assert call("logic/drawing-labels", "key", found) == key


def test_the_server_sets_the_confidence_that_counts_as_sure(call: Call) -> None:
    reading = Evaluation(Recognition((7, 1), (0.5, 0.25))).fields(tiny(None)) | {
        "sure": 0.4,
        "read": [True, False],
    }
    assert [mark["text"] for mark in call("logic/drawing-labels", "marks", reading)] == ["7", "?"]
    assert "at least 40 % sure" in call("logic/drawing-labels", "legend", reading)


@pytest.mark.parametrize(("good", "readable"), [(0, False), (2, False), (3, True), (9, True)])
def test_labels_appear_once_a_third_is_recognized(call: Call, good: int, readable: bool) -> None:
    reading = Evaluation(Recognition((3,) * 9, (1.0,) * good + (0.1,) * (9 - good))).fields(tiny(3))
    assert call("logic/drawing-labels", "isReadable", reading) is readable
    few = f"Recognized as a 3: {good} of 9"
    assert (
        [call("logic/drawing-labels", name, reading) for name in ("summary", "spoken")] == [few, few]
    ) is not readable


@pytest.mark.parametrize(("good", "can"), [(8, False), (9, True), (10, True)])
def test_a_network_for_all_digits_can_write_once_nine_in_ten_are_recognized(call: Call, good: int, can: bool) -> None:
    seen = Recognition(tuple(range(10)), (1.0,) * good + (0.1,) * (10 - good))
    assert call("logic/drawing-labels", "canWrite", Evaluation(seen).fields(tiny(None, labels=True))) is can
    assert call("logic/drawing-labels", "canWrite", Evaluation(seen).fields(tiny(None))) is False
    assert (
        call("logic/drawing-labels", "canWrite", Evaluation(Recognition((3,) * 10, (1,) * 10)).fields(tiny(3))) is False
    )


# One drawing


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


def test_verdict_and_step_are_sentences(call: Call) -> None:
    assert call("logic/game", "rated", answer(), {"freeze": False}).startswith(f"{RATED} Not worth much")
    address = call("logic/state", "keptAddress", {"run": "digit-3", "version": "a1"}, "20/13.json")
    assert address == "/api/runs/digit-3/images/20/13.json?v=a1"
    step = call("logic/drawing-labels", "afterStep", answer())
    assert "After it, the judge prefers the real digit 2 of 64 times." in step


def test_the_newest_explanation_is_kept_until_a_snapshot(call: Call) -> None:
    now = call("logic/state", "initial") | {"run": "r", "iteration": 200}
    for event, kept, at in (
        (answer() | {"type": "answer", "run": "r"}, 240, 240),
        (answer() | {"type": "answer", "run": "other", "iteration": 300}, 240, 240),
        (answer() | {"type": "answer", "run": "r", "iteration": 250}, 250, 250),
    ):
        now = call("logic/state", "reduce", now, event)
        assert (now["answer"]["iteration"], now["iteration"]) == (kept, at)
    assert call("logic/state", "reduce", now, {"type": "snapshot", "run": "r"})["answer"] is None
