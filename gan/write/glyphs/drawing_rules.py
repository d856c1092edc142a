"""Which of the generator's drawings may go on the paper.

The generator draws candidates, as a person might on scrap paper. The choice follows a few rules that can be checked by
eye: one connected shape, the loops this digit has, full height, a usual amount of ink, nothing cut off at the border,
no blots, no blur, and nothing that repeats an earlier copy of the same digit. The one nearest to the handwriting's
slant and weight is tried first, so that the line looks like one handwriting. What their strokes must be like:
formed.py.

Is a digit well formed? Rules for its strokes, before it is inked.

A drawing that passes for a digit among many may still be read wrongly alone: a closed 4 as a 9, a 5 without its corner
as an S. Each rule has a name, and says what a pen would be asked to do better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.pixels import cover
from gan.write.page import Points, Strokes, along
from gan.write.request import PENS, Pen
from gan.write.vectorize.ink import ENLARGED, SIZE, Mask, Picture, amount_of_ink, lean, likeness, loops, sizes
from gan.write.vectorize.smooth import STEP
from gan.write.vectorize.vectorize import Redrawn

INK = 100  # grey level from which a pixel counts as ink, of 255
FAINT = 50  # grey level from which a pixel is not quite paper
OPEN = 70  # a loop must be open at this stricter level, too

# Measured on the 60,000 training images of MNIST, for the digits 0 to 9: 5th and 95th percentile of a picture's ink
# (sum of grey / 255) ...
LEAST_INK = (85, 36, 71, 66, 59, 58, 64, 55, 74, 59)
MOST_INK = (194, 91, 169, 163, 140, 154, 160, 133, 172, 142)
# ... and the median lean: how far the ink moves to the right for each pixel upwards, cov(x, -y) / var(y).
USUAL_LEAN = (0.21, 0.21, 0.10, 0.05, 0.05, 0.20, 0.03, 0.03, 0.17, 0.01)
# Loops that a well-written digit has. A 2 may have one at its foot, a 4 may be closed at the top.
LOOPS = ({1}, {0}, {0, 1}, {0}, {0, 1}, {0}, {1}, {0}, {2}, {1})

RULES = ("pieces", "loops", "flat", "ink", "border", "blot", "blur", "repeat")
SMALLEST_MAIN_PIECE = 0.95  # share of the ink in the largest piece; a smaller share means stray blobs
MOST_BLOT = 0.04  # share of the ink with ink for two pixels all around: a stroke has none, a filled loop has much
MOST_BLUR = 0.6  # share of the ink that is neither dark nor light; nine in ten real digits stay below 0.55
BORDER = 1  # pixel: MNIST leaves at least this free around its digits, so ink here means a cut-off shape
LEAST_HEIGHT = 17  # rows of ink: MNIST fits digits into 20x20 pixels, and a lower one is as wide as that, not high
MOST_ALIKE = 0.9  # cosine between two pictures; above it they read as a copy of one another


def broken_rules(picture: Picture, digit: int, earlier: Sequence[Picture] = ()) -> tuple[str, ...]:
    """Names of the rules that a drawing breaks; empty if it is fine. A blank picture breaks them all."""
    ink = picture >= INK
    area = np.count_nonzero(ink)
    if not area:
        return ("blank", *RULES)
    inner = ink[BORDER:-BORDER, BORDER:-BORDER]
    seen = picture >= FAINT
    grey = seen & (picture < 255 - FAINT)
    broken = {
        "pieces": sizes(ink).max() < SMALLEST_MAIN_PIECE * area,
        "loops": any(loops(picture >= level) not in LOOPS[digit] for level in (INK, OPEN)),
        "flat": np.count_nonzero(ink.any(axis=1)) < LEAST_HEIGHT,
        "ink": not LEAST_INK[digit] <= amount_of_ink(picture) <= MOST_INK[digit],
        "border": np.count_nonzero(inner) < area,
        "blot": np.count_nonzero(_deep(ink)) > MOST_BLOT * area,
        "blur": np.count_nonzero(grey) > MOST_BLUR * np.count_nonzero(seen),
        "repeat": any(likeness(picture, other) > MOST_ALIKE for other in earlier),
    }
    return tuple(rule for rule in RULES if broken[rule])


def _deep(ink: Mask) -> Mask:
    """What has ink for two pixels all around, along the columns and then along the rows; beyond lies paper."""
    deep = np.zeros_like(ink)
    rows = ink[:-4] & ink[1:-3] & ink[2:-2] & ink[3:-1] & ink[4:]
    deep[2:-2, 2:-2] = rows[:, :-4] & rows[:, 1:-3] & rows[:, 2:-2] & rows[:, 3:-1] & rows[:, 4:]
    return deep


def oddness(picture: Picture, digit: int, slant: float = 0.0, weight: float = 1.0) -> float:
    """Distance from the handwriting's ink, in units of its spread (5th to 95th percentile), and from its lean."""
    ink = (amount_of_ink(picture) - weight * usual_ink(digit)) / (MOST_INK[digit] - LEAST_INK[digit])
    return float(np.hypot(ink, lean(picture) - USUAL_LEAN[digit] - slant))


def usual_ink(digit: int) -> float:
    """Midway between little and much ink for a digit, in full pixels."""
    return (LEAST_INK[digit] + MOST_INK[digit]) / 2


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
