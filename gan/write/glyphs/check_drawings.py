"""Check drawings of digits, and the strokes made from them, against rules.

The generator draws candidates, and simple visual rules select among them. A drawing
must be one connected shape with the right number of loops, full height and a usual
amount of ink. It must not be cut off at the border, have blots or blur, or nearly copy
an earlier drawing of the same digit. The candidate closest to the handwriting's slant
and weight is tried first, so that a line looks like one handwriting.

A drawing that follows these rules may still be misread: a closed 4 as a 9, or a 5
without its corner as an S. So there are also rules for the strokes. They are checked
before the strokes are inked for the classifier. Each rule has a name.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.components_and_marks import cover
from gan.write.options_and_limits import PENS
from gan.write.strokes_and_pages import Points, Strokes, along
from gan.write.vectorize import Redrawn
from gan.write.vectorize.measure_ink import (
    ENLARGED,
    SIZE,
    Mask,
    Picture,
    amount_of_ink,
    lean,
    likeness,
    loops,
    sizes,
)
from gan.write.vectorize.smooth import STEP

INK = 100  # lowest grey level of ink; 255 is black
FAINT = 50  # lowest grey level that does not count as paper
# lowest grey level of ink in a second count of loops, in which narrow loops close
OPEN = 70

# Measured on MNIST's 60,000 training images, for the digits 0 to 9. The 5th and 95th
# percentiles of the amount of ink, the sum of all grey levels divided by 255:
LEAST_INK = (85, 36, 71, 66, 59, 58, 64, 55, 74, 59)
MOST_INK = (194, 91, 169, 163, 140, 154, 160, 133, 172, 142)
# The median slant: the rightward shift per pixel of height, cov(x, -y) / var(y).
USUAL_LEAN = (0.21, 0.21, 0.10, 0.05, 0.05, 0.20, 0.03, 0.03, 0.17, 0.01)
# Allowed numbers of loops. A 2 may have a loop at its foot, and a 4 may be closed at
# the top.
LOOPS = ({1}, {0}, {0, 1}, {0}, {0, 1}, {0}, {1}, {0}, {2}, {1})

RULES = ("pieces", "loops", "flat", "ink", "border", "blot", "blur", "repeat")
# minimum fraction of the ink in the largest component; less means stray blobs
SMALLEST_MAIN_PIECE = 0.95
# maximum fraction of the ink that has two pixels of ink on every side, as in a filled
# loop; a normal stroke has no such ink
MOST_BLOT = 0.04
# maximum fraction of the ink at intermediate grey levels; below 0.55 in 90 % of real
# digits
MOST_BLUR = 0.6
# pixels at the border without ink in MNIST; ink there belongs to a shape that is cut
# off
BORDER = 1
# minimum number of rows with ink; MNIST fits digits into 20x20 pixels, so a shorter
# digit is too wide
LEAST_HEIGHT = 17
# maximum cosine similarity of two pictures; above this they look like copies
MOST_ALIKE = 0.9


def broken_rules(
    picture: Picture, digit: int, earlier: Sequence[Picture] = ()
) -> tuple[str, ...]:
    """Return the names of the rules that a drawing breaks.

    `earlier` are drawings that it must not repeat. A blank picture breaks all of RULES,
    and in addition "blank".
    """
    ink = picture >= INK
    area = np.count_nonzero(ink)
    if not area:
        return ("blank", *RULES)
    inner = ink[BORDER:-BORDER, BORDER:-BORDER]
    visible = picture >= FAINT
    grey = visible & (picture < 255 - FAINT)
    broken = {
        "pieces": sizes(ink).max() < SMALLEST_MAIN_PIECE * area,
        "loops": any(
            loops(picture >= level) not in LOOPS[digit] for level in (INK, OPEN)
        ),
        "flat": np.count_nonzero(ink.any(axis=1)) < LEAST_HEIGHT,
        "ink": not LEAST_INK[digit] <= amount_of_ink(picture) <= MOST_INK[digit],
        "border": np.count_nonzero(inner) < area,
        "blot": np.count_nonzero(_deep(ink)) > MOST_BLOT * area,
        "blur": np.count_nonzero(grey) > MOST_BLUR * np.count_nonzero(visible),
        "repeat": any(likeness(picture, other) > MOST_ALIKE for other in earlier),
    }
    return tuple(rule for rule in RULES if broken[rule])


def _deep(ink: Mask) -> Mask:
    """Return which pixels are the centre of 5x5 pixels of ink: (H - 4, W - 4).

    The result leaves out the two outermost rows and columns on each side of `ink`,
    (H, W), because everything outside the picture is paper.
    """
    rows = ink[:-4] & ink[1:-3] & ink[2:-2] & ink[3:-1] & ink[4:]
    return rows[:, :-4] & rows[:, 1:-3] & rows[:, 2:-2] & rows[:, 3:-1] & rows[:, 4:]


def oddness(
    picture: Picture, digit: int, slant: float = 0.0, weight: float = 1.0
) -> float:
    """Return how far a drawing deviates from the handwriting's usual ink and lean.

    `slant` is the handwriting's lean in addition to the digit's usual lean, and
    `weight` is a factor of its usual ink. The deviation of the ink is divided by the
    width of the digit's usual range, so that the two deviations are comparable.
    """
    more_ink = amount_of_ink(picture) - weight * usual_ink(digit)
    more_lean = lean(picture) - USUAL_LEAN[digit] - slant
    return float(np.hypot(more_ink / (MOST_INK[digit] - LEAST_INK[digit]), more_lean))


def usual_ink(digit: int) -> float:
    """Return the middle of a digit's usual range of ink, in units of a black pixel."""
    return (LEAST_INK[digit] + MOST_INK[digit]) / 2


# units; a drawing's ink counts as covered within this distance of the pen's ink
STRAY = 0.9
GRID = 4  # samples per unit
FELT = PENS["felt"]  # the wider pen; digits must be legible even with it
LEAST_LOOP = GRID * GRID // 4  # minimum area of a loop in samples: a quarter of a pixel
# minimum fraction of the drawing's ink that the pen covers
COVERED = 0.965
# minimum width of the hook at the start of a 2, as a fraction of the 2's height
SHORTEST_HOOK = 0.15
# maximum number of strokes in the digits 0 to 9
MOST_STROKES = (1, 3, 2, 2, 3, 3, 2, 2, 2, 2)

FORM_RULES = ("loops drawn", "cover", "strokes", "corner", "closed", "arms")


def faults(drawn: Redrawn, digit: int, mark: float = FELT.width) -> tuple[str, ...]:
    """Return the names of the FORM_RULES that the strokes of a drawing break.

    `mark` is the width of a felt tip's line in this handwriting, in units; loops must
    stay open at this width.
    """
    if not drawn.strokes:
        return FORM_RULES
    points, pressure, stroke = along(drawn.strokes, STEP)
    low = points.min(axis=0)
    high = points.max(axis=0)
    # corners as fractions of the strokes' bounding box
    corners = (drawn.corners - low) / np.maximum(high - low, 1.0)
    first = points[stroke == 0]
    holes = loops_drawn(ink_mask(points, FELT.radii(pressure, mark)))
    wide = ink_mask(points, FELT.radii(pressure, 2 * drawn.radius) + STRAY)
    step = ENLARGED // GRID
    ink = drawn.ink[::step, ::step]
    broken = {
        "loops drawn": holes not in LOOPS[digit],
        "cover": np.count_nonzero(wide & ink) < COVERED * np.count_nonzero(ink),
        "strokes": len(drawn.strokes) > MOST_STROKES[digit],
        "corner": not _has_its_corner(digit, corners, drawn.strokes),
        "closed": digit == 4 and holes == 1 and not (corners[:, 1] < 0.15).any(),
        "arms": (digit == 2 and _without_hook(first, low, high))
        or (digit == 4 and _like_a_y(first))
        or (digit == 7 and _like_a_t(first[0], low, high)),
    }
    return tuple(rule for rule in FORM_RULES if broken[rule])


def ink_mask(points: Points, radii: NDArray[np.float64]) -> Mask:
    """Return the ink of a pen with GRID samples per unit, (112, 112) bool.

    The pen leaves a disc at each of the points (n, 2). Points and radii are in units.
    Callers provide points STEP apart, which is at most one sample, so the line has no
    gaps.
    """
    mask = np.zeros((SIZE * GRID,) * 2, np.bool_)
    cover(mask, np.column_stack([points * GRID - 0.5, radii * GRID]))
    return mask


def loops_drawn(ink: Mask) -> int:
    """Return the number of loops in a result of `ink_mask`.

    The ink must not touch the border. Holes smaller than LEAST_LOOP are not counted,
    because they arise where two edges of a stroke touch. Regions of paper are connected
    through corners here, which makes no difference because ink is several samples wide.
    """
    # minus 1 for the paper around the digit
    return int(np.count_nonzero(sizes(~ink) >= LEAST_LOOP)) - 1


def inked(strokes: Strokes, mark: float = FELT.width) -> Mask:
    """Return the felt-tip ink of a placed digit (see `Form`), centred: (112, 112) bool.

    As in MNIST, the digit is scaled down if its longer side exceeds 20 pixels. `mark`
    is the width of the felt tip's line in units.
    """
    points, pressure, _ = along(strokes, STEP)
    scale = min(1.0, 20 / float(np.ptp(points, axis=0).max() + mark))
    points = (points - points.mean(axis=0)) * scale + SIZE / 2
    return ink_mask(points, FELT.radii(pressure, mark * scale))


def as_picture(ink: Mask) -> Picture:
    """Convert the result of `inked` to an MNIST-like picture, (28, 28) uint8."""
    # sum over rows first, because their samples are contiguous in memory
    points = ink.reshape(SIZE, GRID, SIZE * GRID).sum(axis=1, dtype=np.uint8)
    points = points.reshape(SIZE, SIZE, GRID).sum(axis=2, dtype=np.uint8)
    return np.rint(255 / GRID**2 * points).astype(np.uint8)


def _has_its_corner(digit: int, corners: NDArray[np.float64], strokes: Strokes) -> bool:
    """Return whether a 3 has the corner at its waist, or a 5 the corner at its bar.

    The corners, (n, 2), are fractions of the digit's box. The result is True for other
    digits, and for a 5 whose bar is a separate stroke.
    """
    x, y = corners.T
    if digit == 3:
        return bool(((y > 0.25) & (y < 0.75)).any())
    return digit != 5 or len(strokes) > 1 or bool(((y < 0.6) & (x < 0.6)).any())


def _without_hook(
    points: Points, low: NDArray[np.float64], high: NDArray[np.float64]
) -> bool:
    """Return whether a 2 lacks the hook at its start, left of its bow.

    A 1 and such a 2 would look like an R. `points` are those of the first stroke, and
    `low` and `high` are the corners of the box of all strokes.
    """
    x, y = points.T
    lower = int(np.argmax(y > (low[1] + high[1]) / 2))  # first point in the lower half
    hook = x[: max(1, lower)].max() - x[0]
    return bool(hook < SHORTEST_HOOK * (high[1] - low[1]))


def _like_a_y(left_part: Points) -> bool:
    """Return whether the left part of a 4 meets the stem downwards, as in a y."""
    before = left_part[max(0, len(left_part) - round(4 / STEP))]
    x, y = (left_part[-1] - before).tolist()
    return bool(abs(y) > abs(x))


def _like_a_t(
    start: Points, low: NDArray[np.float64], high: NDArray[np.float64]
) -> bool:
    """Return whether a 7 begins in the middle of its bar, like a T.

    `start` is the first point of the first stroke, and `low` and `high` are the corners
    of the box of all strokes.
    """
    return bool(start[0] > low[0] + 0.45 * (high[0] - low[0]))
