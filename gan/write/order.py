"""In which order and direction a person writes the paths of a digit.

A pen starts at the top, or at the left of what is level. A 0 and an 8 go round anticlockwise from the top. A 9 is its
bow, anticlockwise from the right, and then the stem, down from where the bow began. A 4 begins with its left part, a 5
ends with its bar, a 7 and a 1 with theirs.
"""

from __future__ import annotations

import numpy as np

from gan.write.corners import corners_of
from gan.write.stroke import Stroke
from gan.write.trace import Path

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
