"""Smoothing: from an uneven path to the curve of a pen, split at its corners.

A turn within about a pixel is a corner, a slower one a bend. Thinning rounds the inside of a corner, and a stroke of
two or three pixels leaves little of a right angle, but the ink still has it. So where the extended sides of a bend meet
in ink, the path is moved there first.

Between corners the curve is a cubic spline with uniform knots and a penalty on its third differences (Eilers and Marx
1996, "Flexible smoothing with B-splines and penalties"). Near a crossing, where thinning bends the line, points have
little weight. Every piece of the spline between two knots is exactly a cubic Bézier curve.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.curves import blurred, fitted, resampled
from gan.write.vectorize.ink import Mask, depths_at
from gan.write.vectorize.trace import Path
from gan.write.writing import Points, Stroke

STEP = 0.25  # units from point to point
KNOT = 1.6  # units from knot to knot
STIFF = 0.35  # weight of the third differences ...
CALM = 300.0  # ... and for a reference line without unevenness
FAINT = 0.03  # weight of a point at a crossing
BLURRED = 1.3  # radii: distance from a crossing within which points count less
FIXED = 1e3  # weight of a point that the curve must pass through
FEWEST = 3  # steps between corners: fewer would not determine a cubic
APART = 4.0  # units along a stroke: nearer points are part of the same stretch
SNAP = 2.0  # radii: an end closer than this to a stroke is moved onto it
FADE = 2.6  # radii from a moved end over which the shift of the line fades to 0 ...
FOLLOWS = 3.0  # ... and the same measured along the line
PRESSURES = (0.5, 1.6)  # a value outside is a blot or a gap of the drawing
PRESSURE = 2.0  # units over which the width is averaged


def even(path: Path) -> Path:
    """Return the path with points STEP apart."""
    points, radii = resampled(path.points, path.radii, STEP)
    return replace(path, points=points, radii=radii)


def blur(values: NDArray[np.float64], sigma: float, closed: bool = False) -> NDArray[np.float64]:
    """Return the Gaussian mean along the first axis, sigma in points; `closed` if the last value repeats the first.

    Otherwise the ends are reflected through their point, so they stay.
    """
    return blurred(values.reshape(len(values), -1), sigma, closed).reshape(values.shape)


def spline(
    points: Points, weights: NDArray[np.float64], closed: bool = False, stiff: float = STIFF
) -> NDArray[np.float64]:
    """Return the smoothing spline of evenly spaced points, as Bézier curves (k, 4, 2).

    Its coefficients c on B-splines with k uniform intervals minimise (Eilers and Marx 1996, equation 8)

        sum over points of w_i |p_i - s(u_i)|^2 + stiff * sum of |third differences of c|^2

    Parameters
    ----------
    points : (n, 2), n >= 2
        In units.
    weights : (n,)
        w; the curve passes through an end whose weight is large.
    closed : bool
        Whether the last point repeats the first.
    stiff : float
        At 0 a cubic curve is reproduced exactly, at any other value a quadratic one.
    """
    return fitted(points, weights, KNOT, closed, stiff)


def stroke_of(path: Path, corners: list[int], radius: float) -> Stroke:
    """Return the stroke along a path, STEP apart, with corners at these points; pressure 1 is a width of 2 `radius`."""
    points = path.points
    weights = np.ones(len(points))
    for crossing in path.crossings:
        d = np.hypot(*(points - crossing).T)
        weights = np.minimum(weights, FAINT + (1 - FAINT) * np.clip(d / (BLURRED * radius), 0, 1) ** 2)
    if path.closed and not corners:
        curves = spline(points, weights, closed=True)
    else:  # a closed path with corners is also cut where it starts
        last = len(points) - 1
        cuts = [0, *(corner for corner in corners if FEWEST <= corner <= last - FEWEST), last]
        pieces = []
        for a, b in itertools.pairwise(cuts):
            w = weights[a : b + 1].copy()
            w[0] = w[-1] = FIXED
            pieces.append(spline(points[a : b + 1], w))
        curves = np.concatenate(pieces)
    widths = blur(path.radii, PRESSURE / STEP, path.closed) / radius
    at = np.linspace(0, len(points) - 1, len(curves) + 1).round().astype(int)
    return Stroke(curves, np.clip(widths[at], *PRESSURES))


def snapped(paths: list[Path], corners: list[list[int]], radius: float) -> list[Stroke]:
    """Return the strokes along paths; an end at a crossing is moved onto the stroke that passes there.

    A stroke that passes a crossing is smoothed past the point to which thinning bent it, so ends there must follow.
    """
    strokes = [stroke_of(path, c, radius) for path, c in zip(paths, corners, strict=True)]
    if all(end for path in paths for end in path.loose) or all(path.closed for path in paths):
        return strokes
    lines = [stroke.sampled(STEP / 2)[0] for stroke in strokes]
    for i, path in enumerate(paths):
        others = [line for line in lines if line is not lines[i]]
        apart = round(APART / (STEP / 2))
        moved = path
        if not path.loose[0]:
            moved = _moved_start(moved, np.concatenate([*others, lines[i][apart + 1 :]]), radius)
        if not path.loose[1]:
            moved = _moved_start(moved.reversed(), np.concatenate([*others, lines[i][: -apart - 1]]), radius).reversed()
        if (moved.points != path.points).any():
            strokes[i] = stroke_of(moved, corners[i], radius)
    return strokes


def _moved_start(path: Path, places: Points, radius: float) -> Path:
    """Move the first point of a path to the nearest of some places if it is close, and let the next points follow."""
    start = path.points[0]
    d = np.hypot(*(places - start).T)
    if not len(d) or not 0 < d.min() < SNAP * radius:
        return path
    fades = np.clip(1 - np.hypot(*(path.points - start).T) / (FADE * radius), 0, 1)
    fades[round(FOLLOWS * radius / STEP) :] = 0
    return replace(path, points=path.points + fades[:, None] * (places[d.argmin()] - start))


def roughness(stroke: Stroke) -> float:
    """Return the root mean square distance of a stroke from a much stiffer one, in units."""
    points, pressure = stroke.sampled(STEP)
    points, _ = resampled(points, pressure, STEP)
    weights = np.ones(len(points))
    weights[[0, -1]] = FIXED
    calm = spline(points, weights, stiff=CALM)
    line, _ = resampled(*Stroke(calm, np.ones(len(calm) + 1)).sampled(STEP), STEP)
    at = np.linspace(0, len(line) - 1, len(points)).round().astype(int)
    return float(np.sqrt(((line[at] - points) ** 2).sum(axis=1).mean()))


REACH = 1.4  # units before and after a corner over which it turns ...
WIDE = 2.8  # ... and a wider window that must show the turn, too
SHARP = np.radians(58)  # least turn of a corner
BACK = np.radians(150)  # beyond this the line reverses, neither left nor right
INSIDE = 1.5  # radii before and after a corner that thinning rounds off
SIDE = 2.0  # units of a side that give its direction
FILLED = 0.75  # radii: least depth of ink on the middle of a stroke
AROUND = np.radians(55)  # tolerance: a 5's corner points up and left; one that points left is the bend of an S
OUT = 0.5  # radii: ink that extends less than this beyond the middle line is a bend, no corner


def corners_of(path: Path, left_only: bool = False) -> list[int]:
    """Return the indices of points of a path, STEP apart, at which it turns sharply; none near an end.

    With `left_only`, only turns to the left: a 3 has one at its waist, while its tight bows turn right.
    """
    points = blur(path.points, 0.3 / STEP, path.closed)
    n, near, wide = len(points), round(REACH / STEP), round(WIDE / STEP)
    signed = _turns(points, near, path.closed), _turns(points, wide, path.closed)
    turns = np.minimum(np.abs(signed[0]), np.abs(signed[1]))
    if left_only:
        turns[(signed[1] > 0) & (turns < BACK)] = 0
    chosen: list[int] = []
    for i in np.argsort(-turns).tolist():
        if turns[i] < SHARP:
            break
        if all(min(abs(i - j), n - 1 - abs(i - j) if path.closed else n) > near for j in chosen):
            chosen.append(i)
    return sorted(chosen)


def _turns(points: Points, reach: int, closed: bool) -> NDArray[np.float64]:
    """Return the turn to the right at each point, -pi to pi, between chords of `reach` points to and from it."""
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
    """Return the turn from each direction (n, 2) to another, to the right, -pi to pi."""
    return np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1])  # y points down


def sharpened(path: Path, ink: Mask, radius: float, towards: tuple[int, int]) -> Path:
    """Move an open path, STEP apart, into the corners that its ink fills.

    At a bend the two sides are extended until they meet. From the middle line the path goes that way as far as the ink,
    (224, 224) from `ink.ink_of`, is deep enough for a stroke of this radius, in units. Such a corner points `towards`
    (x to the right, y downwards) within AROUND.
    """
    cut, side = round(INSIDE * radius / STEP), round(SIDE / STEP)
    n, points, radii = len(path.points), path.points, path.radii
    at = np.arange(cut + side, n - cut - side)
    if path.closed or not len(at):
        return path
    a, b = points[at - cut], points[at + cut]  # (m, 2) ends of the sides
    u, v = a - points[at - cut - side], points[at + cut + side] - b
    turns = np.abs(_turn(u, v))
    sharp = np.argsort(-turns)
    sharp = sharp[(turns[sharp] >= SHARP) & (turns[sharp] < BACK)]
    at, ends = at[sharp], _meetings(a[sharp], u[sharp], b[sharp], v[sharp])
    out = ends - points[at]
    apt = (np.hypot(*out.T) > OUT * radius) & (np.abs(_turn(out, np.array([towards]))) < AROUND)
    tips: list[tuple[int, Points]] = []
    for i, end in zip(at[apt].tolist(), ends[apt], strict=True):
        if all(abs(i - j) > 2 * cut for j, _ in tips):
            tip = _last_in_ink(points[i], end, ink, radius)
            if np.hypot(*(tip - points[i])) > OUT * radius:
                tips.append((i, tip))
    for i, tip in sorted(tips, key=lambda corner: -corner[0]):  # from the end, so that earlier indices stay valid
        points = np.concatenate([points[: i - cut + 1], tip[None], points[i + cut :]])
        radii = np.concatenate([radii[: i - cut + 1], radii[i + cut - 1 :]])
    return even(replace(path, points=points, radii=radii)) if tips else path


def _meetings(a: Points, u: Points, b: Points, v: Points) -> Points:
    """Return (n, 2): the intersection of each line from a along u with the line from b along v; none are parallel."""
    across = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    s = ((b[:, 0] - a[:, 0]) * v[:, 1] - (b[:, 1] - a[:, 1]) * v[:, 0]) / across
    return a + s[:, None] * u


def _last_in_ink(start: Points, end: Points, ink: Mask, radius: float) -> Points:
    """Return the last point on the way from start to end up to which the ink is at least FILLED radii deep."""
    n = max(2, int(np.ceil(np.hypot(*(end - start)) / (STEP / 2))))
    way = start + np.linspace(0, 1, n)[:, None] * (end - start)
    shallow = np.flatnonzero(depths_at(ink, way) < FILLED * radius)
    last: Points = way[max(0, (shallow[0] if len(shallow) else n) - 1)]
    return last
