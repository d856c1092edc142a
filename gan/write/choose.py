"""Which of the generator's drawings may go on the paper.

The generator draws candidates, as a person might on scrap paper. The choice follows a few rules that can be checked by
eye: one connected shape, the loops this digit has, full height, a usual amount of ink, nothing cut off at the border,
no blots, no blur, and nothing that repeats an earlier copy of the same digit. The one nearest to the handwriting's
slant and weight is tried first, so that the line looks like one handwriting. What their strokes must be like:
formed.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gan.write.shape import Mask, Picture, amount_of_ink, lean, likeness, loops, sizes

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
