"""Every rule for strokes is broken once on purpose; hand-made digits keep them all."""

import numpy as np
import pytest
from drawings import DIGITS, FOUR, POINTED_FIVE, ZERO, arc, drawn, to_lines
from strokes import circle, dot
from strokes import line as straight

from gan.classifier.network import classify, load_classifier
from gan.data import load
from gan.write.glyphs.drawing_rules import FORM_RULES, GRID, as_picture, faults, ink_mask, inked, loops_drawn
from gan.write.page import along
from gan.write.request import PENS
from gan.write.vectorize.ink import SIZE, loops
from gan.write.vectorize.smooth import STEP
from gan.write.vectorize.vectorize import Redrawn, redraw

SQUARE_TOP = [[(8.0, 5.0), (8.0, 14.0), (18.0, 14.0)], [(8.0, 5.0), (18.0, 5.0), (18.0, 23.5)]]  # a 4 like a 9
STANDING = [[(9.0, 4.5), (13.0, 14.0), (19.0, 4.5)], [(13.0, 14.0), (13.0, 23.5)]]  # like a Y
T_SHAPE = [[(6.0, 5.0), (21.0, 5.0)], [(13.5, 5.0), (13.5, 23.5)]]  # a 7 like a T


def faults_of(digit: int, *lines: list[tuple[float, float]], radius: float = 1.25) -> tuple[str, ...]:
    return faults(redraw(drawn(*lines, radius=radius), digit), digit)


@pytest.mark.parametrize("digit", range(10))
def test_hand_made_digits_are_well_formed(digit: int) -> None:
    assert faults_of(digit, *DIGITS[digit]) == ()


@pytest.mark.parametrize("digit", range(10))
def test_many_real_digits_are_well_formed(digit: int) -> None:
    sample = load()
    pictures = sample.images[sample.labels == digit][:60]
    assert sum(not faults(redraw(picture, digit), digit) for picture in pictures) > 20


BROKEN = {
    "loops drawn": (3, ZERO),
    "strokes": (1, [*T_SHAPE, [(6.0, 14.0), (21.0, 14.0)], [(6.0, 23.0), (21.0, 23.0)]]),
    "corner": (5, [arc(14, 14, 6, 8, 60, 300)]),
    "closed": (4, SQUARE_TOP),
    "arms": (7, T_SHAPE),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_can_be_broken(rule: str) -> None:
    digit, lines = BROKEN[rule]
    assert rule in faults_of(digit, *lines)


def test_a_four_like_a_y() -> None:
    assert "arms" in faults_of(4, *STANDING)
    assert "arms" not in faults_of(4, *FOUR)


def test_ink_that_the_strokes_leave_out() -> None:
    whole = redraw(drawn(*DIGITS[4]), 4)
    half = Redrawn(whole.strokes[:1], whole.corners, whole.radius, whole.ink)
    assert "cover" in faults(half, 4)
    assert "cover" not in faults(whole, 4)


def test_without_strokes_all_is_broken() -> None:
    nothing = Redrawn((), np.empty((0, 2)), 1.0, np.zeros((224, 224), bool))
    assert faults(nothing, 1) == FORM_RULES


def test_a_heavy_handwriting_closes_a_small_loop() -> None:
    small = redraw(drawn(arc(14, 12, 2.6, 2.8, 0, 360), [(16.6, 12.0), (15.0, 23.5)], radius=0.8), 9)
    assert "loops drawn" not in faults(small, 9, mark=1.6)
    assert "loops drawn" in faults(small, 9, mark=5.5)


def test_a_five_with_a_corner_or_a_bar() -> None:
    assert "corner" not in faults_of(5, *POINTED_FIVE, radius=0.7)
    assert "corner" not in faults_of(5, *DIGITS[5])


def test_the_mask_is_what_lies_near_enough() -> None:
    strokes = (circle(14, 14, 8), straight(4, 4, 24, 9))
    points, _, whose = along(strokes, 0.05)
    mask = ink_mask(points, np.full(len(points), 1.3))[::3, ::3]
    at = (np.stack(np.meshgrid(*[np.arange(0, SIZE * GRID, 3)] * 2), axis=-1) + 0.5) / GRID
    lines = [list(map(tuple, points[whose == i])) for i in (0, 1)]
    away = to_lines(at.reshape(-1, 2), *lines).reshape(mask.shape)
    sure = np.abs(away - 1.3) > 0.02
    np.testing.assert_array_equal(mask[sure], (away < 1.3)[sure])


def test_where_two_edges_run_together_is_no_loop() -> None:
    """A hook of a few degrees encloses points of the grid here and there; a ring is a loop however small it is."""
    for angle in np.linspace(5, 40, 36):
        tip = np.array([6.0, 14.0]) + 15 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        points, pressure, _ = along((straight(21, 14, 6, 14), straight(6, 14, *tip)), STEP)
        assert loops_drawn(ink_mask(points, 0.9 * pressure)) == 0
    for radius in (1.6, 3.0, 9.0):
        points, pressure, _ = along((circle(14, 14, radius),), STEP)
        assert loops_drawn(ink_mask(points, 0.9 * pressure)) == 1


def test_strokes_as_a_picture_of_mnist() -> None:
    """20 pixels high at most, in the middle, and as wide as the pen."""
    picture = as_picture(inked((circle(9, -10, 9),), mark=2.0))
    ink = picture > 127
    assert picture.shape == (28, 28)
    assert picture.dtype == np.uint8
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (4, 23, 4, 23)
    assert loops(ink) == 1
    assert picture.sum() / 255 == pytest.approx(2 * np.pi * 9 * 2, rel=0.03)
    assert (as_picture(inked((dot(3, -2),))) > 0).sum() >= 4
    thin = inked((line_ := straight(0, -19, 0, -1),), mark=0.9, pen=PENS["ballpoint"])
    assert thin.sum() / GRID**2 == pytest.approx(0.9 * 18 + np.pi * 0.45**2, rel=0.15)
    assert inked((line_,), mark=2.0).sum() > 2 * thin.sum()
    lying = as_picture(inked((straight(0, -5, 40, -5),), mark=2.0))  # farther than 20 pixels: made smaller
    assert np.flatnonzero((lying > 0).any(axis=0)).size in (20, 21)


def test_the_classifier_reads_hand_made_digits_as_they_are_judged() -> None:
    pictures = np.stack([as_picture(inked(redraw(drawn(*lines), digit).strokes)) for digit, lines in enumerate(DIGITS)])
    digits, _ = classify(load_classifier(), pictures)
    assert (digits == np.arange(10)).sum() >= 9
