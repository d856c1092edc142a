"""Where a path turns sharply: what turns within about a pixel is a corner, what turns more slowly is a bend.

Thinning goes round the inside of a corner, and a stroke of two or three pixels leaves little of a right angle. The ink
still has it. So where the two sides of a bend, drawn on, meet in ink, the path is led there first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan.write.stroke import Points
from gan.write.vectorize.components import Mask
from gan.write.vectorize.skeleton import depths_at
from gan.write.vectorize.smooth import STEP, blur, even
from gan.write.vectorize.trace import Path

REACH = 1.4  # units before and after a point over which it turns at a corner ...
WIDE = 2.8  # ... and at which it must have turned, too
SHARP = np.radians(58)  # and at least so far
BACK = np.radians(150)  # one that goes back where it came from turns neither left nor right
INSIDE = 1.5  # radii before and after a corner over which thinning cuts it
SIDE = 2.0  # units of a side that tell where it goes
FILLED = 0.75  # radii: ink so deep belongs to a stroke through its middle
AROUND = np.radians(55)  # a 5's corner points up and to the left; what points left is the bend of an S
OUT = 0.5  # radii: a bend whose ink goes less far beyond its middle line is one


def corners_of(path: Path, left_only: bool = False) -> list[int]:
    """Numbers of the points of a path, STEP apart, at which it turns sharply; none near an end.

    With `left_only` those at which it turns to the left: a 3 does so at its waist, and its bows, however tight, do not.
    """
    points = blur(path.points, 0.3 / STEP, path.closed)
    n, near, wide = len(points), round(REACH / STEP), round(WIDE / STEP)
    signed = _turns(points, near, path.closed), _turns(points, wide, path.closed)
    turns = np.minimum(np.abs(signed[0]), np.abs(signed[1]))
    if left_only:
        turns[(signed[1] > 0) & (turns < BACK)] = 0
    found: list[int] = []
    for i in np.argsort(-turns).tolist():
        if turns[i] < SHARP:
            break
        if all(min(abs(i - j), n - 1 - abs(i - j) if path.closed else n) > near for j in found):
            found.append(i)
    return sorted(found)


def _turns(points: Points, reach: int, closed: bool) -> NDArray[np.float64]:
    """How far the line turns to the right at each point, -pi to pi, between chords of `reach` points to and from it."""
    n = len(points)
    i = np.arange(n)
    if closed:
        before, after = points[(i - reach) % (n - 1)], points[(i + reach) % (n - 1)]
    else:
        before, after = points[np.maximum(i - reach, 0)], points[np.minimum(i + reach, n - 1)]
    turn = _turn(points - before, after - points)
    if not closed:
        margin = min(reach, max(3, n // 4))
        turn[:margin] = turn[-margin:] = 0
    return turn


def _turn(a: Points, b: Points) -> NDArray[np.float64]:
    """From each heading (n, 2) to another, to the right, -pi to pi."""
    return np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1])  # y goes down


def filled(path: Path, ink: Mask, radius: float, towards: tuple[int, int]) -> Path:
    """An open path, STEP apart, led into the corners that its ink fills.

    At a bend the two sides are drawn on until they meet. From the middle line the pen then goes that way as far as the
    ink is deep enough to be its own.

    Parameters
    ----------
    ink
        Of the drawing, (224, 224), from `skeleton.ink_of`.
    radius
        Of the drawing's strokes, in units.
    towards
        Where such a corner points, x to the right and y downwards, give or take AROUND.
    """
    cut, side = round(INSIDE * radius / STEP), round(SIDE / STEP)
    n, points, radii = len(path.points), path.points, path.radii
    at = np.arange(cut + side, n - cut - side)
    if path.closed or not len(at):
        return path
    a, b = points[at - cut], points[at + cut]  # (m, 2), where the sides end
    u, v = a - points[at - cut - side], points[at + cut + side] - b
    turns = np.abs(_turn(u, v))
    sharp = np.argsort(-turns)
    sharp = sharp[(turns[sharp] >= SHARP) & (turns[sharp] < BACK)]
    at, ends = at[sharp], _meetings(a[sharp], u[sharp], b[sharp], v[sharp])
    out = ends - points[at]
    apt = (np.hypot(*out.T) > OUT * radius) & (np.abs(_turn(out, np.array([towards]))) < AROUND)
    led: list[tuple[int, Points]] = []
    for i, end in zip(at[apt].tolist(), ends[apt], strict=True):
        if all(abs(i - j) > 2 * cut for j, _ in led):
            tip = _as_far_as_ink(points[i], end, ink, radius)
            if np.hypot(*(tip - points[i])) > OUT * radius:
                led.append((i, tip))
    for i, tip in sorted(led, key=lambda corner: -corner[0]):  # from behind, so that the numbers before stay
        points = np.concatenate([points[: i - cut + 1], tip[None], points[i + cut :]])
        radii = np.concatenate([radii[: i - cut + 1], radii[i + cut - 1 :]])
    return even(replace(path, points=points, radii=radii)) if led else path


def _meetings(a: Points, u: Points, b: Points, v: Points) -> Points:
    """(n, 2): where each line from a along u meets the one from b along v; none are parallel."""
    across = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    s = ((b[:, 0] - a[:, 0]) * v[:, 1] - (b[:, 1] - a[:, 1]) * v[:, 0]) / across
    return a + s[:, None] * u


def _as_far_as_ink(start: Points, end: Points, ink: Mask, radius: float) -> Points:
    """The last place on the way from start to end before which the ink is nowhere shallower than FILLED radii."""
    n = max(2, int(np.ceil(np.hypot(*(end - start)) / (STEP / 2))))
    way = start + np.linspace(0, 1, n)[:, None] * (end - start)
    shallow = np.flatnonzero(depths_at(ink, way) < FILLED * radius)
    last: Points = way[max(0, (shallow[0] if len(shallow) else n) - 1)]
    return last
