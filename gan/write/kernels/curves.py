"""Sample Bézier curves, resample polylines, smooth them with a Gaussian, and fit
smoothing splines.

Python code allocates all arrays, because numba compiles each allocation again, which
takes longer than some loops.
"""

from functools import lru_cache
from math import ceil, exp

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y
Numbers = NDArray[np.float64]  # (n,)
Indices = NDArray[np.int64]  # (n,)
# (k, 4, 2) start, two control points and end of each curve
Curves = NDArray[np.float64]
STIFF = 0.35  # usual weight of the third differences in a smoothing spline


def sampled(
    curves: Curves, pressures: Numbers, lengths: Indices, step: float
) -> tuple[Points, Numbers, Indices]:
    """Sample the curves of several strokes at evenly spaced values of each curve's
    parameter.

    The curves of all strokes are concatenated; `lengths`, (m,), is the number of curves
    in each stroke. `pressures`, (k + m,), contains the pressures at both ends of every
    curve. `step` is an approximate upper bound on the distance between points, because
    a curve is at most as long as its control polygon. Return the points (n, 2), the
    pressure at each point, and the index of its stroke.
    """
    counts = np.empty(len(curves), np.int64)  # number of steps along each curve
    n = _count_steps(curves, step, counts) + len(lengths)
    points = np.empty((n, 2))
    pressure = np.empty(n)
    whose = np.empty(n, np.int64)
    _sample(curves, pressures, lengths, counts, points, pressure, whose)
    return points, pressure, whose


@njit(cache=True, nogil=True)
def _count_steps(curves: Curves, step: float, counts: Indices) -> int:
    total = 0
    for i in range(len(curves)):
        longest = 0.0
        for j in range(3):
            longest += np.hypot(
                curves[i, j + 1, 0] - curves[i, j, 0],
                curves[i, j + 1, 1] - curves[i, j, 1],
            )
        steps = np.ceil(longest / step)
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
    whose: Indices,
) -> None:
    end = i = k = 0
    for stroke in range(len(lengths)):
        end += lengths[stroke]
        while i < end:
            for j in range(counts[i] + (1 if i == end - 1 else 0)):
                # the last curve also yields its end
                t = j / counts[i]
                s = 1 - t
                a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
                for axis in range(2):
                    start = a * curves[i, 0, axis]
                    near = b * curves[i, 1, axis]
                    points[k, axis] = (
                        start + near + c * curves[i, 2, axis] + d * curves[i, 3, axis]
                    )
                pressure[k] = s * pressures[i + stroke] + t * pressures[i + stroke + 1]
                whose[k] = stroke
                k += 1
            i += 1


def resampled(points: Points, values: Numbers, step: float) -> tuple[Points, Numbers]:
    """Return at least 2 points evenly spaced along a polyline, at most `step` apart,
    and the values at these points.
    """
    points, along = np.ascontiguousarray(points), np.empty(len(points))
    n = max(2, ceil(_measure(points, along) / step) + 1)
    even = np.empty((n, 2))
    there = np.empty(n)
    _resample(points, np.ascontiguousarray(values), along, even, there)
    return even, there


@njit(cache=True, nogil=True)
def _measure(points: Points, along: Numbers) -> float:
    """Write the distance of each point from the first one, measured along the polyline,
    and return the last.
    """
    length = 0.0
    for i in range(len(points)):
        if i > 0:
            length += np.hypot(
                points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1]
            )
        along[i] = length
    return length


@njit(cache=True, nogil=True)
def _resample(
    points: Points, values: Numbers, along: Numbers, even: Points, there: Numbers
) -> None:
    """Write the results of `resampled`; the last point is copied."""
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
    """Return the Gaussian mean along the first axis, with `sigma` measured in rows and
    a window of 3 sigma.

    `closed` tells whether the last row repeats the first. Otherwise the values are
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
    weights = np.array(
        [exp(-0.5 * (i / sigma) * (i / sigma)) for i in range(-radius, radius + 1)]
    )
    return weights / weights.cumsum()[-1]


@njit(cache=True, nogil=True)
def _blur(
    values: NDArray[np.float64],
    weights: Numbers,
    closed: bool,
    longer: Numbers,
    out: Numbers,
) -> None:
    """Add the weighted sums to `out`, (n * columns,), with `longer` as scratch space
    for the padded values.
    """
    n, columns = values.shape
    radius = len(weights) // 2
    for i in range(n + 2 * radius):
        j = i - radius
        if closed:
            j %= n - 1
        mirrored = -j if j < 0 else 2 * (n - 1) - j
        mirrored = n - 1 if mirrored > n - 1 else 0 if mirrored < 0 else mirrored
        for c in range(columns):
            end = values[0, c] if j < 0 else values[n - 1, c]
            longer[i * columns + c] = (
                values[j, c] if 0 <= j < n else 2 * end - values[mirrored, c]
            )
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
    """Return the smoothing spline of evenly spaced points (n, 2), n >= 2, one curve per
    interval of at most `knot`.

    The B-spline coefficients c minimize (Eilers and Marx 1996, equation 8)

        sum over points of w_i |p_i - s(u_i)|^2 + stiff * sum of |third differences of
        c|^2.

    With the values of the B-splines at the points in B, and with D for third
    differences, they solve

        (B^T W B + stiff D^T D) c = B^T W points.

    The curve passes through an end point whose weight is large. `closed` tells whether
    the last point repeats the first. With `stiff` 0, cubic curves are reproduced
    exactly; with any other value, only quadratic ones are.
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
    """Return D^T D + 1e-9 I, (m, m), where D gives the third differences of m numbers
    in a row or a ring.

    The small multiple of the identity makes the matrix regular.
    """
    one = np.eye(m)
    D = np.diff(np.concatenate([one, one[:3]]) if closed else one, n=3, axis=0)
    return D.T @ D + 1e-9 * one


@njit(cache=True, nogil=True)
def _add_points(
    points: Points, weights: Numbers, k: int, matrix: NDArray[np.float64], right: Points
) -> None:
    """Add B^T W B to the matrix (m, m), and B^T W points to the right side (m, 2)."""
    n, m = len(points), len(matrix)
    for i in range(n):
        at = k * i / (n - 1)
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
    """Replace `right` by x, where matrix x = right and the matrix, which is
    overwritten, is positive definite.

    This is Cholesky's method: matrix = L L^T, L y = right, L^T x = y.
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
    """Write the Bézier curves of the spline with the coefficients c."""
    m = len(c)
    for i in range(len(curves)):
        for axis in range(2):
            p, q, r, s = (
                c[i, axis],
                c[(i + 1) % m, axis],
                c[(i + 2) % m, axis],
                c[(i + 3) % m, axis],
            )
            curves[i, 0, axis] = (p + 4 * q + r) / 6
            curves[i, 1, axis] = (2 * q + r) / 3
            curves[i, 2, axis] = (q + 2 * r) / 3
            curves[i, 3, axis] = (q + 4 * r + s) / 6
