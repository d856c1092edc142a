"""Which of the generator's drawings goes on the paper.

For every digit the generator draws a dozen candidates, as a person might on scrap paper. The choice follows a few
rules that can be checked by eye: one connected shape, the loops this digit has, full height, a usual amount of ink,
nothing cut off at the border, no blots, no blur, and nothing that repeats an earlier copy of the same digit. Of the
candidates that break the fewest rules, the one nearest to the hand's slant and weight is taken, so that the line looks
like one hand.

No network judges here. A candidate can pass every rule and still be a poor digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gan.write.shape import Mask, Picture, amount_of_ink, euler_number, lean, likeness, pieces

CANDIDATES = 12  # with half of all drawings acceptable, 12 leave one chance in 4000 of none
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


@dataclass(frozen=True)
class Choice:
    """The candidate taken, its number among the candidates, and the rules it breaks (mostly none)."""

    picture: Picture  # (28, 28)
    index: int
    broken: tuple[str, ...]


def ranked(
    candidates: Picture, digit: int, earlier: Sequence[Picture] = (), slant: float = 0.0, weight: float = 1.0
) -> list[Choice]:
    """All of several drawings of one digit, the best first.

    Parameters
    ----------
    candidates
        (n, 28, 28) uint8, ink 255.
    digit
        0 to 9: what the drawings should show.
    earlier
        Pictures of the same digit that already stand in this number.
    slant, weight
        Of the hand that writes: lean beyond the usual, in pixels a pixel, and ink times the usual.

    Returns
    -------
    list of Choice
        Fewest broken rules first, then least odd, then first drawn: the same candidates give the same order.
    """
    broken = [broken_rules(picture, digit, earlier) for picture in candidates]
    order = sorted(range(len(broken)), key=lambda i: (len(broken[i]), oddness(candidates[i], digit, slant, weight), i))
    return [Choice(candidates[i], i, broken[i]) for i in order]


def broken_rules(picture: Picture, digit: int, earlier: Sequence[Picture] = ()) -> tuple[str, ...]:
    """Names of the rules that a drawing breaks; empty if it is fine. A blank picture breaks them all."""
    ink = picture >= INK
    if not ink.any():
        return ("blank", *RULES)
    parts = pieces(ink)
    inner = ink[BORDER:-BORDER, BORDER:-BORDER]
    grey = (picture >= FAINT) & (picture < 255 - FAINT)
    broken = {
        "pieces": parts[0].sum() < SMALLEST_MAIN_PIECE * ink.sum(),
        "loops": any(_loops(picture >= level) not in LOOPS[digit] for level in (INK, OPEN)),
        "flat": ink.any(axis=1).sum() < LEAST_HEIGHT,
        "ink": not LEAST_INK[digit] <= amount_of_ink(picture) <= MOST_INK[digit],
        "border": inner.sum() < ink.sum(),
        "blot": _deep(ink).sum() > MOST_BLOT * ink.sum(),
        "blur": grey.sum() > MOST_BLUR * (picture >= FAINT).sum(),
        "repeat": any(likeness(picture, other) > MOST_ALIKE for other in earlier),
    }
    return tuple(rule for rule in RULES if broken[rule])


def _loops(ink: Mask) -> int:
    return len(pieces(ink)) - euler_number(ink)


def _deep(ink: Mask) -> Mask:
    deep: Mask = np.logical_and.reduce(sliding_window_view(np.pad(ink, 2), (5, 5)), axis=(2, 3))
    return deep


def oddness(picture: Picture, digit: int, slant: float = 0.0, weight: float = 1.0) -> float:
    """Distance from the hand's ink, in units of its spread (5th to 95th percentile), and lean, in pixels a pixel."""
    ink = (amount_of_ink(picture) - weight * usual_ink(digit)) / (MOST_INK[digit] - LEAST_INK[digit])
    return float(np.hypot(ink, lean(picture) - USUAL_LEAN[digit] - slant))


def usual_ink(digit: int) -> float:
    """Midway between little and much ink for a digit, in full pixels."""
    return (LEAST_INK[digit] + MOST_INK[digit]) / 2
