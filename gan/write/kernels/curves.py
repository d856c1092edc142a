"""Sample Bézier curves, resample polylines, smooth them with a Gaussian, and fit smoothing splines."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y
Numbers = NDArray[np.float64]  # (n,)
Curves = NDArray[np.float64]  # (k, 4, 2) start, two control points and end of each curve


@njit(cache=True, nogil=True)
def sampled(
    curves: Curves, pressures: Numbers, lengths: NDArray[np.int64], step: float
) -> tuple[Points, Numbers, NDArray[np.int64]]:
    """Sample the curves of several strokes at evenly spaced values of each curve's parameter.

    The curves of all strokes are concatenated; `lengths`, (m,), is the number of curves in each stroke. `pressures`,
    (k + m,), contains the pressures at both ends of every curve. `step` is an approximate upper bound on the distance
    between points, because a curve is at most as long as its control polygon. Return the points (n, 2), the pressure at
    each point, and the index of its stroke.
    """
    counts = np.empty(len(curves), np.int64)  # number of steps along each curve
    for i in range(len(curves)):
        longest = 0.0
        for j in range(3):
            longest += np.hypot(curves[i, j + 1, 0] - curves[i, j, 0], curves[i, j + 1, 1] - curves[i, j, 1])
        counts[i] = max(1, int(np.ceil(longest / step)))
    n = counts.sum() + len(lengths)
    points, pressure, whose = np.empty((n, 2)), np.empty(n), np.empty(n, np.int64)
    i = k = 0
    for stroke in range(len(lengths)):
        end = i + lengths[stroke]
        while i < end:
            for j in range(counts[i] + (i == end - 1)):  # the last curve also yields its end
                t = j / counts[i]
                s = 1 - t
                a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
                for axis in range(2):
                    p = curves[i, :, axis]
                    points[k, axis] = a * p[0] + b * p[1] + c * p[2] + d * p[3]
                pressure[k] = s * pressures[i + stroke] + t * pressures[i + stroke + 1]
                whose[k] = stroke
                k += 1
            i += 1
    return points, pressure, whose


@njit(cache=True, nogil=True)
def resampled(points: Points, values: Numbers, step: float) -> tuple[Points, Numbers]:
    """Return at least 2 points evenly spaced along a polyline, at most `step` apart, and the values at these points."""
    along = np.zeros(len(points))
    for i in range(1, len(points)):
        along[i] = along[i - 1] + np.hypot(points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1])
    n = max(2, int(np.ceil(along[-1] / step)) + 1)
    apart = along[-1] / (n - 1)
    even, there = np.empty((n, 2)), np.empty(n)
    even[n - 1], there[n - 1] = points[-1], values[-1]
    left = 0  # index of the last point at or before the position
    for i in range(n - 1):
        while left + 2 < len(points) and along[left + 1] <= i * apart:
            left += 1
        right = min(left + 1, len(points) - 1)
        beyond, length = i * apart - along[left], along[right] - along[left]
        if length == 0:  # all points coincide
            length = 1.0
        for axis in range(2):
            even[i, axis] = (points[right, axis] - points[left, axis]) / length * beyond + points[left, axis]
        there[i] = (values[right] - values[left]) / length * beyond + values[left]
    return even, there


@njit(cache=True, nogil=True)
def blurred(values: NDArray[np.float64], sigma: float, closed: bool) -> NDArray[np.float64]:
    """Smooth each column of the values (n, c) with a Gaussian, as `smooth.blur` describes.

    `sigma` is measured in rows, and the window is truncated at 3 sigma. `closed` tells whether the last row repeats the
    first. Otherwise the values are extended beyond each end by point reflection in the end row.
    """
    n, columns = values.shape
    radius = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights /= weights.sum()
    longer = np.empty((n + 2 * radius, columns))  # padded before the first row and after the last
    for i in range(len(longer)):
        j = i - radius
        if closed:
            j %= n - 1
        for c in range(columns):
            if j < 0:
                longer[i, c] = 2 * values[0, c] - values[min(-j, n - 1), c]
            elif j >= n:
                longer[i, c] = 2 * values[n - 1, c] - values[max(2 * (n - 1) - j, 0), c]
            else:
                longer[i, c] = values[j, c]
    out = np.zeros(n * columns)
    for k in range(len(weights)):
        weight, moved = weights[k], longer.ravel()[k * columns : (k + n) * columns]
        for i in range(len(out)):
            out[i] += weight * moved[i]
    return out.reshape(n, columns)


@njit(cache=True, nogil=True)
def fitted(points: Points, weights: Numbers, knot: float, closed: bool, stiff: float) -> Curves:
    """Return the smoothing spline that `smooth.spline` describes, one curve per interval of at most `knot` units.

    B contains the values of the B-splines at the points, W the weights, and D takes third differences of the
    coefficients c, which solve

        (B^T W B + stiff D^T D) c = B^T W points.
    """
    n, length = len(points), 0.0
    for i in range(1, n):
        length += np.hypot(points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1])
    k = max(4 if closed else 1, int(np.ceil(length / knot)))
    m = k if closed else k + 3  # number of coefficients
    matrix, right = stiff * _unevenness(m, closed), np.zeros((m, 2))
    basis, which = np.empty(4), np.empty(4, np.int64)
    for i in range(n):
        at = k * i / (n - 1)
        first = min(int(at), k - 1)
        t = at - first
        s = 1 - t
        basis[0], basis[3] = s * s * s / 6, t * t * t / 6
        basis[1], basis[2] = (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6
        for a in range(4):
            which[a] = (first + a) % m
        for a in range(4):
            for b in range(4):
                matrix[which[a], which[b]] += weights[i] * basis[a] * basis[b]
            for axis in range(2):
                right[which[a], axis] += weights[i] * basis[a] * points[i, axis]
    c = _solved(matrix, right)
    curves = np.empty((k, 4, 2))
    for i in range(k):
        for axis in range(2):
            p, q, r, s = c[i, axis], c[(i + 1) % m, axis], c[(i + 2) % m, axis], c[(i + 3) % m, axis]
            curves[i, 0, axis], curves[i, 1, axis] = (p + 4 * q + r) / 6, (2 * q + r) / 3
            curves[i, 2, axis], curves[i, 3, axis] = (q + 2 * r) / 3, (q + 4 * r + s) / 6
    return curves


@njit(cache=True, nogil=True)
def _unevenness(m: int, closed: bool) -> NDArray[np.float64]:
    """Return D^T D + 1e-9 I, (m, m), where D gives the third differences of m numbers in a row or a ring.

    The small multiple of the identity makes the matrix regular.
    """
    matrix = np.zeros((m, m))
    signs = (-1.0, 3.0, -3.0, 1.0)
    for row in range(m if closed else m - 3):
        for a in range(4):
            for b in range(4):
                matrix[(row + a) % m, (row + b) % m] += signs[a] * signs[b]
    for i in range(m):
        matrix[i, i] += 1e-9
    return matrix


@njit(cache=True, nogil=True)
def _solved(matrix: NDArray[np.float64], right: Points) -> Points:
    """Solve matrix x = right for a positive definite matrix by Cholesky: matrix = L L^T, L y = right, L^T x = y.

    Both arguments are overwritten.
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
    return right
