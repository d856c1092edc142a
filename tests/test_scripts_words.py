"""static/js/words.js, called in a real browser: what the doctor and the judge say of a sheet."""

from collections.abc import Callable
from typing import Any

import pytest

from gan.runs.doctor import AILMENTS


@pytest.mark.parametrize("ailment", AILMENTS)
def test_the_doctor_has_a_sentence_for_every_ailment(call: Callable[..., Any], ailment: str) -> None:
    assert call("words", "diagnosis", {"ailment": ailment}).endswith(".")
    for well in (None, {"ailment": None}, {}):
        assert call("words", "diagnosis", well) == ""


def test_what_the_judge_prefers_and_what_that_is_worth(call: Callable[..., Any]) -> None:
    reading = {"prefers_real": 35, "near": [True] * 64}
    frozen = call("words", "preference", reading, {"freeze": True})
    assert (frozen["value"], "coin’s toss" in frozen["worth"]) == ("35 of 64", True)
    assert "may be bent" in call("words", "preference", reading, {"freeze": False})["worth"]
    for unknown in (None, {"prefers_real": None, "near": None}):
        assert call("words", "preference", unknown, None)["value"] == "–"
