"""Drawings converted to strokes, which cover the ink and follow the order and direction of handwriting."""

from collections.abc import Sequence

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


FOOT = [(6.0, 23.5), (18.0, 23.5)]
OPEN_NINE = [[*arc(13, 9.5, 4.7, 5, 20, 300), (17.5, 11.5), (16.5, 23.5)]]
POINTED_FOUR = [[(17.0, 4.5), (8.0, 16.0), (21.0, 16.0)], [(17.0, 4.5), (17.0, 23.5)]]
POINTED_TWO = [[(7.0, 9.0), (14.0, 4.0), (17.0, 10.0), (8.0, 22.5), (20.0, 22.5)]]

# For each drawing: the digit, its lines, and the start and end of each stroke.
ENDS: dict[str, tuple[int, Sequence[Line], list[tuple[tuple[float, float], tuple[float, float]]]]] = {
    "1": (1, ONE, [((15.9, 4.6), (12.1, 23.4))]),
    "1 with a foot": (1, [*ONE, FOOT], [((15.9, 4.6), (12.5, 23.1)), ((6.2, 23.6), (17.7, 23.6))]),
    "2": (2, TWO, [((9.6, 6.6), (19.7, 22.6))]),
    "pointed 2": (2, POINTED_TWO, [((7.4, 8.6), (19.7, 22.6))]),
    "3": (3, THREE, [((9.2, 6.3), (8.8, 21.4))]),
    "4": (4, FOUR, [((8.9, 5.2), (21.8, 14.1)), ((18.9, 5.2), (17.4, 23.4))]),
    "pointed 4": (4, POINTED_FOUR, [((15.4, 7.3), (20.8, 16.1)), ((15.4, 7.3), (16.9, 23.6))]),
    "5 with a stub": (5, FIVE, [((8.0, 5.2), (9.4, 21.4)), ((8.0, 5.2), (20.3, 4.6))]),
    "6": (6, SIX, [((17.2, 4.8), (11.3, 11.2))]),
    "7": (7, SEVEN, [((8.1, 5.1), (13.1, 23.4))]),
    "7 with a bar": (7, BARRED_SEVEN, [((8.1, 5.1), (15.9, 23.6)), ((11.6, 14.6), (22.4, 14.1))]),
    "9": (9, NINE, [((17.0, 7.2), (16.6, 13.8)), ((17.0, 7.2), (16.4, 23.4))]),
    "open 9": (9, OPEN_NINE, [((17.2, 7.7), (16.4, 23.4))]),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_strokes_start_and_end_where_a_person_starts_and_ends(name: str) -> None:
    digit, lines, expected = ENDS[name]
    found = [(points[0], points[-1]) for points in stroke_points(digit, *lines)]
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=0.3)


@pytest.mark.parametrize("lines", [POINTED_FIVE, [POINTED_FIVE[0][::-1]]])
def test_a_five_in_one_stroke_is_cut_at_its_corner(lines: list[Line]) -> None:
    body, bar = stroke_points(5, *lines, radius=0.7)
    assert body[0] == pytest.approx([8.5, 5], abs=1.5)
    assert body[-1] == pytest.approx([9, 20.9], abs=1.5)
    assert bar[0] == pytest.approx(body[0], abs=0.01)
    assert bar[-1] == pytest.approx([20, 4.5], abs=0.5)


@pytest.mark.parametrize(
    ("digit", "drawing", "places"),
    [
        (2, TWO, [(9.1, 22.2)]),
        (2, POINTED_TWO, [(8.2, 22.1)]),  # the right turn at its top is none
        (3, THREE, [(15.8, 13.5)]),
        (5, FIVE, [(10.4, 5.9), (10.5, 11.0)]),
        (7, SEVEN, [(20.0, 5.1)]),
    ],
)
def test_corners(digit: int, drawing: Sequence[Line], places: list[tuple[float, float]]) -> None:
    np.testing.assert_allclose(redraw(drawn(*drawing), digit).corners, places, atol=0.3)


def test_rings_run_anticlockwise_from_the_top() -> None:
    for digit, expected, drawings in (
        (0, 1, (ZERO, [ZERO[0][::-1]], [arc(14, 14, 6, 9, 200, 560)])),
        (8, 0, (EIGHT, [EIGHT[0][::-1]])),  # one turn in each direction
    ):
        for lines in drawings:
            (ring,) = stroke_points(digit, *lines)
            assert turns(ring) == pytest.approx(expected, abs=0.1)
            np.testing.assert_allclose(ring[0], ring[-1], atol=0.01)
            assert ring[0, 1] == pytest.approx(ring[:, 1].min(), abs=0.1)
            assert ring[8, 0] < ring[0, 0]


def test_loops_of_a_six_and_a_nine_close() -> None:
    (six,), (bow, stem) = stroke_points(6, *SIX), stroke_points(9, *NINE)
    assert turns(six) > 0.8
    assert np.hypot(*(six[: len(six) // 2] - six[-1]).T).min() < 0.3
    assert turns(bow) > 0.6
    assert bow[0] == pytest.approx(stem[0], abs=0.01)
    assert np.hypot(*(stem - bow[-1]).T).min() < 0.4


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
