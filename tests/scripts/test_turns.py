"""static/js/logic/turns.js, called in a real browser."""

from typing import Any

from tests.scripts.test_drawing_labels import Call


def frame(turn: str, rating: float) -> dict[str, Any]:
    return {"turn": turn, "scale": {"drawn": [0, rating], "real": []}, "png": {}}


def test_an_iteration_has_three_phases_and_the_first_one_more(call: Call) -> None:
    frames = [frame("start", 1), frame("judge", -2), frame("artist", 3)]
    turns = {"iteration": 1, "drawing": 1, "asked": 3, "frames": frames}
    first = call("logic/turns", "phases", turns)
    assert [(phase["turn"], phase["back"], phase["ghost"]) for phase in first] == [
        ("start", False, None), ("judge", False, 1), ("artist", True, None), ("artist", False, -2),
    ]  # fmt: skip
    assert [phase["frame"] for phase in first] == [frames[0], frames[1], frames[1], frames[2]]
    assert all(len(phase["said"].split()) <= 10 for phase in first)
    assert call("logic/turns", "phases", turns | {"iteration": 2}) == first[1:]
