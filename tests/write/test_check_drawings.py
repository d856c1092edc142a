"""Rules for drawings and strokes: a case that breaks each rule, and real and handmade
digits that mostly pass.
"""

import re

import numpy as np
import pytest

from gan.write.glyphs import check_drawings as module
from gan.write.glyphs.check_drawings import (
    as_picture,
    broken_rules,
    faults,
    ink_mask,
    inked,
    loops_drawn,
)
from gan.write.strokes_and_pages import along
from gan.write.vectorize import Redrawn, redraw
from gan.write.vectorize.measure_ink import Picture, likeness
from gan.write.vectorize.smooth import STEP
from tests.helpers.digits import real_digits
from tests.helpers.drawings import DIGITS, ZERO, arc, drawn
from tests.helpers.strokes import circle
from tests.helpers.strokes import line as straight


@pytest.mark.parametrize("digit", range(10))
def test_many_real_digits_break_no_rule(digit: int) -> None:
    pictures = real_digits(digit)[:100]
    good = [picture for picture in pictures if not broken_rules(picture, digit)]
    assert 25 < len(good) < 100  # MNIST also contains poorly written digits
    redrawn = [redraw(picture, digit) for picture in pictures[:60]]
    assert [faults(drawing, digit) for drawing in redrawn].count(()) > 20


def test_a_blank_picture_breaks_all_rules() -> None:
    assert broken_rules(picture_of(), 3) == ("blank", *module.RULES)
    assert len(broken_rules(picture_of((0, 28, 0, 28)), 3)) < len(module.RULES)


def picture_of(*rectangles: tuple[int, ...]) -> Picture:
    """Return a picture with rectangles: top, bottom, left, right, and gray level if it
    is not black.
    """
    picture = np.zeros((28, 28), np.uint8)
    for top, bottom, left, right, *level in rectangles:
        picture[top:bottom, left:right] = level or 255
    return picture


RING = ((5, 23, 8, 20), (8, 20, 11, 17, 0))

# For each rule, a picture that just satisfies it and one that just breaks it.
LIMITS = {
    "blank": (picture_of((4, 24, 14, 17, 100)), picture_of((4, 24, 14, 17, 99))),
    "flat": (picture_of((4, 21, 14, 15)), picture_of((4, 20, 14, 15))),
    "border": (
        picture_of((1, 27, 1, 27)),
        picture_of((0, 26, 14, 15)),
    ),
    "border at the right": (
        picture_of((9, 10, 1, 27)),
        picture_of((9, 10, 1, 28)),
    ),
    "pieces": (  # pieces of 95 and 5 pixels, then of 94 and 6
        picture_of((2, 21, 5, 10), (25, 26, 5, 10)),
        picture_of((2, 21, 5, 10), (2, 3, 5, 6, 0), (25, 26, 5, 11)),
    ),
    "blur": (  # 60 gray pixels of 100, then 61 of 100
        picture_of(
            (4, 14, 5, 11, 204),
            (14, 18, 5, 15, 205),
            (20, 21, 20, 21, 49),
        ),
        picture_of(
            (4, 14, 5, 11, 204),
            (14, 18, 5, 15, 205),
            (14, 15, 5, 6, 50),
        ),
    ),
    "blot": (  # 4 of 100 pixels have ink within two pixels on all sides, then 4 of 99
        picture_of((2, 8, 2, 8), (10, 26, 4, 8)),
        picture_of(
            (2, 8, 2, 8),
            (10, 26, 4, 8),
            (25, 26, 7, 8, 0),
        ),
    ),
    "loops": (  # a 3 may have a ring closed by faint ink; stronger ink makes it a loop
        picture_of(*RING, (10, 14, 17, 20, 69)),
        picture_of(*RING, (10, 14, 17, 20, 70)),
    ),
    "ink": (  # a 3 must have ink worth at least 66 and at most 163 black pixels
        picture_of((4, 26, 8, 11)),
        picture_of((4, 26, 8, 11), (4, 5, 8, 9, 254)),
    ),
    "ink, too much": (
        picture_of((4, 20, 8, 18), (20, 21, 8, 11)),
        picture_of((4, 20, 8, 18), (20, 21, 8, 11), (21, 22, 8, 9, 1)),
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_each_rule_has_its_limit(name: str) -> None:
    accepted, refused = LIMITS[name]
    rule = re.split(r"\W", name)[0]
    assert rule not in broken_rules(accepted, 3)
    assert rule in broken_rules(refused, 3)


def test_every_rule_of_a_picture_has_a_limit() -> None:
    rules = {re.split(r"\W", name)[0] for name in LIMITS}
    assert rules | {"repeat"} == {"blank", *module.RULES}


def test_a_repeated_drawing_is_refused() -> None:
    drawn = picture_of((4, 24, 14, 15))
    similar = drawn.copy()
    other = drawn.copy()
    # 19 of 20 pixels are the same
    similar[4, 14] = 0
    similar[4, 15] = 255
    # 17 of 20 pixels are the same
    other[4:7, 14] = 0
    other[4:7, 15] = 255
    assert "repeat" in broken_rules(similar, 1, [np.zeros_like(drawn), drawn])
    assert "repeat" not in broken_rules(other, 1, [drawn])
    assert likeness(drawn, other) == pytest.approx(17 / 20)


# Stroke rules


# This is a 4 that looks like a 9.
SQUARE_TOP = [
    [(8.0, 5.0), (8.0, 14.0), (18.0, 14.0)],
    [(8.0, 5.0), (18.0, 5.0), (18.0, 23.5)],
]
# a 4 that looks like a Y
STANDING = [[(9.0, 4.5), (13.0, 14.0), (19.0, 4.5)], [(13.0, 14.0), (13.0, 23.5)]]
# a 7 that looks like a T
T_SHAPE = [[(6.0, 5.0), (21.0, 5.0)], [(13.5, 5.0), (13.5, 23.5)]]


def faults_of(digit: int, *lines: list[tuple[float, float]]) -> tuple[str, ...]:
    return faults(redraw(drawn(*lines), digit), digit)


@pytest.mark.parametrize("digit", range(10))
def test_handmade_digits_keep_every_rule(digit: int) -> None:
    assert faults_of(digit, *DIGITS[digit]) == ()


BROKEN = [
    ("loops drawn", 3, ZERO),
    (
        "strokes",
        1,
        [*T_SHAPE, [(6.0, 14.0), (21.0, 14.0)], [(6.0, 23.0), (21.0, 23.0)]],
    ),
    ("corner", 5, [arc(14, 14, 6, 8, 60, 300)]),
    ("closed", 4, SQUARE_TOP),
    # without a hook
    ("arms", 2, [[*arc(12.5, 9.5, 5, 5, 10, -30), (9.0, 22.0), (20.0, 22.5)]]),
    ("arms", 4, STANDING),
    ("arms", 7, T_SHAPE),
]


@pytest.mark.parametrize(("rule", "digit", "lines"), BROKEN)
def test_each_stroke_rule_can_be_broken(
    rule: str, digit: int, lines: list[list[tuple[float, float]]]
) -> None:
    assert rule in faults_of(digit, *lines)


def test_uncovered_ink_breaks_cover() -> None:
    whole = redraw(drawn(*DIGITS[4]), 4)
    half = Redrawn(whole.strokes[:1], whole.corners, whole.radius, whole.ink)
    assert "cover" in faults(half, 4)
    assert "cover" not in faults(whole, 4)


def test_a_digit_without_strokes_breaks_every_rule() -> None:
    nothing = Redrawn((), np.empty((0, 2)), 1.0, np.zeros((224, 224), bool))
    assert faults(nothing, 1) == module.FORM_RULES


def test_a_broad_pen_closes_a_small_loop() -> None:
    small = redraw(
        drawn(arc(14, 12, 2.6, 2.8, 0, 360), [(16.6, 12.0), (15.0, 23.5)], radius=0.8),
        9,
    )
    assert "loops drawn" not in faults(small, 9, mark=1.6)
    assert "loops drawn" in faults(small, 9, mark=5.5)


def test_narrow_hooks_are_no_loops() -> None:
    """A hook with an angle of a few degrees encloses grid points but is not a loop.

    A ring of any size is a loop.
    """
    for angle in np.linspace(5, 40, 36):
        turn = np.radians(angle)
        back = straight(6, 14, 6 + 15 * np.cos(turn), 14 + 15 * np.sin(turn))
        points, pressure, _ = along((straight(21, 14, 6, 14), back), STEP)
        assert loops_drawn(ink_mask(points, 0.9 * pressure)) == 0
    for radius in (1.6, 3.0, 9.0):
        points, pressure, _ = along((circle(14, 14, radius),), STEP)
        assert loops_drawn(ink_mask(points, 0.9 * pressure)) == 1


def test_as_picture_has_the_size_and_place_of_mnist() -> None:
    """The digit is at most 20 pixels high and centered, and its strokes are as wide as
    the pen.
    """
    picture = as_picture(inked((circle(9, -10, 9),), mark=2.0))
    rows, columns = np.nonzero(picture > 127)
    assert rows.min() == 4
    assert rows.max() == 23
    assert columns.min() == 4
    assert columns.max() == 23
    assert picture.sum() / 255 == pytest.approx(2 * np.pi * 9 * 2, rel=0.03)
    # longer than 20 pixels, so it is scaled down
    lying = as_picture(inked((straight(0, -5, 40, -5),), mark=2.0))
    assert np.flatnonzero((lying > 0).any(axis=0)).size in (20, 21)
