"""Smooth an uneven path into a pen stroke, split at its corners.

A turn within about a pixel is a corner, and a more gradual turn is a bend. Thinning
rounds off corners: in a stroke two or three pixels wide, little of a right angle
remains in the centreline, but the ink still shows it. So the two sides of a bend are
extended, and if they meet in ink, the path is first moved to that point.

Between corners the curve is a cubic spline with uniform knots and a penalty on its
third differences (Eilers and Marx 1996, "Flexible smoothing with B-splines and
penalties"). Points near a crossing have little weight, because thinning bends the line
there. Every piece of the spline between two knots is exactly a cubic Bézier curve.

The *stroke radius*, `radius`, is half the usual width of a drawing's ink, in units.
"""

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.curves import blurred, resampled, spline
from gan.write.strokes_and_pages import Points, Stroke
from gan.write.vectorize.measure_ink import Mask, depths_at
from gan.write.vectorize.pen_paths import Path

STEP = 0.25  # distance between the points of a path in units
KNOT = 1.6  # distance between knots in units
# weight of the third differences in the stiff spline from which `roughness` is measured
CALM = 300.0
FAINT = 0.03  # weight of a point at a crossing
# points closer to a crossing than this, in stroke radii, have less weight
BLURRED = 1.3
FIXED = 1e3  # weight of a point that the curve must pass through
FEWEST = 3  # minimum number of steps between corners; fewer would not determine a cubic
# a moved end does not snap to its own stroke within this distance along it, in units
APART = 4.0
SNAP = 2.0  # an end is moved onto a stroke that is closer than this, in stroke radii
# straight-line distance from a moved end, in stroke radii, over which the shift of its
# path fades to 0
FADE = 2.6
# distance along the path, in stroke radii, beyond which nothing is shifted
FOLLOWS = 3.0
# range of pressures; a value outside it is clipped, because it comes from a blot or a
# gap in the drawing
PRESSURES = (0.5, 1.6)
PRESSURE = 2.0  # standard deviation in units of the window that smooths the width


def even(path: Path) -> Path:
    points, radii = resampled(path.points, path.radii, STEP)
    return replace(path, points=points, radii=radii)


def stroke_of(path: Path, corners: list[int], radius: float) -> Stroke:
    """Return the stroke along a path whose points are STEP apart.

    `corners` are indices of points. Pressure 1 stands for ink that is 2 `radius` wide.
    """
    points = path.points
    weights = np.ones(len(points))
    for crossing in path.crossings:
        d = np.hypot(*(points - crossing).T)
        share = np.clip(d / (BLURRED * radius), 0, 1) ** 2
        weights = np.minimum(weights, FAINT + (1 - FAINT) * share)
    if path.closed and not corners:
        curves = spline(points, weights, KNOT, closed=True)
    else:  # a closed path with corners is also split where it starts
        last = len(points) - 1
        inner = [corner for corner in corners if FEWEST <= corner <= last - FEWEST]
        pieces = []
        for a, b in itertools.pairwise([0, *inner, last]):
            w = weights[a : b + 1].copy()
            w[0] = w[-1] = FIXED
            pieces.append(spline(points[a : b + 1], w, KNOT))
        curves = np.concatenate(pieces)
    widths = blurred(path.radii, PRESSURE / STEP, path.closed) / radius
    at = np.linspace(0, len(points) - 1, len(curves) + 1).round().astype(int)
    return Stroke(curves, np.clip(widths[at], *PRESSURES))


def snapped(paths: list[Path], corners: list[list[int]], radius: float) -> list[Stroke]:
    """Return the strokes along paths, with ends moved to where they meet a stroke.

    `corners` are the indices of each path's corners. An end at a crossing is moved onto
    the stroke that passes through the crossing. Smoothing moves the passing stroke away
    from the point to which thinning bent it, so ends at that point must follow.
    """
    strokes = [
        stroke_of(path, c, radius) for path, c in zip(paths, corners, strict=True)
    ]
    if all(path.closed for path in paths):
        return strokes
    lines = [stroke.sampled(STEP / 2)[0] for stroke in strokes]
    apart = round(APART / (STEP / 2)) + 1
    for i, path in enumerate(paths):
        others = [line for line in lines if line is not lines[i]]
        moved = path
        if not path.loose[0]:
            places = np.concatenate([*others, lines[i][apart:]])
            moved = _moved_start(moved, places, radius)
        if not path.loose[1]:
            places = np.concatenate([*others, lines[i][:-apart]])
            moved = _moved_start(moved.reversed(), places, radius).reversed()
        if (moved.points != path.points).any():
            strokes[i] = stroke_of(moved, corners[i], radius)
    return strokes


def _moved_start(path: Path, places: Points, radius: float) -> Path:
    """Move the start of a path to the nearest of `places`, if one is close.

    The points after the start are shifted too, but less and less along the path.
    `places`, (m, 2), are x and y in units.
    """
    start = path.points[0]
    d = np.hypot(*(places - start).T)
    if not len(d) or not 0 < d.min() < SNAP * radius:
        return path
    fades = np.clip(1 - np.hypot(*(path.points - start).T) / (FADE * radius), 0, 1)
    fades[round(FOLLOWS * radius / STEP) :] = 0
    shift = places[d.argmin()] - start
    return replace(path, points=path.points + fades[:, None] * shift)


def roughness(stroke: Stroke) -> float:
    """Return the root mean square distance of a stroke from a stiff spline, in units.

    The spline is fitted to the stroke.
    """
    points, pressure = stroke.sampled(STEP)
    points, _ = resampled(points, pressure, STEP)
    weights = np.ones(len(points))
    weights[[0, -1]] = FIXED
    calm = spline(points, weights, KNOT, stiff=CALM)
    line, _ = resampled(*Stroke(calm, np.ones(len(calm) + 1)).sampled(STEP), STEP)
    at = np.linspace(0, len(line) - 1, len(points)).round().astype(int)
    return float(np.sqrt(((line[at] - points) ** 2).sum(axis=1).mean()))


REACH = 1.4  # length in units before and after a corner over which the turn is measured
WIDE = 2.8  # length in units of a wider window in which the turn must also appear
SHARP = np.radians(58)  # minimum turn at a corner, in radians
# above this angle a path reverses, and turns neither left nor right
BACK = np.radians(150)
# length before and after a corner that thinning rounds off, in stroke radii
INSIDE = 1.5
SIDE = 2.0  # length in units over which the direction of a side is measured
FILLED = 0.75  # minimum depth of ink on the centreline of a stroke, in stroke radii
# maximum angle between a corner and its expected direction; for example, a 5's corner
# points up and left, while the bend of an S points left
AROUND = np.radians(55)
# minimum distance of a corner's tip from the centreline, in stroke radii; below this,
# it is a bend
OUT = 0.5


def corners_of(path: Path, left_only: bool = False) -> list[int]:
    """Return the indices of the points at which a path turns sharply.

    The points must be STEP apart. No index is near an end of an open path. With
    `left_only`, only turns to the left count: a 3 turns left at its waist, while its
    tight bows turn right.
    """
    points = blurred(path.points, 0.3 / STEP, path.closed)
    n = len(points)
    near = round(REACH / STEP)
    wide = round(WIDE / STEP)
    wide_turns = _turns(points, wide, path.closed)
    turns = np.minimum(np.abs(_turns(points, near, path.closed)), np.abs(wide_turns))
    if left_only:
        turns[(wide_turns > 0) & (turns < BACK)] = 0
    chosen: list[int] = []
    for i in np.argsort(-turns).tolist():
        if turns[i] < SHARP:
            break
        distances = [abs(i - j) for j in chosen]
        if path.closed:
            distances += [n - 1 - distance for distance in distances]
        if not chosen or min(distances) > near:
            chosen.append(i)
    return sorted(chosen)


def _turns(points: Points, reach: int, closed: bool) -> NDArray[np.float64]:
    """Return the turn to the right at each point, -pi to pi; y points down.

    It is the angle between the chord from the point `reach` indices before and the
    chord to the point `reach` indices after. Near the ends of an open path it is 0.
    """
    n = len(points)
    i = np.arange(n)
    if closed:
        before = points[(i - reach) % (n - 1)]
        after = points[(i + reach) % (n - 1)]
    else:
        before = points[np.maximum(i - reach, 0)]
        after = points[np.minimum(i + reach, n - 1)]
    turn = _turn(points - before, after - points)
    if not closed:
        margin = min(reach, max(3, n // 4))
        turn[:margin] = turn[-margin:] = 0
    return turn


def _turn(a: Points, b: Points) -> NDArray[np.float64]:
    """Return the clockwise angle, -pi to pi, from each direction in `a` to that in `b`.

    Both are (n, 2), and y points down.
    """
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    dot = a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1]
    return np.arctan2(cross, dot)


def sharpened(path: Path, ink: Mask, radius: float, towards: tuple[int, int]) -> Path:
    """Return a path with the corners that thinning has rounded off.

    At a bend the two sides are extended until they meet. The path is moved from the
    centreline towards that point, as far as the ink, (224, 224) from
    `measure_ink.ink_of`, is deep enough for a stroke of this `radius`. Only corners
    that point `towards` (x to the right, y downwards), within AROUND, are changed.

    The points of `path` must be STEP apart. A closed path is returned unchanged.
    """
    cut = round(INSIDE * radius / STEP)
    side = round(SIDE / STEP)
    n = len(path.points)
    points = path.points
    radii = path.radii
    at = np.arange(cut + side, n - cut - side)
    if path.closed or not len(at):
        return path
    # (m, 2) ends of the two sides of each bend, and directions of the sides
    a = points[at - cut]
    b = points[at + cut]
    u = a - points[at - cut - side]
    v = points[at + cut + side] - b
    turns = np.abs(_turn(u, v))
    sharp = np.argsort(-turns)
    sharp = sharp[(turns[sharp] >= SHARP) & (turns[sharp] < BACK)]
    at = at[sharp]
    ends = _meetings(a[sharp], u[sharp], b[sharp], v[sharp])
    out = ends - points[at]
    is_far = np.hypot(*out.T) > OUT * radius
    is_towards = np.abs(_turn(out, np.array([towards]))) < AROUND
    apt = is_far & is_towards
    tips: list[tuple[int, Points]] = []
    for i, end in zip(at[apt].tolist(), ends[apt], strict=True):
        if all(abs(i - j) > 2 * cut for j, _ in tips):
            tip = _last_in_ink(points[i], end, ink, radius)
            if np.hypot(*(tip - points[i])) > OUT * radius:
                tips.append((i, tip))
    for i, tip in sorted(tips, key=lambda corner: -corner[0]):
        # corners are replaced from the last, to keep earlier indices valid
        points = np.concatenate([points[: i - cut + 1], tip[None], points[i + cut :]])
        radii = np.concatenate([radii[: i - cut + 1], radii[i + cut - 1 :]])
    return even(replace(path, points=points, radii=radii)) if tips else path


def _meetings(a: Points, u: Points, b: Points, v: Points) -> Points:
    """Return where each line from a along u meets the line from b along v, (n, 2).

    The caller ensures that no two of these lines are parallel.
    """
    across = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    s = ((b[:, 0] - a[:, 0]) * v[:, 1] - (b[:, 1] - a[:, 1]) * v[:, 0]) / across
    return a + s[:, None] * u


def _last_in_ink(start: Points, end: Points, ink: Mask, radius: float) -> Points:
    """Return the last point before the ink gets too shallow, from `start` to `end`.

    Too shallow means less than FILLED stroke radii from paper.
    """
    n = max(2, int(np.ceil(np.hypot(*(end - start)) / (STEP / 2))))
    way = start + np.linspace(0, 1, n)[:, None] * (end - start)
    shallow = np.flatnonzero(depths_at(ink, way) < FILLED * radius)
    first = shallow[0] if len(shallow) else n
    last: Points = way[max(0, first - 1)]
    return last
