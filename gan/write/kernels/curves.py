"""Points along cubic Bézier curves, Gaussian means along a line, and the smoothing spline."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y
Numbers = NDArray[np.float64]  # (n,)


@njit(cache=True, nogil=True)
def sampled(
    curves: NDArray[np.float64], counts: NDArray[np.int64], last: NDArray[np.bool_]
) -> tuple[Points, NDArray[np.int64], Numbers]:
    """Points along curves, evenly in each one's parameter.

    Parameters
    ----------
    curves : (k, 4, 2) float64
        Start, two handles and end of each.
    counts : (k,) int64, at least 1
        How many steps to take along each.
    last : (k,) bool
        Whose end is taken, too; others end where the next one starts.

    Returns
    -------
    (n, 2), (n,), (n,)
        The points, the curve that each lies on, and its parameter there, 0 to 1.
    """
    n = counts.sum() + last.sum()
    points, which, at = np.empty((n, 2)), np.empty(n, np.int64), np.empty(n)
    k = 0
    for i in range(len(curves)):
        for j in range(counts[i] + last[i]):
            t = j / counts[i]
            s = 1 - t
            a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
            for axis in range(2):
                p = curves[i, :, axis]
                points[k, axis] = a * p[0] + b * p[1] + c * p[2] + d * p[3]
            which[k], at[k] = i, t
            k += 1
    return points, which, at


@njit(cache=True, nogil=True)
def blurred(values: NDArray[np.float64], sigma: float, closed: bool) -> NDArray[np.float64]:
    """The Gaussian mean of each column; see `smooth.blur`.

    Parameters
    ----------
    values : (n, c) float64
    sigma : float
        In rows; what is farther than 3 sigma does not count.
    closed : bool
        Whether the last row is the first again. Otherwise ends are mirrored through their row.
    """
    n, columns = values.shape
    radius = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights /= weights.sum()
    out = np.zeros_like(values)
    for i in range(n):
        for k in range(-radius, radius + 1):
            j, w = i + k, weights[k + radius]
            if closed:
                j %= n - 1
            for c in range(columns):
                if j < 0:
                    value = 2 * values[0, c] - values[min(-j, n - 1), c]
                elif j >= n:
                    value = 2 * values[n - 1, c] - values[max(2 * (n - 1) - j, 0), c]
                else:
                    value = values[j, c]
                out[i, c] += w * value
    return out


@njit(cache=True, nogil=True)
def fitted(points: Points, weights: Numbers, k: int, closed: bool, uneven: NDArray[np.float64]) -> Points:
    """The coefficients of the smoothing spline of `smooth.spline`.

    With B the values of the B-splines at the points, W the weights: (B^T W B + uneven) c = B^T W points.

    Parameters
    ----------
    points, weights : (n, 2), (n,)
    k : int
        Curves.
    closed : bool
        Whether the last curve goes on in the first.
    uneven : (m, m)
        The penalty; m = k of a closed one, else k + 3. The sum must be positive definite.

    Returns
    -------
    (m, 2)
    """
    n, m = len(points), len(uneven)
    matrix, right = uneven.copy(), np.zeros((m, 2))
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
    return _solved(matrix, right)


@njit(cache=True, nogil=True)
def _solved(matrix: NDArray[np.float64], right: Points) -> Points:
    """x of matrix x = right, for a positive definite matrix, by Cholesky: matrix = L L^T, L y = right, L^T x = y.

    Both arguments are used up.
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
