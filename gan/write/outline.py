"""The outline of a character's ink as a few smooth curves: what an SVG fills.

Strokes cross and touch themselves, so their two sides are no outline. The distance to the ink is: it is taken on a
grid, and its zero is followed around (gan/write/kernels/contours.py) and covered with curves (kernels/cubics.py).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gan.write.capsules import box_of, capsules_of, scaled
from gan.write.page import Glyph
from gan.write.pens import Pen

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
    from gan.write.kernels.capsules import press
    from gan.write.kernels.contours import contours
    from gan.write.kernels.cubics import fit

    ink = scaled(np.frombuffer(capsules).reshape(-1, 6), SAMPLES)  # in samples
    left, top, right, bottom = box_of(ink)
    corner = np.floor([left - REACH, top - REACH])
    columns, rows = np.ceil([right + REACH, bottom + REACH] - corner).astype(int) + 1
    distance = np.full((rows, columns), REACH, np.float32)
    press(distance, scaled(ink, 1.0, *-corner), REACH)
    points, ends = contours(distance)
    lines = np.split(points + corner, ends[:-1])
    return tuple(fit(line, TOLERANCE * SAMPLES) / SAMPLES for line in lines if len(line) >= 4)
