"""From a drawing to the strokes of a digit, all steps in one: skeleton, graph, trace, corners, order, smooth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.write.corners import corners_of, filled
from gan.write.graph import graph_of, median
from gan.write.order import bow_and_stem, in_order
from gan.write.shape import Mask, Picture
from gan.write.skeleton import depths_of, ink_of, thin
from gan.write.smooth import STEP, even, snapped
from gan.write.stroke import Stroke, Strokes
from gan.write.trace import trace

STUBS = {2: (-1, 0), 3: (-1, 0), 4: (0, -1), 5: (-1, -1)}  # where a bend points that a pen may go into and out of again
CORNERS = {2: (-1, 1), 5: (-1, -2), 7: (1, -1)}  # where a corner points that may be as wide as a right angle
ROUND = {0, 6, 8, 9}  # digits without a corner
LEFT = {2, 3}  # digits that turn sharply to the left only: at the foot, at the waist
SPECK = 1.5  # units: a shorter path is none


@dataclass(frozen=True)
class Redrawn:
    """A drawing as strokes.

    Attributes
    ----------
    strokes : Strokes
        x and y in pixels of the picture, in the order of writing; pressure 1 where the ink is as wide as in the middle
        of this drawing. Empty, if there is nothing but specks.
    corners : (n, 2) float64
        Where they turn sharply.
    radius : float
        Half the width of the drawing's ink, in pixels.
    ink : (224, 224) bool
        The drawing's ink, enlarged.
    """

    strokes: Strokes
    corners: NDArray[np.float64]
    radius: float
    ink: Mask


def redraw(picture: Picture, digit: int) -> Redrawn:
    """The strokes of a drawing of a digit, in its own pixels, in the order of writing.

    Parameters
    ----------
    picture
        (28, 28) uint8, ink 255, not blank.
    digit
        0 to 9: what it is to show.
    """
    ink = ink_of(picture)
    points = thin(ink)
    radii = depths_of(ink, points)
    radius = median(radii)
    graph = graph_of(points, radii)
    graph.clean(radius)
    paths = [even(path) for path in trace(graph, radius, stubs=STUBS.get(digit))]
    if digit in CORNERS:
        paths = [filled(path, ink, radius, CORNERS[digit]) for path in paths]
    paths = in_order(digit, [path for path in paths if len(path.points) * STEP > SPECK])
    corners = [[] if digit in ROUND else corners_of(path, left_only=digit in LEFT) for path in paths]
    strokes: list[Stroke] = []
    for path, stroke in zip(paths, snapped(paths, corners, radius), strict=True):
        forked = digit == 9 and not path.closed and not path.loose[0]
        strokes += bow_and_stem(stroke) if forked else [stroke]
    sharp = [path.points[i] for path, at in zip(paths, corners, strict=True) for i in at]
    return Redrawn(tuple(strokes), np.array(sharp).reshape(-1, 2), radius, ink)
