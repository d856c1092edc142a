"""Rules for drawings of digits, and for the strokes made from them.

The generator draws candidates. Rules that can be checked by eye select among the pictures: one connected shape, the
loops of the digit, full height, a usual amount of ink, no cut-off border, no blots, no blur, and no near copy of an
earlier drawing of the same digit. The candidate closest to the handwriting's slant and weight is tried first, so that a
line looks like one handwriting.

A drawing that passes among others may still be misread alone: a closed 4 as a 9, a 5 without its corner as an S. So the
strokes have rules, too, each with a name, checked before inking.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.pixels import cover
from gan.write.request import PENS, Pen
from gan.write.vectorize.ink import ENLARGED, SIZE, Mask, Picture, amount_of_ink, lean, likeness, loops, sizes
from gan.write.vectorize.smooth import STEP
from gan.write.vectorize.vectorize import Redrawn
from gan.write.writing import Points, Strokes, along

INK = 100  # least grey level of ink, of 255
FAINT = 50  # least grey level that is not paper
OPEN = 70  # loops must be open at this stricter level, too

# Measured on the 60,000 training images of MNIST, for the digits 0 to 9: 5th and 95th percentile of the ink (sum of
# grey / 255) ...
LEAST_INK = (85, 36, 71, 66, 59, 58, 64, 55, 74, 59)
MOST_INK = (194, 91, 169, 163, 140, 154, 160, 133, 172, 142)
# ... and the median lean: shift to the right per pixel upwards, cov(x, -y) / var(y).
USUAL_LEAN = (0.21, 0.21, 0.10, 0.05, 0.05, 0.20, 0.03, 0.03, 0.17, 0.01)
# Allowed numbers of loops. A 2 may have one at its foot, a 4 may be closed at the top.
LOOPS = ({1}, {0}, {0, 1}, {0}, {0, 1}, {0}, {1}, {0}, {2}, {1})

RULES = ("pieces", "loops", "flat", "ink", "border", "blot", "blur", "repeat")
SMALLEST_MAIN_PIECE = 0.95  # least share of the ink in the largest component; less means stray blobs
MOST_BLOT = 0.04  # share of ink with ink for two pixels all around: none in a stroke, much in a filled loop
MOST_BLUR = 0.6  # share of the ink that is neither dark nor light; below 0.55 in 90 % of real digits
BORDER = 1  # pixels that MNIST leaves free around its digits: ink here is a cut-off shape
LEAST_HEIGHT = 17  # rows of ink: MNIST fits digits into 20x20 pixels, so a lower one is too wide
MOST_ALIKE = 0.9  # cosine between two pictures; above it they look like copies


def broken_rules(picture: Picture, digit: int, earlier: Sequence[Picture] = ()) -> tuple[str, ...]:
    """Return the names of the rules that a drawing breaks. A blank picture breaks them all."""
    ink = picture >= INK
    area = np.count_nonzero(ink)
    if not area:
        return ("blank", *RULES)
    inner = ink[BORDER:-BORDER, BORDER:-BORDER]
    visible = picture >= FAINT
    grey = visible & (picture < 255 - FAINT)
    broken = {
        "pieces": sizes(ink).max() < SMALLEST_MAIN_PIECE * area,
        "loops": any(loops(picture >= level) not in LOOPS[digit] for level in (INK, OPEN)),
        "flat": np.count_nonzero(ink.any(axis=1)) < LEAST_HEIGHT,
        "ink": not LEAST_INK[digit] <= amount_of_ink(picture) <= MOST_INK[digit],
        "border": np.count_nonzero(inner) < area,
        "blot": np.count_nonzero(_deep(ink)) > MOST_BLOT * area,
        "blur": np.count_nonzero(grey) > MOST_BLUR * np.count_nonzero(visible),
        "repeat": any(likeness(picture, other) > MOST_ALIKE for other in earlier),
    }
    return tuple(rule for rule in RULES if broken[rule])


def _deep(ink: Mask) -> Mask:
    """Return the ink with ink for two pixels all around, first along columns, then along rows; outside is paper."""
    deep = np.zeros_like(ink)
    rows = ink[:-4] & ink[1:-3] & ink[2:-2] & ink[3:-1] & ink[4:]
    deep[2:-2, 2:-2] = rows[:, :-4] & rows[:, 1:-3] & rows[:, 2:-2] & rows[:, 3:-1] & rows[:, 4:]
    return deep


def oddness(picture: Picture, digit: int, slant: float = 0.0, weight: float = 1.0) -> float:
    """Return the distance from the handwriting's ink, in units of its spread (5th to 95th percentile), and lean."""
    ink = (amount_of_ink(picture) - weight * usual_ink(digit)) / (MOST_INK[digit] - LEAST_INK[digit])
    return float(np.hypot(ink, lean(picture) - USUAL_LEAN[digit] - slant))


def usual_ink(digit: int) -> float:
    """Return the middle of the usual range of ink for a digit, in full pixels."""
    return (LEAST_INK[digit] + MOST_INK[digit]) / 2


STRAY = 0.9  # units: ink within this distance of the pen's ink is covered
GRID = 4  # samples per unit
FELT = PENS["felt"]  # the wider pen, in which a digit must be legible
LEAST_LOOP = GRID * GRID // 4  # samples: a quarter of a pixel
COVERED = 0.965  # least share of the drawing's ink that the pen covers, within STRAY
MOST_STROKES = (1, 3, 2, 2, 3, 3, 2, 2, 2, 2)  # of the digits 0 to 9

FORM_RULES = ("loops drawn", "cover", "strokes", "corner", "closed", "arms")


def faults(drawn: Redrawn, digit: int, mark: float = FELT.width) -> tuple[str, ...]:
    """Return the names of the rules that the strokes of a drawing break.

    `mark`: width of the felt tip's mark in this handwriting, in units; loops must stay open under it.
    """
    if not drawn.strokes:
        return FORM_RULES
    points, pressure, stroke = along(drawn.strokes, STEP)
    low, high = points.min(axis=0), points.max(axis=0)
    corners = (drawn.corners - low) / np.maximum(high - low, 1.0)  # fractions of the box
    holes = loops_drawn(ink_mask(points, FELT.radii(pressure, mark)))
    wide = ink_mask(points, FELT.radii(pressure, 2 * drawn.radius) + STRAY)
    ink = drawn.ink[:: ENLARGED // GRID, :: ENLARGED // GRID]
    broken = {
        "loops drawn": holes not in LOOPS[digit],
        "cover": np.count_nonzero(wide & ink) < COVERED * np.count_nonzero(ink),
        "strokes": len(drawn.strokes) > MOST_STROKES[digit],
        "corner": not _has_its_corner(digit, corners, drawn.strokes),
        "closed": digit == 4 and holes == 1 and not (corners[:, 1] < 0.15).any(),
        "arms": (digit == 4 and _like_a_y(points[stroke == 0])) or (digit == 7 and _like_a_t(points[0], low, high)),
    }
    return tuple(rule for rule in FORM_RULES if broken[rule])


def ink_mask(points: Points, radii: NDArray[np.float64]) -> Mask:
    """Return the inked samples of a 28x28 picture, enlarged GRID times: (112, 112) bool.

    The pen leaves a disc at each point, (n, 2) in units; points are STEP apart, at most one sample.
    """
    mask = np.zeros((SIZE * GRID,) * 2, np.bool_)
    cover(mask, np.column_stack([points * GRID - 0.5, radii * GRID]))
    return mask


def loops_drawn(ink: Mask) -> int:
    """Return the number of loops on the samples of `ink_mask`; the ink must not touch the border.

    Ink is several samples wide, so paper is connected through corners; holes below LEAST_LOOP are where two edges of a
    stroke touch.
    """
    return int(np.count_nonzero(sizes(~ink) >= LEAST_LOOP)) - 1  # without the paper around


def inked(strokes: Strokes, mark: float = FELT.width, pen: Pen = FELT) -> Mask:
    """Return the ink of a placed digit (see `page.Form`), centred in MNIST's pixels: (112, 112) bool.

    As in MNIST, it is scaled down if its longer side exceeds 20 pixels. `mark`: width of the pen's mark, in units.
    """
    points, pressure, _ = along(strokes, STEP)
    scale = min(1.0, 20 / float(np.ptp(points, axis=0).max() + mark))
    points = (points - points.mean(axis=0)) * scale + SIZE / 2
    return ink_mask(points, pen.radii(pressure, mark * scale))


def as_picture(ink: Mask) -> Picture:
    """Convert the result of `inked` to a picture as in MNIST: (28, 28) uint8, ink 255."""
    points = ink.reshape(SIZE, GRID, SIZE * GRID).sum(axis=1, dtype=np.uint8)  # whole rows first: contiguous memory
    points = points.reshape(SIZE, SIZE, GRID).sum(axis=2, dtype=np.uint8)
    return np.rint(255 / GRID**2 * points).astype(np.uint8)


def _has_its_corner(digit: int, corners: NDArray[np.float64], strokes: Strokes) -> bool:
    """Whether a 3 has its point, and a 5 the corner where its bar begins or a second stroke; True for other digits.

    `corners` are fractions of the width and height of the digit's box.
    """
    x, y = corners.T
    if digit == 3:
        return bool(((y > 0.25) & (y < 0.75)).any())
    return digit != 5 or len(strokes) > 1 or bool(((y < 0.6) & (x < 0.6)).any())


def _like_a_y(left_part: Points) -> bool:
    """Whether the left part of a 4 runs down into the stem instead of meeting it level."""
    x, y = (left_part[-1] - left_part[max(0, len(left_part) - round(4 / STEP))]).tolist()
    return bool(abs(y) > abs(x))


def _like_a_t(start: Points, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    """Whether the stem of a 7 begins in the middle of its bar; low and high are the corners of its box."""
    return bool(start[0] > low[0] + 0.45 * (high[0] - low[0]))
