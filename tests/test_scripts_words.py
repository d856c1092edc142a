"""static/js/logic/words.js, called in a real browser: what the judge says of a sheet."""

from collections.abc import Callable
from typing import Any


def test_what_the_judge_prefers_and_what_that_is_worth(call: Callable[..., Any]) -> None:
    reading = {"prefers_real": 35, "near": [True] * 64}
    frozen = call("logic/words", "preference", reading, {"freeze": True})
    assert (frozen["value"], "32 of 64 would be guessing" in frozen["worth"]) == ("35 of 64", True)
    assert "not locked" in call("logic/words", "preference", reading, {"freeze": False})["worth"]
    for unknown in (None, {"prefers_real": None, "near": None}):
        assert call("logic/words", "preference", unknown, None)["value"] == "–"
