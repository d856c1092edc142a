"""Where every glyph stands: one line, one baseline, even gaps to the eye.

The gap between two glyphs is measured as the eye sees it: row by row, from the right edge of one to the left edge of
the next. A 4 may tuck in under a 7, two zeros keep apart. Heights, feet and slants vary a little from glyph to glyph,
as in any hand. The hyphen is a short pen stroke computed here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.write.pen import HEIGHT, ROWS, SAMPLES, Ink, ink_from_curve

# All in units of 1/20 digit height.
GAP = 4.2  # mean gap to the eye between neighbours
NEAREST = 2.2  # no two glyphs come closer than this in any row, nor a row or two off
DEEPEST = 8.0  # a gap counts at most this much: what lies in the hollow of a 7 is not all gap
SLACK = 1.5  # units up and down over which an edge is felt, for slanted neighbours
LOW = 8.0  # units: ink that is no higher than this is a dash ...
DASH_SLACK = 6.0  # ... which keeps clear of more above and below, or it becomes a part of the 2 whose hollow it enters
SPACE = 10.0  # width of a space
MARGIN = 4.0  # paper around the line


@dataclass(frozen=True)
class Habit:
    """How one glyph departs from the common height, baseline, slant and pen."""

    height: float  # units
    lift: float  # units above the baseline
    shear: float
    stroke: float  # factor


def habit(rng: np.random.Generator) -> Habit:
    """Mostly within 2 % in height, 0.25 units in the foot, a degree of slant, 3 % of the stroke; at most twice that."""
    height, lift, shear, stroke = np.clip(rng.standard_normal(4), -2, 2).tolist()
    return Habit(HEIGHT * (1 + 0.02 * height), 0.25 * lift, 0.018 * shear, 1 + 0.03 * stroke)


def hyphen(rng: np.random.Generator, *, stroke: float, shear: float) -> Ink:
    """A pen stroke from left to right at half height: slightly arched, slightly rising, lighter at its end.

    Parameters
    ----------
    rng
        Decides length, height, rise and arch.
    stroke
        Width of the pen in units.
    shear
        Units to the right for each unit upwards.
    """
    usual, spread = np.array([8.5, 8.8, 0.4, 0.7]), np.array([0.7, 0.5, 0.5, 0.35])
    length, middle, rise, arch = usual + spread * np.clip(rng.standard_normal(4), -2, 2)
    t = np.linspace(0, 1, 64)
    x = length * t
    y = -middle - rise * (t - 0.5) - 4 * arch * t * (1 - t) + arch / 2  # a parabola: a quadratic Bézier curve
    radius = stroke / 2 * (1.06 - 0.2 * t**2)
    return ink_from_curve(np.stack([x - shear * y, y], axis=1), radius)


def profiles(ink: Ink) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Left and right edge of the ink in every row.

    Returns
    -------
    (R,), (R,)
        x in units from the left of its grid; +inf and -inf where there is no ink. Each edge is the outermost of the
        rows within SLACK, of a dash DASH_SLACK, so that ink a little above or below is felt too.
    """
    mask = ink.distance < 0
    used = mask.any(axis=1)
    left = np.where(used, mask.argmax(axis=1) / SAMPLES, np.inf)
    right = np.where(used, (mask.shape[1] - mask[:, ::-1].argmax(axis=1)) / SAMPLES, -np.inf)
    reach = int((DASH_SLACK if used.sum() <= LOW * SAMPLES else SLACK) * SAMPLES)
    return -_highest_nearby(-left, reach), _highest_nearby(right, reach)


def _highest_nearby(edge: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    padded = np.pad(edge, reach, constant_values=-np.inf)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)


def advance(right: NDArray[np.float64], left: NDArray[np.float64]) -> float:
    """How far right of one glyph's grid the next one's begins.

    The least x such that no row is closer than NEAREST and the mean over rows of min(gap, DEEPEST) is at least GAP;
    gap(row) = x + left(row) - right(row). Rows that only one of the two reaches count as DEEPEST.

    Parameters
    ----------
    right, left
        (R,) the right profile of the first glyph, the left profile of the second. Both hold ink.
    """
    apart = left - right  # (R,) inf where either is empty
    either = np.isfinite(left) | np.isfinite(right)
    # Without a common row the boxes are kept apart instead.
    touching = -apart.min() + NEAREST if np.isfinite(apart.min()) else right.max() - left.min() + NEAREST
    low, high = touching, touching + 4 * DEEPEST
    for _ in range(40):
        middle = (low + high) / 2
        even = np.minimum(middle + apart[either], DEEPEST).mean() >= GAP
        low, high = (low, middle) if even else (middle, high)
    return float(high)


def place(inks: list[Ink | None]) -> list[float]:
    """x of every glyph's grid; None is a space. The first ink of the line, or the first space, starts at MARGIN.

    Parameters
    ----------
    inks
        One entry for each character, in order.

    Returns
    -------
    list of float
        In units, one for each character; for a space, where it begins.
    """
    places: list[float] = []
    spaces = 0
    before: tuple[float, NDArray[np.float64]] | None = None  # grid x and right profile of the last ink
    for ink in inks:
        if ink is None:
            edge = MARGIN if before is None else before[0] + before[1].max()
            places.append(edge + SPACE * spaces)
            spaces += 1
            continue
        left, right = profiles(ink)
        if before is None:
            x = MARGIN - float(left.min())
        else:
            x = before[0] + advance(before[1], left)
        x += SPACE * spaces
        places.append(x)
        before, spaces = (x, right), 0
    return places


def ends(inks: list[Ink | None], places: list[float]) -> tuple[float, float, float]:
    """Right end, top and bottom of the paper in units, margins included; trailing spaces are paper too."""
    right, top, bottom = MARGIN, -HEIGHT, 0.0
    for ink, x in zip(inks, places, strict=True):
        if ink is None:
            right = max(right, x + SPACE)
            continue
        mask = ink.distance < 0
        ys = ROWS[mask.any(axis=1)]
        columns = np.flatnonzero(mask.any(axis=0))
        right = max(right, x + (columns[-1] + 1) / SAMPLES)
        top, bottom = min(top, ys[0]), max(bottom, ys[-1])
    return right + MARGIN, top - MARGIN, bottom + MARGIN
