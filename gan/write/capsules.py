"""What a pen leaves on the paper, as capsules: the discs along a short straight piece of a stroke.

A stroke is curved. Cut into pieces so short that nobody sees the corners, its ink is the union of their capsules, and
that is all that the PNG and the outlines need to know. How far a point is from a capsule's edge:
gan/write/kernels/capsules.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.write.page import Glyph
from gan.write.pens import Pen
from gan.write.stroke import Points, along

Capsules = NDArray[np.float64]  # (n, 6) x, y and radius at one end, then at the other

SHARPEST = 1.0  # units: radius of a bend whose corners nobody is to see; a digit is 20 high


def capsules_of(glyph: Glyph, pen: Pen, stray: float) -> Capsules:
    """The ink of one character.

    Parameters
    ----------
    glyph
        Its strokes are cut where the curves are. A space has none.
    pen
        What it is written with.
    stray
        Units, above 0: how far a piece may lie beside its curve. A chord of length s strays s^2 / 8R from a bend of
        radius R, so pieces are sqrt(8 R stray) long, with R = SHARPEST.

    Returns
    -------
    (n, 6) float64
        In units, on the paper, in the order of writing. A dot is one capsule of no length.
    """
    if not glyph.strokes:
        return np.empty((0, 6))
    points, pressure, whose = along(glyph.strokes, float(np.sqrt(8 * SHARPEST * stray)))
    return between(points, pen.radii(pressure, glyph.mark), whose)


def between(points: Points, radii: NDArray[np.float64], whose: NDArray[np.intp]) -> Capsules:
    """The capsules between neighbouring points (n, 2) of a stroke; whose point each is, (n,), tells strokes apart."""
    ends = np.column_stack([points, radii])  # (n, 3)
    capsules: Capsules = np.concatenate([ends[:-1], ends[1:]], axis=1)[whose[:-1] == whose[1:]]
    return capsules


def box_of(capsules: Capsules) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the ink; there must be some."""
    ends = capsules.reshape(-1, 3)  # (2n, 3)
    low, high = ends[:, :2] - ends[:, 2:], ends[:, :2] + ends[:, 2:]
    (left, top), (right, bottom) = low.min(axis=0).tolist(), high.max(axis=0).tolist()
    return left, top, right, bottom


def scaled(capsules: Capsules, scale: float, x: float = 0.0, y: float = 0.0) -> Capsules:
    """The capsules moved by x and y, in units, then scaled."""
    place: NDArray[Any] = np.array([x, y, 0.0, x, y, 0.0])
    return (capsules + place) * scale
