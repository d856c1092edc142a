"""Is a digit well formed? Rules for its strokes, before it is inked.

A drawing that passes for a digit among many may still be read wrongly alone: a closed 4 as a 9, a 5 without its corner
as an S, an 8 with a straight back as a B. Each rule has a name, and says what a pen would be asked to do better.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gan.write.capsules import capsules_of, scaled
from gan.write.choose import LOOPS
from gan.write.kernels.capsules import press
from gan.write.pens import PENS, Pen
from gan.write.redraw import Redrawn
from gan.write.shape import Mask, Picture, loops
from gan.write.skeleton import ENLARGED, SIZE
from gan.write.smooth import STEP
from gan.write.stroke import Strokes, box, leaning

STRAY = 0.9  # units: ink that is farther than this from what the pen inks is not covered
FINE = 0.01  # units between a curve and its straight pieces
COVERED = 0.965  # share of the drawing's ink that the pen must cover, give or take STRAY
MOST_STROKES = (1, 3, 2, 2, 3, 3, 2, 2, 2, 2)  # of the digits 0 to 9

FORM_RULES = ("loops drawn", "cover", "strokes", "corner", "closed", "arms")


def faults(drawn: Redrawn, digit: int) -> tuple[str, ...]:
    """Names of the rules that the strokes of a drawing break; empty if they are well formed."""
    if not drawn.strokes:
        return FORM_RULES
    left, top, right, bottom = box(drawn.strokes)
    height = max(bottom - top, 1.0)
    corners = (drawn.corners - np.array([left, top])) / np.array([max(right - left, 1.0), height])  # of the box, 0 to 1
    inked = ink_mask(drawn.strokes, 2 * drawn.radius)
    broken = {
        "loops drawn": loops(inked) not in LOOPS[digit],
        "cover": not _covers(drawn),
        "strokes": len(drawn.strokes) > MOST_STROKES[digit],
        "corner": not _has_its_corner(digit, corners, drawn.strokes),
        "closed": digit == 4 and loops(inked) == 1 and not (corners[:, 1] < 0.15).any(),
        "arms": digit == 4 and _like_a_y(drawn.strokes) or digit == 7 and _like_a_t(drawn.strokes, left, right),
    }
    return tuple(rule for rule in FORM_RULES if broken[rule])


def ink_mask(strokes: Strokes, mark: float, pen: Pen = PENS["felt"]) -> Mask:
    """What a pen leaves of strokes in a drawing's own 28x28 pixels, enlarged: (224, 224) bool."""
    field = np.ones((SIZE * ENLARGED,) * 2, np.float32)
    press(field, scaled(scaled(capsules_of(strokes, pen, mark, FINE), ENLARGED), 1.0, -0.5, -0.5), 1.0)
    inked: Mask = field < 0
    return inked


def as_picture(strokes: Strokes, mark: float = PENS["felt"].width) -> Picture:
    """Strokes of a digit that stands on a line (see `page.Form`), as MNIST would have them: (28, 28) uint8, ink 255.

    20 pixels high, the middle of the ink in the middle of the picture.
    """
    left, _, right, _ = box(strokes)
    scale = min(1.0, 20 / (right - left + mark))
    placed = tuple(stroke.bent(leaning(0.0, scale)).moved(SIZE / 2, SIZE / 2) for stroke in strokes)
    points = np.concatenate([stroke.sampled(STEP)[0] for stroke in placed])
    middle = points.mean(axis=0)
    placed = tuple(stroke.moved(*(SIZE / 2 - middle)) for stroke in placed)
    mask = ink_mask(placed, mark * scale)
    grey = mask.reshape(SIZE, ENLARGED, SIZE, ENLARGED).mean(axis=(1, 3))
    return np.rint(255 * grey).astype(np.uint8)


def _covers(drawn: Redrawn) -> bool:
    """Whether the pen inks nearly all that is drawn: the strokes, STRAY wider, leave next to nothing out."""
    wide = ink_mask(drawn.strokes, 2 * (drawn.radius + STRAY))
    return bool((wide & drawn.ink).sum() >= COVERED * drawn.ink.sum())


def _has_its_corner(digit: int, corners: NDArray[np.float64], strokes: Strokes) -> bool:
    """Whether a 3 has its point, and a 5 the corner at which its bar begins, where it may be cut; others need none.

    `corners` are shares of the width and height of the digit's box.
    """
    x, y = corners.T
    if digit == 3:
        return bool(((y > 0.25) & (y < 0.75)).any())
    return digit != 5 or len(strokes) > 1 or bool(((y < 0.6) & (x < 0.6)).any())


def _like_a_y(strokes: Strokes) -> bool:
    """A 4 whose left part runs down into the stem, where it should come to it level."""
    points, _ = strokes[0].sampled(0.5)
    last = points[-1] - points[max(0, len(points) - 9)]
    return bool(abs(last[1]) > abs(last[0]))


def _like_a_t(strokes: Strokes, left: float, right: float) -> bool:
    """A 7 whose stem begins in the middle of its bar."""
    return bool(strokes[0].curves[0, 0, 0] > left + 0.45 * (right - left))
