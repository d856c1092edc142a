"""Is a digit well formed? Rules for its strokes, before it is inked.

A drawing that passes for a digit among many may still be read wrongly alone: a closed 4 as a 9, a 5 without its corner
as an S. Each rule has a name, and says what a pen would be asked to do better.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gan.write.choose import LOOPS
from gan.write.kernels.discs import cover
from gan.write.pens import PENS, Pen
from gan.write.redraw import Redrawn
from gan.write.shape import Mask, Picture, sizes
from gan.write.skeleton import ENLARGED, SIZE
from gan.write.smooth import STEP
from gan.write.stroke import Points, Strokes, along

STRAY = 0.9  # units: ink that is farther than this from what the pen inks is not covered
GRID = 4  # points for each unit
FELT = PENS["felt"]  # what a digit must be read in: the wider pen
LEAST_LOOP = GRID * GRID // 4  # points: a quarter of a pixel
COVERED = 0.965  # share of the drawing's ink that the pen must cover, give or take STRAY
MOST_STROKES = (1, 3, 2, 2, 3, 3, 2, 2, 2, 2)  # of the digits 0 to 9

FORM_RULES = ("loops drawn", "cover", "strokes", "corner", "closed", "arms")


def faults(drawn: Redrawn, digit: int, mark: float = FELT.width) -> tuple[str, ...]:
    """Names of the rules that the strokes of a drawing break; empty if they are well formed.

    `mark`: how wide the felt tip's mark is in this handwriting, in units; loops must stay open under it.
    """
    if not drawn.strokes:
        return FORM_RULES
    points, pressure, whose = along(drawn.strokes, STEP)
    low, high = points.min(axis=0), points.max(axis=0)
    corners = (drawn.corners - low) / np.maximum(high - low, 1.0)  # of the box, 0 to 1
    holes = loops_drawn(ink_mask(points, FELT.radii(pressure, mark)))
    wide = ink_mask(points, FELT.radii(pressure, 2 * drawn.radius) + STRAY)
    ink = drawn.ink[:: ENLARGED // GRID, :: ENLARGED // GRID]
    broken = {
        "loops drawn": holes not in LOOPS[digit],
        "cover": np.count_nonzero(wide & ink) < COVERED * np.count_nonzero(ink),
        "strokes": len(drawn.strokes) > MOST_STROKES[digit],
        "corner": not _has_its_corner(digit, corners, drawn.strokes),
        "closed": digit == 4 and holes == 1 and not (corners[:, 1] < 0.15).any(),
        "arms": (digit == 4 and _like_a_y(points[whose == 0])) or (digit == 7 and _like_a_t(points[0], low, high)),
    }
    return tuple(rule for rule in FORM_RULES if broken[rule])


def ink_mask(points: Points, radii: NDArray[np.float64]) -> Mask:
    """Which points of a drawing's 28x28 pixels, enlarged GRID times, are inked: (112, 112) bool.

    The pen leaves a disc at each place, (n, 2) in units: STEP apart, that is a point of the grid or less.
    """
    mask = np.zeros((SIZE * GRID,) * 2, np.bool_)
    cover(mask, np.column_stack([points * GRID - 0.5, radii * GRID]))
    return mask


def loops_drawn(ink: Mask) -> int:
    """How many stretches of paper a pen encloses, on the points of `ink_mask`; some paper must lie all around.

    Ink is several points wide, so paper hangs together through corners, and what is smaller than LEAST_LOOP is where
    two edges of a stroke run together.
    """
    return int(np.count_nonzero(sizes(~ink) >= LEAST_LOOP)) - 1  # of the paper around, and of each loop


def inked(strokes: Strokes, mark: float = FELT.width, pen: Pen = FELT) -> Mask:
    """The ink of a digit that stands on a line (see `page.Form`), in the middle of MNIST's pixels: (112, 112) bool.

    As MNIST has it: made smaller where its longer side is more than 20 pixels. `mark`: the pen's, in units.
    """
    points, pressure, _ = along(strokes, STEP)
    scale = min(1.0, 20 / float(np.ptp(points, axis=0).max() + mark))
    points = (points - points.mean(axis=0)) * scale + SIZE / 2
    return ink_mask(points, pen.radii(pressure, mark * scale))


def as_picture(ink: Mask) -> Picture:
    """What `inked` gives, as MNIST has its pictures: (28, 28) uint8, ink 255."""
    points = ink.reshape(SIZE, GRID, SIZE * GRID).sum(axis=1, dtype=np.uint8)  # whole rows first: no long way in memory
    points = points.reshape(SIZE, SIZE, GRID).sum(axis=2, dtype=np.uint8)
    return np.rint(255 / GRID**2 * points).astype(np.uint8)


def _has_its_corner(digit: int, corners: NDArray[np.float64], strokes: Strokes) -> bool:
    """Whether a 3 has its point, and a 5 the corner at which its bar begins, where it may be cut; others need none.

    `corners` are shares of the width and height of the digit's box.
    """
    x, y = corners.T
    if digit == 3:
        return bool(((y > 0.25) & (y < 0.75)).any())
    return digit != 5 or len(strokes) > 1 or bool(((y < 0.6) & (x < 0.6)).any())


def _like_a_y(left_part: Points) -> bool:
    """A 4 whose left part runs down into the stem, where it should come to it level."""
    x, y = (left_part[-1] - left_part[max(0, len(left_part) - round(4 / STEP))]).tolist()
    return bool(abs(y) > abs(x))


def _like_a_t(start: Points, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    """A 7 whose stem begins in the middle of its bar, between the low and the high end of its box."""
    return bool(start[0] > low[0] + 0.45 * (high[0] - low[0]))
