"""Drawings converted to strokes, which cover the ink and follow the order and direction of handwriting."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gan.data import load
from gan.write.glyphs.check_drawings import ink_mask
from gan.write.request import PENS
from gan.write.vectorize import ROUND, SPECK, bow_and_stem, redraw
from gan.write.vectorize.ink import ENLARGED, Picture
from gan.write.writing import Stroke, along
from tests.helpers.drawings import (
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

SAMPLE = load()
FELT = PENS["felt"]


def real_digits(digit: int, n: int = 25) -> Picture:
    return SAMPLE.images[SAMPLE.labels == digit][::20][:n]


@pytest.mark.parametrize("digit", range(10))
def test_strokes_of_real_digits_lie_on_their_ink_and_cover_it(digit: int) -> None:
    covered = []
    for picture in real_digits(digit):
        vectorized = redraw(picture, digit)
        points, pressure, _ = along(vectorized.strokes, 0.25)
        columns, rows = np.clip((points * ENLARGED).astype(int), 0, len(vectorized.ink) - 1).T
        assert vectorized.ink[rows, columns].mean() > 0.95
        wide = ink_mask(points, FELT.radii(pressure, 2 * vectorized.radius) + 0.9)
        ink = vectorized.ink[::2, ::2]
        covered.append((wide & ink).sum() / ink.sum())
    assert np.median(covered) > 0.975
    assert min(covered) > 0.6  # the worst cases contain a blot or specks


@pytest.mark.parametrize("digit", range(10))
def test_strokes_are_connected_and_not_specks(digit: int) -> None:
    for picture in real_digits(digit, 12):
        vectorized = redraw(picture, digit)
        for stroke in vectorized.strokes:
            assert stroke.curves.shape[1:] == (4, 2)
            assert len(stroke.pressure) == len(stroke.curves) + 1
            assert (stroke.pressure > 0).all()
            np.testing.assert_allclose(stroke.curves[1:, 0], stroke.curves[:-1, 3], atol=0.02)
            points, _ = stroke.sampled(0.1)
            assert np.hypot(*np.diff(points, axis=0).T).sum() > 0.5 * SPECK
        assert len(vectorized.corners) == 0 or digit not in ROUND


def test_redrawing_is_deterministic_and_does_not_change_the_picture() -> None:
    picture = real_digits(3)[0].copy()
    kept = picture.copy()
    one, two = redraw(picture, 3), redraw(picture, 3)
    assert [s.curves.tobytes() for s in one.strokes] == [s.curves.tobytes() for s in two.strokes]
    np.testing.assert_array_equal(picture, kept)


@pytest.mark.parametrize(("digit", "count"), list(enumerate([1, 1, 1, 1, 2, 2, 1, 1, 1, 2])))
def test_handmade_digits_have_the_expected_strokes(digit: int, count: int) -> None:
    assert len(redraw(drawn(*DIGITS[digit]), digit).strokes) == count


@pytest.mark.parametrize("radius", [0.9, 1.3, 1.7])
def test_the_radius_is_measured_and_pressure_is_about_1(radius: float) -> None:
    vectorized = redraw(drawn(*BARRED_SEVEN, radius=radius), 7)
    assert vectorized.radius == pytest.approx(radius, abs=0.25)
    pressure = np.concatenate([stroke.pressure for stroke in vectorized.strokes])
    assert np.median(pressure) == pytest.approx(1, abs=0.1)


def test_the_crossing_of_an_eight_is_smooth() -> None:
    """The ink is wider at the crossing and thinning bends the line, but the stroke must go straight on."""
    (stroke,) = redraw(drawn(*EIGHT), 8).strokes
    points, pressure = stroke.sampled(0.25)
    near = np.hypot(*(points - [14, 14]).T) < 3
    assert pressure[near].max() < 1.35
    steps = np.diff(points, axis=0)
    turns = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
    assert turns[near[1:-1]].max() < 0.15  # in radians per quarter of a unit


def test_specks_give_no_strokes() -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[5, 5] = picture[20, 20] = 255
    vectorized = redraw(picture, 1)
    assert (vectorized.strokes, vectorized.corners.shape) == ((), (0, 2))


@pytest.mark.parametrize("digit", range(10))
def test_noise_and_full_ink_are_redrawn_without_errors(digit: int) -> None:
    """Untrained networks draw pictures like these."""
    noise = np.random.default_rng(digit).integers(0, 256, (28, 28), dtype=np.uint8)
    full = np.full((28, 28), 255, np.uint8)
    for picture in (noise, full):
        assert all(np.isfinite(stroke.curves).all() for stroke in redraw(picture, digit).strokes)


# Order and direction


def stroke_points(digit: int, *lines: Line, radius: float = RADIUS) -> list[NDArray[np.float64]]:
    """Return points along each stroke."""
    return [stroke.sampled(0.25)[0] for stroke in redraw(drawn(*lines, radius=radius), digit).strokes]


def turns(points: NDArray[np.float64]) -> float:
    """Return the number of turns of a line, positive if counterclockwise on the screen."""
    step = np.diff(points, axis=0)
    angles = np.arctan2(-step[:, 1], step[:, 0])
    return float(np.unwrap(angles)[-1] - angles[0]) / (2 * np.pi)


def goes_down(points: NDArray[np.float64]) -> bool:
    return bool(points[-1, 1] - points[0, 1] > 0.7 * np.ptp(points[:, 1]))


def goes_right(points: NDArray[np.float64]) -> bool:
    """Return whether a line runs from left to right and is nearly horizontal."""
    return bool(points[-1, 0] - points[0, 0] > 2 * np.ptp(points[:, 1]))


def test_zero_runs_anticlockwise_from_the_top() -> None:
    for lines in (ZERO, [ZERO[0][::-1]], [arc(14, 14, 6, 9, 200, 560)]):
        (ring,) = stroke_points(0, *lines)
        assert turns(ring) == pytest.approx(1, abs=0.1)
        np.testing.assert_allclose(ring[0], ring[-1], atol=0.01)
        assert ring[0, 1] == pytest.approx(ring[:, 1].min(), abs=0.1)


def test_one_goes_down() -> None:
    (stem,) = stroke_points(1, *ONE)
    assert goes_down(stem)
    stem, bar = stroke_points(1, *ONE, [(6.0, 23.5), (18.0, 23.5)])
    assert goes_down(stem)
    assert goes_right(bar)


def test_two_is_one_stroke_with_a_corner_at_its_foot() -> None:
    (two,) = stroke_points(2, *TWO)
    assert (two[0, 0], two[0, 1]) == (pytest.approx(9.2, abs=0.6), pytest.approx(7, abs=0.6))
    assert two[-1] == pytest.approx([20, 22.5], abs=0.5)
    assert len(redraw(drawn(*TWO), 2).corners) == 1  # the corner is at its foot
    pointed = [(7.0, 9.0), (14.0, 4.0), (17.0, 10.0), (8.0, 22.5), (20.0, 22.5)]
    assert len(redraw(drawn(pointed), 2).corners) == 1  # a right turn at the top is not a corner


def test_three_is_one_stroke_with_a_corner() -> None:
    (three,) = stroke_points(3, *THREE)
    assert goes_down(three)
    (corner,) = redraw(drawn(*THREE), 3).corners
    assert corner == pytest.approx([14, 13.7], abs=2)


def test_four_starts_with_its_left_part() -> None:
    left, stem = stroke_points(4, *FOUR)
    assert left[0] == pytest.approx([9, 5], abs=0.5)
    assert left[-1] == pytest.approx([22, 14], abs=0.5)
    assert stem[0] == pytest.approx([19, 5], abs=0.5)
    assert goes_down(stem)


def test_a_pointed_four_is_cut_at_its_top() -> None:
    left, stem = stroke_points(4, [(17.0, 4.5), (8.0, 16.0), (21.0, 16.0)], [(17.0, 4.5), (17.0, 23.5)])
    assert left[0] == pytest.approx([17, 4.5], abs=3)
    assert left[-1] == pytest.approx([21, 16], abs=0.5)
    assert stem[0] == pytest.approx([17, 4.5], abs=3)
    assert goes_down(stem)


def test_five_ends_with_its_bar() -> None:
    """The part that sticks out to the left is a stub, and the corner lies at its tip."""
    body, bar = stroke_points(5, *FIVE)
    assert body[0] == pytest.approx([7.5, 5.2], abs=0.7)
    assert goes_down(body)
    assert goes_right(bar)


@pytest.mark.parametrize("lines", [POINTED_FIVE, [POINTED_FIVE[0][::-1]]])
def test_a_five_in_one_stroke_is_cut_at_its_corner(lines: list[Line]) -> None:
    body, bar = stroke_points(5, *lines, radius=0.7)
    assert body[0] == pytest.approx([8.5, 5], abs=1.5)
    assert goes_down(body)
    assert goes_right(bar)
    assert bar[0] == pytest.approx(body[0], abs=0.01)
    assert bar[-1] == pytest.approx([20, 4.5], abs=0.5)


def test_six_starts_at_its_tip_and_ends_on_itself() -> None:
    (six,) = stroke_points(6, *SIX)
    assert six[0] == pytest.approx([17.5, 4.5], abs=0.5)
    assert turns(six) > 0.8
    assert np.hypot(*(six[: len(six) // 2] - six[-1]).T).min() < 0.3


def test_seven_goes_right_and_down_then_its_crossbar() -> None:
    (seven,) = stroke_points(7, *SEVEN)
    assert seven[0] == pytest.approx([8, 5], abs=0.5)
    assert seven[-1] == pytest.approx([13, 23.5], abs=0.5)
    body, bar = stroke_points(7, *BARRED_SEVEN)
    assert goes_down(body)
    assert goes_right(bar)


def test_eight_starts_at_the_top_and_goes_left() -> None:
    for lines in (EIGHT, [EIGHT[0][::-1]]):
        (eight,) = stroke_points(8, *lines)
        assert eight[0, 1] == pytest.approx(eight[:, 1].min(), abs=0.1)
        assert eight[8, 0] < eight[0, 0]
        assert turns(eight) == pytest.approx(0, abs=0.1)  # one turn in each direction


def test_nine_is_a_bow_and_then_a_stem() -> None:
    bow, stem = stroke_points(9, *NINE)
    assert turns(bow) > 0.6
    assert bow[0] == pytest.approx(stem[0], abs=0.01)
    assert goes_down(stem)
    assert stem[-1] == pytest.approx([16.5, 23.5], abs=0.5)
    assert np.hypot(*(stem - bow[-1]).T).min() < 0.4


def test_an_open_nine_is_one_stroke() -> None:
    """The stroke starts at the upper end of the bow and runs counterclockwise."""
    (nine,) = stroke_points(9, [*arc(13, 9.5, 4.7, 5, 20, 300), (17.5, 11.5), (16.5, 23.5)])
    assert nine[0] == pytest.approx([17.4, 7.8], abs=0.7)
    assert goes_down(nine)


@pytest.mark.parametrize("digit", range(10))
def test_the_order_and_direction_of_the_drawing_do_not_matter(digit: int) -> None:
    expected = stroke_points(digit, *DIGITS[digit])
    reversed_lines = stroke_points(digit, *(line[::-1] for line in DIGITS[digit][::-1]))
    assert len(expected) == len(reversed_lines)
    for one, two in zip(expected, reversed_lines, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_bow_without_an_upper_right_is_not_cut() -> None:
    short = Stroke(np.cumsum(np.ones((2, 4, 2)), axis=1), np.ones(3))
    assert bow_and_stem(short) == [short]
