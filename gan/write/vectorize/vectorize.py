"""From a drawing to the strokes of a digit, all steps in one: skeleton, graph, trace, corners, order, smooth.

In which order and direction a person writes the paths of a digit.

A pen starts at the top, or at the left of what is level. A 0 and an 8 go round anticlockwise from the top. A 9 is its
bow, anticlockwise from the right, and then the stem, down from where the bow began. A 4 begins with its left part, a 5
ends with its bar, a 7 and a 1 with theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.write.page import Stroke, Strokes
from gan.write.vectorize.ink import Mask, Picture, depths_of, ink_of, thin
from gan.write.vectorize.smooth import STEP, corners_of, even, filled, snapped
from gan.write.vectorize.trace import Path, graph_of, median, trace

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


LEVEL = 0.5  # a path that rises less than this a unit is level
TIP = 8  # points of a path: a 4's point lies no farther than this from its top, and farther from both ends
HIGH = 0.35  # of the way from a 9's top down to the fork of its stem: where the bow begins


def in_order(digit: int, paths: list[Path]) -> list[Path]:
    """The paths of a digit, whose points are evenly `smooth.STEP` apart, as a person writes them.

    The left part of a 4 comes first, of a 9 what is highest, of any other digit the longest path. A 9 begins at the
    fork of its stem, goes around its bow and down; `bow_and_stem` turns the bow once it is smooth.
    """
    paths = [_round(path) if path.closed else _downwards(path) for path in paths]
    if digit == 9:
        paths = [path.turned() if path.loose == (True, False) else path for path in paths]
        return sorted(paths, key=lambda path: float(path.points[:, 1].mean()))
    if digit == 4:
        parts = [part for path in paths for part in _pointed(path)]
        return sorted(parts, key=lambda path: float(path.points[:, 0].min()))
    if digit == 5:
        paths = [part for path in paths for part in _without_bar(path)]
    return sorted(paths, key=lambda path: -len(path.points))


def _downwards(path: Path) -> Path:
    """From its higher end, or of a level one from its left end."""
    (x, y), (u, v) = path.points[0].tolist(), path.points[-1].tolist()
    back = u < x if abs(v - y) < LEVEL * abs(u - x) and not _bends(path) else v < y
    return path.turned() if back else path


def _bends(path: Path) -> bool:
    """Whether a path goes far up or down on its way: a 3 or a 2 is not a bar, wherever its ends are."""
    x, y = np.ptp(path.points, axis=0).tolist()
    return bool(y > LEVEL * x)


def _round(path: Path) -> Path:
    """A closed path anticlockwise, as one sees it, from its top."""
    x, y = path.points.T
    area = float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())  # above 0 clockwise on the screen, where y goes down
    top = int(y[:-1].argmin())
    path = path.begun(top) if top else path
    to_the_left = path.points[min(3, len(path.points) - 1), 0] < path.points[0, 0]
    crossed = bool(path.crossings)  # an 8: its area says nothing, the top does
    clockwise = not to_the_left if crossed else area > 0
    return path.turned() if clockwise else path


def bow_and_stem(stroke: Stroke) -> list[Stroke]:
    """A 9 that begins at the fork of its stem, cut at the upper right of its bow: people draw the bow, then the stem.

    The cut lies between two curves of the smooth stroke, so that both parts go through it in one direction. Where it
    would leave but one curve on a side, the stroke stays whole.
    """
    start = stroke.curves[0, 0]
    joints = np.concatenate([stroke.curves[:, 0], stroke.curves[-1:, 3]])  # (k + 1, 2)
    x, y = joints.T
    high = np.flatnonzero(y <= y.min() + HIGH * (start[1] - y.min()))
    cut = int(high[x[high].argmax()])
    if not 2 <= cut <= len(stroke.curves) - 2:
        return [stroke]
    bow = Stroke(stroke.curves[:cut], stroke.pressure[: cut + 1])
    return [bow.turned(), Stroke(stroke.curves[cut:], stroke.pressure[cut:])]


def _pointed(path: Path) -> list[Path]:
    """A 4 that goes up and down again in one path, cut at its point."""
    top = int(path.points[:, 1].argmin())
    sharp = [i for i in corners_of(path) if abs(i - top) < TIP]
    if path.closed or not sharp or not TIP <= sharp[0] < len(path.points) - TIP:
        return [path]
    before, after = path.cut(sharp[0])
    return [before.turned(), after]


def _without_bar(path: Path) -> list[Path]:
    """A 5 that begins with its bar, cut at the corner: first what goes down, then the bar from left to right."""
    height = float(np.ptp(path.points[:, 1]))
    upper = [i for i in corners_of(path) if path.points[i, 1] < path.points[:, 1].min() + 0.5 * height]
    if path.closed or not upper or path.points[0, 0] < path.points[upper[0], 0]:
        return [path]
    bar, rest = path.cut(upper[0])
    return [rest, bar.turned()]
