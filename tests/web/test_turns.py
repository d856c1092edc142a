"""gan/web/services/turns.py: the turns show what changes, depend only on their arguments, and the judge is locked."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gan.web.services.turns import new_gan, play
from tests.helpers.serving import Client, get_json

Pixels = np.ndarray[Any, Any]


@pytest.fixture(autouse=True)
def fresh() -> None:
    new_gan.cache_clear()


def pixels(png: str) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))


@pytest.mark.parametrize("digit", [None, 3])
def test_the_judge_learns_first_and_is_locked_while_the_artist_learns(digit: int | None) -> None:
    turns = play(digit, 0, 1, 5)
    start, judge, artist = turns["frames"]
    assert [frame["turn"] for frame in turns["frames"]] == ["start", "judge", "artist"]
    assert (turns["iteration"], turns["drawing"], turns["asked"]) == (1, 5, 5 if digit is None else 3)
    assert turns["channels"] == [16, 32]
    assert start["scale"]["real"] != judge["scale"]["real"]
    assert judge["scale"]["real"] == artist["scale"]["real"], "the same judge rates the same digits"
    assert start["png"]["drawing"] == judge["png"]["drawing"] != artist["png"]["drawing"]
    assert judge["scale"]["drawn"] != artist["scale"]["drawn"]
    before, then, after = (pixels(frame["png"]["maps"]) for frame in turns["frames"])
    assert np.array_equal(before[:, :21], then[:, :21]), "the artist waits during the judge's turn"
    assert (before[:, 21:42] != then[:, 21:42]).any()
    assert (then[:, :21] != after[:, :21]).any()
    drawings = np.mean([rating or 0.0 for rating in judge["scale"]["drawn"]])
    assert drawings < np.mean([rating or 0.0 for rating in start["scale"]["drawn"]]), "the judge has learned"


def test_the_next_iteration_continues_and_an_earlier_one_starts_again() -> None:
    one, two = play(3, 7, 1, 0), play(3, 7, 2, 0)
    assert one["frames"][2]["scale"] == two["frames"][0]["scale"]
    assert play(3, 7, 2, 0) == two
    assert play(3, 7, 1, 0) == one
    assert play(3, 8, 1, 0) != one
    new_gan.cache_clear()
    assert play(3, 7, 2, 0) == two


async def test_the_turns_are_served(client: Client) -> None:
    served = await get_json(client, "/api/turns?digit=3&seed=7&iteration=2&drawing=4")
    assert served == play(3, 7, 2, 4)
