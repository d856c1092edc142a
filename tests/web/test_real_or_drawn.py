"""gan/web/services/real_or_drawn.py and its route: pairs of a real digit and a drawing,
the climb, rounds over HTTP.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import hdrs
from hypothesis import given
from hypothesis import strategies as st

from gan.data import head, load_test
from gan.pretrained import RECORDED
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.app import ServerConfig
from gan.web.app_keys import RUN_MANAGER
from gan.web.services import real_or_drawn as service
from gan.web.services.real_or_drawn import PAIRS, person_side, render_ink
from gan.write.vectorize.measure_ink import ink_of
from tests.helpers.digits import SAMPLE
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits
from tests.helpers.serving import Client, app_of, expect_refusal, get_json, png_pixels


def test_sides_are_random() -> None:
    person = np.array(
        [
            [person_side(seed, pair) == "left" for pair in range(PAIRS)]
            for seed in range(100)
        ]
    ).ravel()
    # 500 plus or minus about 4 standard deviations (63) of 1000 coin flips
    assert 440 < person.sum() < 560
    assert 440 < (person[1:] == person[:-1]).sum() < 560, (
        "consecutive sides are independent"
    )


# Display


def bounding_box(shown: Any) -> tuple[int, int, int, int]:
    """Return the first and last row and column with ink."""
    (top, bottom), (left, right) = (
        np.flatnonzero((shown > 127).any(axis))[[0, -1]] for axis in (1, 0)
    )
    return int(top), int(bottom), int(left), int(right)


def test_shown_digits_are_centred_and_have_the_same_size() -> None:
    for image in SAMPLE.images[::250]:
        ink = 255 * ink_of(image)
        shown = render_ink(image)
        (top, bottom, left, right), (first, last, west, east) = (
            bounding_box(ink),
            bounding_box(shown),
        )
        longer = max(bottom - top, right - left)
        margin = round(service.MARGIN * service.SHOWN)
        assert abs(max(last - first, east - west) - (service.SHOWN - 2 * margin)) <= 3
        assert abs(first + last + 1 - service.SHOWN) <= 4, "centred"
        assert abs(west + east + 1 - service.SHOWN) <= 4
        scale = longer / (service.SHOWN - 2 * margin)  # points per pixel
        assert (shown > 127).sum() * scale**2 == pytest.approx(
            (ink > 0).sum(), rel=0.08
        )


def test_shown_digits_reveal_neither_grey_nor_position() -> None:
    """A faint speck becomes paper, a faint stroke becomes ink, and the position in the
    28 x 28 image has no effect.
    """
    image = SAMPLE.images[0]
    specks = image.copy()
    specks[1, 1] = specks[26, 14] = 60
    assert np.array_equal(render_ink(specks), render_ink(image))
    assert np.abs(render_ink(image // 2).astype(int) - render_ink(image)).max() < 40, (
        "lighter ink gives the same shape"
    )
    assert np.array_equal(
        render_ink(np.roll(image, (1, -1), (0, 1))), render_ink(image)
    )


def test_a_blank_drawing_stays_blank() -> None:
    image = np.zeros((28, 28), np.uint8)
    assert not render_ink(image).any()
    image[5, 5] = 255
    assert render_ink(image).any(), "one dark pixel is a dot"


# Drawings


@pytest.mark.parametrize(("digit", "labels"), [(3, False), (None, True)])
def test_a_picture_of_a_run_gives_drawings_with_their_digits(
    tmp_path: Path, digit: int | None, labels: bool
) -> None:
    run = create(tmp_path / "run", tiny(digit, labels=labels))
    store = noise_digits(64).images  # which all differ
    run.save_picture(20, store)
    result = [service.drawing_of_run(run, 20, 0, pair) for pair in range(PAIRS)]
    assert len({image.tobytes() for image, _ in result}) == PAIRS
    for image, kind in result:
        (index,) = np.flatnonzero((store == image).all((1, 2)))
        assert kind == (index % 10 if labels else 3)


def test_a_run_without_requested_digits_cannot_be_climbed(tmp_path: Path) -> None:
    run = create(tmp_path / "run", tiny(None, labels=False))
    run.save_picture(20, np.zeros((64, 28, 28), np.uint8))
    assert service.rungs_of(run) == []


@given(st.lists(st.integers(0, 10**6), unique=True).map(sorted))
def test_a_climb_at_least_doubles_the_iteration_at_each_step(
    iterations: list[int],
) -> None:
    result = service.choose_iterations(iterations)
    assert result[-1:] == iterations[-1:]
    assert len(result) <= service.RUNGS
    assert all(2 * a <= b for a, b in pairwise(result))
    assert set(result) <= set(iterations)
    for iteration in iterations:
        # each omitted iteration is at least half of a chosen later one, or below all
        below = len(result) == service.RUNGS and iteration < result[0]
        assert (
            any(iteration <= one <= 2 * iteration for one in result)
            or iteration in result
            or below
        )


def test_the_recorded_run_is_climbed_in_eight_steps() -> None:
    assert service.rungs_of(Run.open(RECORDED)) == [7, 19, 38, 84, 183, 426, 954, 2000]


# Rounds over HTTP


@pytest.fixture
def recorded(client: Client, config: ServerConfig) -> list[int]:
    """Bundle a run with five pictures, and return the iterations of its climb."""
    run = create(config.recorded, tiny(3))
    for iteration in (0, 4, 10, 15, 20):
        run.save_picture(iteration, noise_digits(64, iteration).images)
    app_of(client)[RUN_MANAGER].catalogue.recorded = config.recorded
    return [0, 4, 10, 20]


async def test_a_whole_round(
    client: Client, recorded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = head(load_test(), 40)  # fewer are rendered sooner
    monkeypatch.setattr("gan.web.services.real_or_drawn.load_test", lambda: few)
    seen = set[bytes]()
    sides = set[str]()
    for number in range(10):
        address = f"/api/guess?seed=3&pair={number}&rung=3"
        response = await client.get(address)
        assert response.status == 200
        assert response.headers[hdrs.CACHE_CONTROL] == "no-store"
        pair = await response.json()
        assert pair == await get_json(client, address), "a pair stays the same"
        assert pair["rungs"] == recorded
        reals = [
            render_ink(image).tobytes()
            for image in few.images[few.labels == pair["digit"]]
        ]
        shown = {
            side: (255 - png_pixels(pair[side])).tobytes() for side in ("left", "right")
        }
        assert [side for side, image in shown.items() if image in reals] == [
            pair["person"]
        ]
        seen.update(shown.values())
        sides.add(pair["person"])
    assert len(seen) == 20, "no picture occurs twice"
    assert sides == {"left", "right"}


async def test_a_rung_above_the_top_is_refused(
    client: Client, recorded: list[int]
) -> None:
    message = await expect_refusal(await client.get("/api/guess?rung=4"), 400, "rung")
    assert message == "rung: expected a whole number from 0 to 3, received 4"


async def test_without_a_recorded_run_of_digits_there_is_nothing_to_guess(
    client: Client, config: ServerConfig
) -> None:
    expected = "This server has no recorded run of digits to guess from."
    await expect_refusal(await client.get("/api/guess"), 404, words=expected)
    create(config.recorded, tiny(None)).save_picture(
        0, np.zeros((64, 28, 28), np.uint8)
    )
    app_of(client)[RUN_MANAGER].catalogue.recorded = config.recorded
    await expect_refusal(await client.get("/api/guess"), 404, words=expected)
