"""From strokes on a pad to a picture as MNIST's are: against a picture inked in another way, and whatever is sent."""

import numpy as np
import pytest
from drawings import drawn
from hypothesis import given
from hypothesis import strategies as st

from gan.data import load
from gan.errors import InputError
from gan.write.glyphs.style_code import (
    BOX,
    MIDDLE,
    MOST_NUMBERS,
    MOST_STROKES,
    PAD,
    PEN,
    Pads,
    Stroke,
    as_mnist,
    check_pads,
)

THREE: tuple[Stroke, ...] = ((60, 40, 120, 20, 180, 60, 120, 120, 190, 170, 120, 230, 60, 200),)
NUMBER = st.integers(0, PAD - 1)
STROKE = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=12).map(
    lambda points: [number for point in points for number in point]
)
PADS = st.dictionaries(st.sampled_from("0123456789"), st.lists(STROKE, min_size=1, max_size=5), min_size=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 300) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("0123ab"), inner, max_size=3),
    max_leaves=12,
)


def middle_of(picture: np.ndarray) -> tuple[float, float]:
    grey = picture.astype(float)
    at = np.arange(28)
    return float(grey.sum(axis=1) @ at / grey.sum()), float(grey.sum(axis=0) @ at / grey.sum())


def test_a_picture_is_that_of_a_round_pen() -> None:
    """Inked in another way: by the distance of each sample to the lines."""
    picture = as_mnist(THREE)
    points = np.array(THREE[0], float).reshape(-1, 2)
    low = points.min(axis=0) - PEN / 2
    scale = BOX / (np.ptp(points, axis=0).max() + PEN)
    placed = (points - low) * scale
    grey = drawn([(x, y) for x, y in placed.tolist()], radius=PEN / 2 * scale)
    down, right = (round(MIDDLE - middle) for middle in middle_of(grey))
    np.testing.assert_allclose(picture.astype(int), np.roll(grey, (down, right), axis=(0, 1)), atol=12)


@given(STROKE, st.integers(0, 4))
def test_where_and_how_large_it_is_drawn_changes_its_weight_alone(stroke: list[int], by: int) -> None:
    picture = as_mnist((tuple(stroke),))
    moved = [min(number + by, PAD - 1) for number in stroke]
    if max(stroke) + by < PAD:
        np.testing.assert_array_equal(as_mnist((tuple(moved),)), picture)
    assert picture.any()


@given(PADS)
def test_every_picture_has_mnist_s_box_and_place(told: dict[str, list[list[int]]]) -> None:
    for strokes in check_pads(told).values():
        picture = as_mnist(strokes)
        assert picture.shape == (28, 28)
        assert picture.dtype == np.uint8
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert BOX - 1 <= longer <= BOX + 1
        for middle, inked in zip(middle_of(picture), (rows, columns), strict=True):
            assert abs(middle - MIDDLE) <= 0.51 or inked[0] == 0 or inked[-1] == 27


def test_mnist_s_own_lie_there() -> None:
    """What is claimed of MNIST: the centres of mass within half a pixel, the longer side 20."""
    places = np.array([middle_of(picture) for picture in load().images[::25]])
    np.testing.assert_allclose(places.mean(axis=0), MIDDLE, atol=0.05)
    assert np.quantile(np.abs(places - MIDDLE), 0.99) < 0.52


def test_what_is_drawn_small_is_heavier() -> None:
    small: tuple[Stroke, ...] = (tuple(n // 2 for n in THREE[0]),)
    assert as_mnist(small).sum() > 1.3 * as_mnist(THREE).sum()


def test_a_dot_is_a_round_blot() -> None:
    picture = as_mnist(((5, 5),))
    assert picture.sum() / 255 == pytest.approx(np.pi * BOX**2 / 4, rel=0.02)


@given(PADS)
def test_what_is_good_is_taken_as_it_is(told: dict[str, list[list[int]]]) -> None:
    taken: Pads = check_pads(told)
    assert {str(d): [list(stroke) for stroke in strokes] for d, strokes in taken.items()} == told


@given(JSON)
def test_whatever_is_sent_is_taken_or_refused_in_one_line(value: object) -> None:
    refused: InputError | None = None
    try:
        check_pads(value)
    except InputError as error:
        refused = error
    if refused:
        assert refused.field == "drawings"
        assert "\n" not in str(refused)
        assert "expected" in str(refused)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "at least one digit"),
        ([[1, 2]], "at least one digit"),
        ({"10": [[1, 2]]}, "the names 0 to 9"),
        ({"3": []}, f"1 to {MOST_STROKES} strokes"),
        ({"3": [[1, 2]] * (MOST_STROKES + 1)}, f"1 to {MOST_STROKES} strokes"),
        ({"3": [[1]]}, "x, y, x, y"),
        ({"3": [[]]}, "x, y, x, y"),
        ({"3": [[1, PAD]]}, f"from 0 to {PAD - 1}"),
        ({"3": [[1, True]]}, "whole numbers"),
        ({"3": [[1, 2.0]]}, "whole numbers"),
        ({"3": [[1, 2] * (MOST_NUMBERS // 2 + 1)]}, f"at most {MOST_NUMBERS // 2} points"),
    ],
)
def test_what_is_refused(value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_pads(value)
