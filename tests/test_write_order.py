"""In which order and direction digits are written that are drawn by hand, however they were drawn."""

import numpy as np
import pytest
from drawings import (
    BARRED_SEVEN,
    DIGITS,
    EIGHT,
    FIVE,
    FOUR,
    NINE,
    ONE,
    POINTED_FIVE,
    RADIUS,
    SEVEN,
    SIX,
    THREE,
    TWO,
    ZERO,
    Line,
    arc,
    drawn,
)
from numpy.typing import NDArray

from gan.write.page import Stroke
from gan.write.vectorize.vectorize import bow_and_stem, redraw


def written(digit: int, *lines: Line, radius: float = RADIUS) -> list[NDArray[np.float64]]:
    """Points along each stroke."""
    return [stroke.sampled(0.25)[0] for stroke in redraw(drawn(*lines, radius=radius), digit).strokes]


def turning(points: NDArray[np.float64]) -> float:
    """How often a line goes around, anticlockwise on the screen above 0."""
    step = np.diff(points, axis=0)
    angles = np.arctan2(-step[:, 1], step[:, 0])
    return float(np.unwrap(angles)[-1] - angles[0]) / (2 * np.pi)


def downwards(points: NDArray[np.float64]) -> bool:
    return bool(points[-1, 1] - points[0, 1] > 0.7 * np.ptp(points[:, 1]))


def level(points: NDArray[np.float64]) -> bool:
    """And from left to right."""
    return bool(points[-1, 0] - points[0, 0] > 2 * np.ptp(points[:, 1]))


def test_zero_goes_round_anticlockwise_from_the_top() -> None:
    for lines in (ZERO, [ZERO[0][::-1]], [arc(14, 14, 6, 9, 200, 560)]):
        (ring,) = written(0, *lines)
        assert turning(ring) == pytest.approx(1, abs=0.1)
        np.testing.assert_allclose(ring[0], ring[-1], atol=0.01)
        assert ring[0, 1] == pytest.approx(ring[:, 1].min(), abs=0.1)


def test_one_goes_down() -> None:
    (stem,) = written(1, *ONE)
    assert downwards(stem)
    stem, bar = written(1, *ONE, [(6.0, 23.5), (18.0, 23.5)])
    assert downwards(stem)
    assert level(bar)


def test_two_is_one_stroke_down_left_and_right() -> None:
    (two,) = written(2, *TWO)
    assert (two[0, 0], two[0, 1]) == (pytest.approx(9.2, abs=0.6), pytest.approx(7, abs=0.6))
    assert two[-1] == pytest.approx([20, 22.5], abs=0.5)
    assert len(redraw(drawn(*TWO), 2).corners) == 1  # at its foot


def test_three_is_one_stroke_with_its_point() -> None:
    (three,) = written(3, *THREE)
    assert downwards(three)
    (corner,) = redraw(drawn(*THREE), 3).corners
    assert corner == pytest.approx([14, 13.7], abs=2)


def test_four_begins_with_its_left_part() -> None:
    left, stem = written(4, *FOUR)
    assert left[0] == pytest.approx([9, 5], abs=0.5)
    assert left[-1] == pytest.approx([22, 14], abs=0.5)
    assert stem[0] == pytest.approx([19, 5], abs=0.5)
    assert downwards(stem)


def test_a_pointed_four_is_cut_at_its_point() -> None:
    left, stem = written(4, [(17.0, 4.5), (8.0, 16.0), (21.0, 16.0)], [(17.0, 4.5), (17.0, 23.5)])
    assert left[0] == pytest.approx([17, 4.5], abs=3)
    assert left[-1] == pytest.approx([21, 16], abs=0.5)
    assert stem[0] == pytest.approx([17, 4.5], abs=3)
    assert downwards(stem)


def test_five_ends_with_its_bar() -> None:
    """What sticks out to the left of the body is a stub, and the corner lies at its tip."""
    body, bar = written(5, *FIVE)
    assert body[0] == pytest.approx([7.5, 5.2], abs=0.7)
    assert downwards(body)
    assert level(bar)


@pytest.mark.parametrize("lines", [POINTED_FIVE, [POINTED_FIVE[0][::-1]]])
def test_a_five_in_one_is_cut_at_its_corner(lines: list[Line]) -> None:
    body, bar = written(5, *lines, radius=0.7)
    assert body[0] == pytest.approx([8.5, 5], abs=1.5)
    assert downwards(body)
    assert level(bar)
    assert bar[0] == pytest.approx(body[0], abs=0.01)
    assert bar[-1] == pytest.approx([20, 4.5], abs=0.5)


def test_six_begins_at_its_tip_and_ends_on_itself() -> None:
    (six,) = written(6, *SIX)
    assert six[0] == pytest.approx([17.5, 4.5], abs=0.5)
    assert turning(six) > 0.8
    assert np.hypot(*(six[: len(six) // 2] - six[-1]).T).min() < 0.3


def test_seven_goes_right_and_down_and_its_crossbar_is_last() -> None:
    (seven,) = written(7, *SEVEN)
    assert seven[0] == pytest.approx([8, 5], abs=0.5)
    assert seven[-1] == pytest.approx([13, 23.5], abs=0.5)
    body, bar = written(7, *BARRED_SEVEN)
    assert downwards(body)
    assert level(bar)


def test_eight_begins_at_the_top_and_to_the_left() -> None:
    for lines in (EIGHT, [EIGHT[0][::-1]]):
        (eight,) = written(8, *lines)
        assert eight[0, 1] == pytest.approx(eight[:, 1].min(), abs=0.1)
        assert eight[8, 0] < eight[0, 0]
        assert turning(eight) == pytest.approx(0, abs=0.1)  # around once, and back once


def test_nine_is_its_bow_and_then_its_stem() -> None:
    bow, stem = written(9, *NINE)
    assert turning(bow) > 0.6
    assert bow[0] == pytest.approx(stem[0], abs=0.01)
    assert downwards(stem)
    assert stem[-1] == pytest.approx([16.5, 23.5], abs=0.5)
    assert np.hypot(*(stem - bow[-1]).T).min() < 0.4


def test_an_open_nine_is_one_stroke() -> None:
    """It begins at the upper end of its bow, whose direction stays anticlockwise."""
    (nine,) = written(9, [*arc(13, 9.5, 4.7, 5, 20, 300), (17.5, 11.5), (16.5, 23.5)])
    assert nine[0] == pytest.approx([17.4, 7.8], abs=0.7)
    assert downwards(nine)


@pytest.mark.parametrize("digit", range(10))
def test_how_a_digit_was_drawn_does_not_matter(digit: int) -> None:
    usual = written(digit, *DIGITS[digit])
    other = written(digit, *(line[::-1] for line in DIGITS[digit][::-1]))
    assert len(usual) == len(other)
    for one, two in zip(usual, other, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_bow_without_an_upper_right_stays_whole() -> None:
    short = Stroke(np.cumsum(np.ones((2, 4, 2)), axis=1), np.ones(3))
    assert bow_and_stem(short) == [short]
