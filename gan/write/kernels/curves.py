"""Sample Bézier curves; resample and blur polylines, and fit splines to them.

A *polyline* is a path given by its points. A *stroke* is a chain of cubic Bézier curves
(gan/write/strokes_and_pages.py). Each curve is given by four points: its start, two
control points and its end.

Python code allocates all arrays, because numba compiles the code of each allocation
again, which takes longer than compiling some loops.
"""

from functools import lru_cache
from math import ceil, exp

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y
Numbers = NDArray[np.float64]  # (n,)
Indices = NDArray[np.int64]  # (n,)
Curves = NDArray[np.float64]  # (k, 4, 2) start, control points and end of each curve
STIFF = 0.35  # usual weight of the third differences in a smoothing spline


def sampled(
    curves: Curves, pressures: Numbers, lengths: Indices, step: float
) -> tuple[Points, Numbers, Indices]:
    """Return points (n, 2) along several strokes, their pressures, and stroke indices.

    The curves of all m strokes are concatenated; `lengths`, (m,), is the number of
    curves in each stroke. `pressures`, (k + m,), has the pressure at the start of each
    of the k curves, and at the end of each stroke.

    The points divide the parameter of each curve evenly. `step` is an approximate upper
    bound on the distance between points, because a curve is at most as long as its
    control polygon.
    """
    counts = np.empty(len(curves), np.int64)  # number of steps along each curve
    n = _count_steps(curves, step, counts) + len(lengths)
    points = np.empty((n, 2))
    pressure = np.empty(n)
    strokes = np.empty(n, np.int64)
    _sample(curves, pressures, lengths, counts, points, pressure, strokes)
    return points, pressure, strokes


@njit(cache=True, nogil=True)
def _count_steps(curves: Curves, step: float, counts: Indices) -> int:
    total = 0
    for i in range(len(curves)):
        polygon = 0.0  # length of the control polygon
        for j in range(3):
            dx = curves[i, j + 1, 0] - curves[i, j, 0]
            dy = curves[i, j + 1, 1] - curves[i, j, 1]
            polygon += np.hypot(dx, dy)
        steps = np.ceil(polygon / step)
        counts[i] = steps if steps > 1 else 1
        total += counts[i]
    return total


@njit(cache=True, nogil=True)
def _sample(
    curves: Curves,
    pressures: Numbers,
    lengths: Indices,
    counts: Indices,
    points: Points,
    pressure: Numbers,
    strokes: Indices,
) -> None:
    end = 0  # index after the stroke's last curve
    i = 0  # index of the curve
    k = 0  # index of the point
    for stroke in range(len(lengths)):
        end += lengths[stroke]
        while i < end:
            steps = counts[i]
            last = 1 if i == end - 1 else 0  # the last curve also yields its end
            for j in range(steps + last):
                t = j / steps
                s = 1 - t
                a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
                for axis in range(2):
                    points[k, axis] = (
                        a * curves[i, 0, axis]
                        + b * curves[i, 1, axis]
                        + c * curves[i, 2, axis]
                        + d * curves[i, 3, axis]
                    )
                pressure[k] = s * pressures[i + stroke] + t * pressures[i + stroke + 1]
                strokes[k] = stroke
                k += 1
            i += 1


def resampled(points: Points, values: Numbers, step: float) -> tuple[Points, Numbers]:
    """Return evenly spaced points along a polyline, and the values at these points.

    The values are interpolated linearly. There are at least 2 points, at most `step`
    apart.
    """
    points = np.ascontiguousarray(points)
    along = np.empty(len(points))
    n = max(2, ceil(_measure(points, along) / step) + 1)
    even = np.empty((n, 2))
    there = np.empty(n)
    _resample(points, np.ascontiguousarray(values), along, even, there)
    return even, there


@njit(cache=True, nogil=True)
def _measure(points: Points, along: Numbers) -> float:
    """Write the length of a polyline up to each point to `along`; return its length."""
    length = 0.0
    for i in range(len(points)):
        if i > 0:
            dx = points[i, 0] - points[i - 1, 0]
            dy = points[i, 1] - points[i - 1, 1]
            length += np.hypot(dx, dy)
        along[i] = length
    return length


@njit(cache=True, nogil=True)
def _resample(
    points: Points, values: Numbers, along: Numbers, even: Points, there: Numbers
) -> None:
    """Write the results of `resampled` to `even` and `there`.

    The last point is copied, so that it is exact.
    """
    last = len(points) - 1
    end = len(even) - 1
    apart = along[last] / end
    left = 0  # index of the last point at or before the position
    for i in range(end + 1):
        while left + 1 < last and along[left + 1] <= i * apart:
            left += 1
        right = left + 1 if left < last else last
        beyond = i * apart - along[left]
        length = along[right] - along[left]
        if i == end:
            left = last
            beyond = 0.0
        if length == 0:  # all points coincide
            length = 1.0
        for axis in range(2):
            even[i, axis] = (
                points[right, axis] - points[left, axis]
            ) / length * beyond + points[left, axis]
        there[i] = (values[right] - values[left]) / length * beyond + values[left]


def blurred(
    values: NDArray[np.float64], sigma: float, closed: bool = False
) -> NDArray[np.float64]:
    """Smooth values along the first axis with a Gaussian window.

    `sigma` is measured in rows; the window reaches 3 sigma to either side. `closed`
    tells whether the last row repeats the first. If it does not, the values are
    extended beyond each end by point reflection, so that the ends do not move.
    """
    columns = np.ascontiguousarray(values).reshape(len(values), -1)
    weights = _gaussian(sigma)
    longer = np.empty((len(columns) + len(weights) - 1) * columns.shape[1])
    out = np.zeros(columns.size)
    _blur(columns, weights, closed, longer, out)
    return out.reshape(values.shape)


@lru_cache(maxsize=8)
def _gaussian(sigma: float) -> Numbers:
    radius = ceil(3 * sigma)
    rows = range(-radius, radius + 1)
    weights = np.array([exp(-0.5 * (i / sigma) * (i / sigma)) for i in rows])
    return weights / weights.cumsum()[-1]


@njit(cache=True, nogil=True)
def _blur(
    values: NDArray[np.float64],
    weights: Numbers,
    closed: bool,
    longer: Numbers,
    out: Numbers,
) -> None:
    """Write the weighted means to `out`, (n * columns,), which must be 0 at first.

    `longer` is scratch space for the values and their extensions.
    """
    n, columns = values.shape
    radius = len(weights) // 2
    for i in range(n + 2 * radius):
        j = i - radius
        if closed:
            j %= n - 1
        end = 0 if j < 0 else n - 1
        mirrored = min(max(2 * end - j, 0), n - 1)
        for c in range(columns):
            value = (
                values[j, c] if 0 <= j < n else 2 * values[end, c] - values[mirrored, c]
            )
            longer[i * columns + c] = value
    for k in range(len(weights)):
        for i in range(len(out)):
            out[i] += weights[k] * longer[k * columns + i]


def spline(
    points: Points,
    weights: Numbers,
    knot: float,
    closed: bool = False,
    stiff: float = STIFF,
) -> Curves:
    """Return the smoothing spline of evenly spaced points (n, 2), n >= 2.

    The result, (k, 4, 2), is a chain of Bézier curves, each given by its start, two
    control points and end. There is one curve per interval of at most `knot`. The
    B-spline coefficients c minimize (Eilers and Marx 1996, equation 8)

        sum over points of w_i |p_i - s(u_i)|^2 + stiff * sum of |third differences of
        c|^2.

    Let B be the values of the B-splines at the points, W the diagonal matrix of the
    weights, and D the matrix of third differences. Then the coefficients solve

        (B^T W B + stiff D^T D) c = B^T W points.

    The curve passes nearly through a point whose weight is large. `closed` tells
    whether the last point repeats the first. With `stiff` 0, cubic curves are
    reproduced exactly; with any other value, only quadratic ones are.
    """
    points = np.ascontiguousarray(points)
    k = max(4 if closed else 1, ceil(_measure(points, np.empty(len(points))) / knot))
    m = k if closed else k + 3  # number of coefficients
    matrix = stiff * _unevenness(m, closed)
    right = np.zeros((m, 2))
    curves = np.empty((k, 4, 2))
    _add_points(points, weights, k, matrix, right)
    _solve(matrix, right)
    _to_curves(right, curves)
    return curves


@lru_cache(maxsize=128)
def _unevenness(m: int, closed: bool) -> NDArray[np.float64]:
    """Return D^T D + 1e-9 I, (m, m), where D gives the third differences of m numbers.

    The numbers are in a row, or in a ring if `closed`. The small multiple of the
    identity makes the matrix invertible.
    """
    one = np.eye(m)
    numbers = np.concatenate([one, one[:3]]) if closed else one
    D = np.diff(numbers, n=3, axis=0)
    return D.T @ D + 1e-9 * one


@njit(cache=True, nogil=True)
def _add_points(
    points: Points, weights: Numbers, k: int, matrix: NDArray[np.float64], right: Points
) -> None:
    """Add B^T W B to the matrix (m, m), and B^T W points to the right side (m, 2)."""
    n, m = len(points), len(matrix)
    for i in range(n):
        at = k * i / (n - 1)  # position in intervals
        first = int(at) if at < k else k - 1
        t = at - first
        s = 1 - t
        basis = (
            s * s * s / 6,
            (3 * t * t * t - 6 * t * t + 4) / 6,
            (3 * s * s * s - 6 * s * s + 4) / 6,
            t * t * t / 6,
        )
        for a in range(4):
            row = (first + a) % m
            for b in range(4):
                matrix[row, (first + b) % m] += weights[i] * basis[a] * basis[b]
            for axis in range(2):
                right[row, axis] += weights[i] * basis[a] * points[i, axis]


@njit(cache=True, nogil=True)
def _solve(matrix: NDArray[np.float64], right: Points) -> None:
    """Replace `right` by the solution x of the linear equations matrix x = right.

    The matrix must be positive definite, and is overwritten. This is Cholesky's method:
    matrix = L L^T, L y = right, L^T x = y.
    """
    m = len(matrix)
    for j in range(m):
        for i in range(j, m):
            total = matrix[i, j]
            for a in range(j):
                total -= matrix[i, a] * matrix[j, a]
            matrix[i, j] = np.sqrt(total) if i == j else total / matrix[j, j]
    for axis in range(2):
        for i in range(m):
            for a in range(i):
                right[i, axis] -= matrix[i, a] * right[a, axis]
            right[i, axis] /= matrix[i, i]
        for i in range(m - 1, -1, -1):
            for a in range(i + 1, m):
                right[i, axis] -= matrix[a, i] * right[a, axis]
            right[i, axis] /= matrix[i, i]


@njit(cache=True, nogil=True)
def _to_curves(c: Points, curves: Curves) -> None:
    """Convert B-spline coefficients c to Bézier curves, (k, 4, 2)."""
    m = len(c)
    for i in range(len(curves)):
        for axis in range(2):
            p = c[i, axis]
            q = c[(i + 1) % m, axis]
            r = c[(i + 2) % m, axis]
            s = c[(i + 3) % m, axis]
            curves[i, 0, axis] = (p + 4 * q + r) / 6
            curves[i, 1, axis] = (2 * q + r) / 3
            curves[i, 2, axis] = (q + 2 * r) / 3
            curves[i, 3, axis] = (q + 4 * r + s) / 6
