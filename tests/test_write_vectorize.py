"""Real digits as strokes: they lie on the ink, cover it, hang together, and come in one way alone."""

import numpy as np
import pytest
from drawings import BARRED_SEVEN, DIGITS, EIGHT, drawn

from gan.data import load
from gan.write.glyphs.drawing_rules import ink_mask
from gan.write.page import along
from gan.write.request import PENS
from gan.write.vectorize.ink import ENLARGED, Picture
from gan.write.vectorize.vectorize import ROUND, SPECK, redraw

SAMPLE = load()
FELT = PENS["felt"]


def real(digit: int, n: int = 25) -> Picture:
    return SAMPLE.images[SAMPLE.labels == digit][::20][:n]


@pytest.mark.parametrize("digit", range(10))
def test_strokes_of_real_digits_lie_on_their_ink_and_cover_it(digit: int) -> None:
    covered = []
    for picture in real(digit):
        drawn_ = redraw(picture, digit)
        points, pressure, _ = along(drawn_.strokes, 0.25)
        columns, rows = np.clip((points * ENLARGED).astype(int), 0, len(drawn_.ink) - 1).T
        assert drawn_.ink[rows, columns].mean() > 0.95
        wide = ink_mask(points, FELT.radii(pressure, 2 * drawn_.radius) + 0.9)
        ink = drawn_.ink[::2, ::2]
        covered.append((wide & ink).sum() / ink.sum())
    assert np.median(covered) > 0.975
    assert min(covered) > 0.6  # a blot, or specks


@pytest.mark.parametrize("digit", range(10))
def test_strokes_hang_together_and_are_no_specks(digit: int) -> None:
    for picture in real(digit, 12):
        drawn_ = redraw(picture, digit)
        for stroke in drawn_.strokes:
            assert stroke.curves.shape[1:] == (4, 2)
            assert len(stroke.pressure) == len(stroke.curves) + 1
            assert (stroke.pressure > 0).all()
            np.testing.assert_allclose(stroke.curves[1:, 0], stroke.curves[:-1, 3], atol=0.02)
            points, _ = stroke.sampled(0.1)
            assert np.hypot(*np.diff(points, axis=0).T).sum() > 0.5 * SPECK
        assert len(drawn_.corners) == 0 or digit not in ROUND


def test_the_same_drawing_gives_the_same_strokes_and_is_left_alone() -> None:
    picture = real(3)[0].copy()
    kept = picture.copy()
    one, two = redraw(picture, 3), redraw(picture, 3)
    assert [s.curves.tobytes() for s in one.strokes] == [s.curves.tobytes() for s in two.strokes]
    np.testing.assert_array_equal(picture, kept)


@pytest.mark.parametrize(("digit", "count"), list(enumerate([1, 1, 1, 1, 2, 2, 1, 1, 1, 2])))
def test_how_many_strokes_hand_made_digits_have(digit: int, count: int) -> None:
    assert len(redraw(drawn(*DIGITS[digit]), digit).strokes) == count


@pytest.mark.parametrize("radius", [0.9, 1.3, 1.7])
def test_the_radius_is_half_the_ink_and_pressure_is_1(radius: float) -> None:
    drawn_ = redraw(drawn(*BARRED_SEVEN, radius=radius), 7)
    assert drawn_.radius == pytest.approx(radius, abs=0.25)
    pressure = np.concatenate([stroke.pressure for stroke in drawn_.strokes])
    assert np.median(pressure) == pytest.approx(1, abs=0.1)


def test_the_crossing_of_an_eight_is_no_lump() -> None:
    """There the ink is wider, and thinning bends the line; the stroke goes straight through."""
    (stroke,) = redraw(drawn(*EIGHT), 8).strokes
    points, pressure = stroke.sampled(0.25)
    near = np.hypot(*(points - [14, 14]).T) < 3
    assert pressure[near].max() < 1.35
    steps = np.diff(points, axis=0)
    turns = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
    assert turns[near[1:-1]].max() < 0.15  # radians in a quarter of a unit


def test_specks_alone_are_no_strokes() -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[5, 5] = picture[20, 20] = 255
    drawn_ = redraw(picture, 1)
    assert (drawn_.strokes, drawn_.corners.shape) == ((), (0, 2))


@pytest.mark.parametrize("digit", range(10))
def test_noise_and_all_ink_are_drawn_without_a_word(digit: int) -> None:
    """What a network draws before it has learned anything."""
    noise = np.random.default_rng(digit).integers(0, 256, (28, 28), dtype=np.uint8)
    full = np.full((28, 28), 255, np.uint8)
    for picture in (noise, full):
        assert all(np.isfinite(stroke.curves).all() for stroke in redraw(picture, digit).strokes)
