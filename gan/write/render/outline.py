"""The outline of a character's ink as a few smooth curves: what an SVG fills.

Strokes cross and touch themselves, so their two sides are no outline. The distance to the ink is: it is taken on a
grid, and its zero is followed around (gan/write/kernels/outlines.py) and covered with curves (kernels/cubics.py).

What a pen leaves on the paper, as capsules: the discs along a short straight piece of a stroke.

A stroke is curved. Cut into pieces so short that nobody sees the corners, its ink is the union of their capsules, and
that is all that the PNG and the outlines need to know. How far a point is from a capsule's edge:
gan/write/kernels/rasterize.py.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.write.page import Glyph
from gan.write.request import Pen
from gan.write.stroke import Points, along

Curves = NDArray[np.float64]  # (k, 4, 2) a closed chain of cubic Béziers

SAMPLES = 6.0  # of the grid for each unit: five across the thinnest line of a ballpoint
REACH = 2.0  # samples around the edge at which the distance is wanted
STRAY = 0.005  # units between a stroke and its pieces
TOLERANCE = 0.01  # units between the edge and its curve: a twentieth of a per cent of a digit's height
DECIMALS = 4  # of the capsules, in units: a glyph that was moved is still the same
REMEMBERED = 1024  # glyphs, of some 3 kB each


def outlines(glyph: Glyph, pen: Pen) -> tuple[Curves, ...]:
    """Closed outlines of a character's ink, in units on the paper.

    They do not cross; what lies within an odd number of them is ink. Outer ones run anticlockwise on the screen, holes
    clockwise. A glyph that stood elsewhere before is not fitted again.
    """
    capsules = capsules_of(glyph, pen, STRAY)
    if len(capsules) == 0:
        return ()
    x, y = capsules[0, :2].tolist()
    own = np.round(scaled(capsules, 1.0, -x, -y), DECIMALS) + 0.0  # never -0.0, whose bytes are others
    return tuple(curves + np.array([x, y]) for curves in _fitted(own.tobytes()))


@lru_cache(maxsize=REMEMBERED)
def _fitted(capsules: bytes) -> tuple[Curves, ...]:
    """Outlines of the capsules whose (n, 6) float64 these bytes are."""
    from gan.write.kernels.outlines import contours, fit
    from gan.write.kernels.rasterize import press

    ink = scaled(np.frombuffer(capsules).reshape(-1, 6), SAMPLES)  # in samples
    left, top, right, bottom = box_of(ink)
    corner = np.floor([left - REACH, top - REACH])
    columns, rows = np.ceil([right + REACH, bottom + REACH] - corner).astype(int) + 1
    distance = np.full((rows, columns), REACH, np.float32)
    press(distance, scaled(ink, 1.0, *-corner), REACH)
    points, ends = contours(distance)
    lines = np.split(points + corner, ends[:-1])
    return tuple(fit(line, TOLERANCE * SAMPLES) / SAMPLES for line in lines if len(line) >= 4)


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
