"""From a path that thinning left, uneven and bent at crossings, to the curve that a pen drew.

Between its corners (corners.py) the curve is a cubic spline with even knots that goes as near to the points as a
penalty on its third differences lets it (Eilers and Marx 1996, "Flexible smoothing with B-splines and penalties"). Near
a crossing, where thinning drags the line aside, points count little. Every stretch of the spline between two knots is a
cubic curve, and becomes a Bézier curve without loss.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.curves import blurred, fitted, resampled
from gan.write.stroke import Points, Stroke
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
