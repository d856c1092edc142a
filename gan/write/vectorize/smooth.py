"""From a path that thinning left, uneven and bent at crossings, to the curve that a pen drew.

Between its corners (corners.py) the curve is a cubic spline with even knots that goes as near to the points as a
penalty on its third differences lets it (Eilers and Marx 1996, "Flexible smoothing with B-splines and penalties"). Near
a crossing, where thinning drags the line aside, points count little. Every stretch of the spline between two knots is a
cubic curve, and becomes a Bézier curve without loss.

Where a path turns sharply: what turns within about a pixel is a corner, what turns more slowly is a bend.

Thinning goes round the inside of a corner, and a stroke of two or three pixels leaves little of a right angle. The ink
still has it. So where the two sides of a bend, drawn on, meet in ink, the path is led there first.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.curves import blurred, fitted, resampled
from gan.write.page import Points, Stroke
from gan.write.vectorize.ink import Mask, depths_at
from gan.write.vectorize.trace import Path

STEP = 0.25  # units from point to point
KNOT = 1.6  # units from knot to knot
STIFF = 0.35  # weight of the third differences
CALM = 300.0  # the same of a line without unevenness
FAINT = 0.03  # weight of a point at a crossing
BLURRED = 1.3  # radii: so far from a crossing its points count less
FIXED = 1e3  # weight of a point through which the curve must go
FEWEST = 3  # steps between corners: fewer points than a cubic curve has would not decide it
APART = 4.0  # units along a stroke: what is nearer is the same stretch of it
SNAP = 2.0  # radii: an end that is nearer to a stroke belongs onto it
FADE = 2.6  # radii from an end that is moved: the line follows, the less the farther ...
FOLLOWS = 3.0  # ... over so many radii along it
PRESSURES = (0.5, 1.6)  # what lies outside is a blot or a gap of the drawing
PRESSURE = 2.0  # units over which the width is averaged


def resample(points: Points, values: NDArray[np.float64], step: float) -> tuple[Points, NDArray[np.float64]]:
    """Points `step` apart along a polyline, at least 2, and the values there."""
    return resampled(points, values, step)


def even(path: Path) -> Path:
    """The path with points STEP apart."""
    points, radii = resample(path.points, path.radii, STEP)
    return replace(path, points=points, radii=radii)


def blur(values: NDArray[np.float64], sigma: float, closed: bool = False) -> NDArray[np.float64]:
    """Gaussian mean along the first axis, sigma in points; of values whose last is the first again, with `closed`.

    The ends of others are mirrored through their point, so they stay.
    """
    return blurred(values.reshape(len(values), -1), sigma, closed).reshape(values.shape)


def spline(
    points: Points, weights: NDArray[np.float64], closed: bool = False, stiff: float = STIFF
) -> NDArray[np.float64]:
    """The smoothing spline of points that lie evenly along a line, as Bézier curves (k, 4, 2).

    Its coefficients c on B-splines with k even stretches make this least (Eilers and Marx 1996, equation 8):

        sum over points of w_i |p_i - s(u_i)|^2 + stiff * sum of |third differences of c|^2

    Parameters
    ----------
    points : (n, 2), n >= 2
        In units.
    weights : (n,)
        w; an end is met when its weight is large.
    closed : bool
        The last point is the first again.
    stiff : float
        At 0 a cubic curve is met exactly, at any other a quadratic one.
    """
    return fitted(points, weights, KNOT, closed, stiff)


def stroke_of(path: Path, corners: list[int], radius: float) -> Stroke:
    """The stroke along a path, whose points are STEP apart.

    Parameters
    ----------
    path, corners
        And the numbers of its points that are corners.
    radius
        Of the drawing's strokes, in units: pressure 1.
    """
    points = path.points
    weights = np.ones(len(points))
    for crossing in path.crossings:
        d = np.hypot(*(points - crossing).T)
        weights = np.minimum(weights, FAINT + (1 - FAINT) * np.clip(d / (BLURRED * radius), 0, 1) ** 2)
    if path.closed and not corners:
        curves = spline(points, weights, closed=True)
    else:  # what goes around has a corner where it begins and ends, too, and needs none beside it
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
    """The strokes along paths; what ends at a crossing is brought onto the stroke that passes there.

    A stroke that passes a crossing is smoothed past the point to which thinning dragged it, so what ends there is
    bent to follow.
    """
    strokes = [stroke_of(path, c, radius) for path, c in zip(paths, corners, strict=True)]
    if all(end for path in paths for end in path.loose) or all(path.closed for path in paths):
        return strokes
    lines = [stroke.sampled(STEP / 2)[0] for stroke in strokes]
    for i, path in enumerate(paths):
        others = [line for line in lines if line is not lines[i]]
        far = round(APART / (STEP / 2))
        bent = path
        if not path.loose[0]:
            bent = _begun_on(bent, np.concatenate([*others, lines[i][far + 1 :]]), radius)
        if not path.loose[1]:
            bent = _begun_on(bent.turned(), np.concatenate([*others, lines[i][: -far - 1]]), radius).turned()
        if (bent.points != path.points).any():
            strokes[i] = stroke_of(bent, corners[i], radius)
    return strokes


def _begun_on(path: Path, places: Points, radius: float) -> Path:
    """A path whose first point is moved to the nearest of some places, if that is near, and whose next ones follow."""
    start = path.points[0]
    d = np.hypot(*(places - start).T)
    if not len(d) or not 0 < d.min() < SNAP * radius:
        return path
    fades = np.clip(1 - np.hypot(*(path.points - start).T) / (FADE * radius), 0, 1)
    fades[round(FOLLOWS * radius / STEP) :] = 0
    return replace(path, points=path.points + fades[:, None] * (places[d.argmin()] - start))


def roughness(stroke: Stroke) -> float:
    """How far a stroke strays from a much stiffer one, in units: the root of the mean square."""
    points, pressure = stroke.sampled(STEP)
    points, _ = resample(points, pressure, STEP)
    weights = np.ones(len(points))
    weights[[0, -1]] = FIXED
    calm = spline(points, weights, stiff=CALM)
    line, _ = resample(*Stroke(calm, np.ones(len(calm) + 1)).sampled(STEP), STEP)
    at = np.linspace(0, len(line) - 1, len(points)).round().astype(int)
    return float(np.sqrt(((line[at] - points) ** 2).sum(axis=1).mean()))


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
