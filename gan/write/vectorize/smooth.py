"""Smooth an uneven path into a pen stroke, split at its corners.

A turn within about a pixel is a corner, and a more gradual turn is a bend. Thinning
rounds off corners: in a stroke two or three pixels wide, little of a right angle
remains in the centreline, but the ink still shows it. So where the extended sides of a
bend meet in ink, the path is first moved to that point.

Between corners the curve is a cubic spline with uniform knots and a penalty on its
third differences (Eilers and Marx 1996, "Flexible smoothing with B-splines and
penalties"). Points near a crossing have little weight, because thinning bends the line
there. Every piece of the spline between two knots is exactly a cubic Bézier curve.
"""

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.curves import blurred, resampled, spline
from gan.write.strokes_and_pages import Points, Stroke
from gan.write.vectorize.measure_ink import Mask, depths_at
from gan.write.vectorize.pen_paths import Path

STEP = 0.25  # distance between points in units
KNOT = 1.6  # distance between knots in units
# weight of the third differences in a smooth reference line, from which the roughness
# is measured
CALM = 300.0
FAINT = 0.03  # weight of a point at a crossing
# distance from a crossing, in stroke radii, within which points count less
BLURRED = 1.3
FIXED = 1e3  # weight of a point that the curve must pass through
FEWEST = 3  # minimum number of steps between corners; fewer would not determine a cubic
APART = 4.0  # units along a stroke; closer points belong to the same section
SNAP = 2.0  # stroke radii; an end closer than this to another stroke is moved onto it
# distance from a moved end, in stroke radii, over which the shift of the line fades to
# 0
FADE = 2.6
FOLLOWS = 3.0  # the same distance measured along the line
# a value outside this range indicates a blot or a gap in the drawing
PRESSURES = (0.5, 1.6)
PRESSURE = 2.0  # length in units over which the width is averaged


def even(path: Path) -> Path:
    points, radii = resampled(path.points, path.radii, STEP)
    return replace(path, points=points, radii=radii)


def stroke_of(path: Path, corners: list[int], radius: float) -> Stroke:
    """Return the stroke along a path whose points are STEP apart.

    Pressure 1 means a width of 2 `radius`.
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
    """Return the strokes along paths.

    An end at a crossing is moved onto the stroke that passes through the crossing.
    Smoothing moves the passing stroke away from the point to which thinning bent it, so
    ends at that point must follow.
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
    """Move the start of a path, and the points after it, to the nearest close place."""
    start = path.points[0]
    d = np.hypot(*(places - start).T)
    if not len(d) or not 0 < d.min() < SNAP * radius:
        return path
    fades = np.clip(1 - np.hypot(*(path.points - start).T) / (FADE * radius), 0, 1)
    fades[round(FOLLOWS * radius / STEP) :] = 0
    shift = places[d.argmin()] - start
    return replace(path, points=path.points + fades[:, None] * shift)


def roughness(stroke: Stroke) -> float:
    """Return the root mean square distance of a stroke from a stiff spline."""
    points, pressure = stroke.sampled(STEP)
    points, _ = resampled(points, pressure, STEP)
    weights = np.ones(len(points))
    weights[[0, -1]] = FIXED
    calm = spline(points, weights, KNOT, stiff=CALM)
    line, _ = resampled(*Stroke(calm, np.ones(len(calm) + 1)).sampled(STEP), STEP)
    at = np.linspace(0, len(line) - 1, len(points)).round().astype(int)
    return float(np.sqrt(((line[at] - points) ** 2).sum(axis=1).mean()))


REACH = 1.4  # units before and after a corner over which the turn is measured
WIDE = 2.8  # units of a wider window in which the turn must also appear
SHARP = np.radians(58)  # minimum turn of a corner
# beyond this angle the line reverses and turns neither left nor right
BACK = np.radians(150)
# length before and after a corner, in stroke radii, that thinning rounds off
INSIDE = 1.5
SIDE = 2.0  # length in units over which the direction of a side is measured
FILLED = 0.75  # minimum depth of ink on the centreline of a stroke, in stroke radii
# tolerance; a 5's corner points up and left, while one that points left is the bend of
# an S
AROUND = np.radians(55)
# stroke radii; if ink extends less than this beyond the centreline, it is a bend and
# not a corner
OUT = 0.5


def corners_of(path: Path, left_only: bool = False) -> list[int]:
    """Return the indices at which a path, whose points are STEP apart, turns sharply.

    None of them is near an end. With `left_only`, only turns to the left count: a 3
    turns left at its waist, while its tight bows turn right.
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
    """Return the turn to the right at each point, -pi to pi.

    It is measured between the chords from and to the points `reach` away.
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
    """Move an open path, with points STEP apart, into the corners that ink fills.

    At a bend the two sides are extended until they meet. The path is moved from the
    centreline towards that point, as far as the ink, (224, 224) from `ink.ink_of`, is
    deep enough for a stroke of this `radius` in units. Only corners that point
    `towards` (x to the right, y downwards), within AROUND, are changed.
    """
    cut = round(INSIDE * radius / STEP)
    side = round(SIDE / STEP)
    n = len(path.points)
    points = path.points
    radii = path.radii
    at = np.arange(cut + side, n - cut - side)
    if path.closed or not len(at):
        return path
    # (m, 2) the ends of the two sides, and their directions
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
        # from the end, to keep earlier indices valid
        points = np.concatenate([points[: i - cut + 1], tip[None], points[i + cut :]])
        radii = np.concatenate([radii[: i - cut + 1], radii[i + cut - 1 :]])
    return even(replace(path, points=points, radii=radii)) if tips else path


def _meetings(a: Points, u: Points, b: Points, v: Points) -> Points:
    """Return where each line from a along u meets that from b along v, (n, 2).

    No two of these lines are parallel.
    """
    across = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    s = ((b[:, 0] - a[:, 0]) * v[:, 1] - (b[:, 1] - a[:, 1]) * v[:, 0]) / across
    return a + s[:, None] * u


def _last_in_ink(start: Points, end: Points, ink: Mask, radius: float) -> Points:
    """Return the last point from start to end with ink at least FILLED radii deep."""
    n = max(2, int(np.ceil(np.hypot(*(end - start)) / (STEP / 2))))
    way = start + np.linspace(0, 1, n)[:, None] * (end - start)
    shallow = np.flatnonzero(depths_at(ink, way) < FILLED * radius)
    first = shallow[0] if len(shallow) else n
    last: Points = way[max(0, first - 1)]
    return last
