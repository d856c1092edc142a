"""Curve kernels compared with linear interpolation, a padded blur and dense least squares."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write.kernels.curves import STIFF, blurred, resampled, spline
from tests.helpers.drawings import arc

Points = NDArray[np.float64]


@given(st.integers(0, 10**6), st.integers(1, 40), st.floats(0.05, 3))
def test_resampling_is_linear_interpolation(seed: int, n: int, step: float) -> None:
    rng = np.random.default_rng(seed)
    points = np.repeat(rng.normal(size=(n, 2)), rng.integers(1, 3, n), axis=0)  # some points occur twice in a row
    found, values_there = resampled(points, points.sum(axis=1), step)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    assert len(found) == max(2, int(np.ceil(along[-1] / step)) + 1)
    evenly = np.linspace(0, along[-1], len(found))
    expected = np.stack([np.interp(evenly, along, column) for column in points.T], axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(values_there, expected.sum(axis=1), atol=1e-9)


def casteljau(curve: Points, t: float) -> Points:
    while len(curve) > 1:
        curve = (1 - t) * curve[:-1] + t * curve[1:]
    return curve[0]


@given(st.integers(2, 30), st.floats(0.4, 4), st.booleans())
def test_blur_is_a_weighted_mean_of_the_padded_rows(n: int, sigma: float, closed: bool) -> None:
    """A closed line wraps around. An open line is extended by point reflection through its ends, at most once."""
    values = np.random.default_rng(n).normal(size=(n, 2))
    radius = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)

    def padded(i: int) -> NDArray[np.float64]:
        if closed:
            row = values[i % (n - 1)]
        elif i < 0:
            row = 2 * values[0] - values[min(-i, n - 1)]
        else:
            row = values[i] if i < n else 2 * values[-1] - values[max(2 * (n - 1) - i, 0)]
        return np.asarray(row)

    rows = [[padded(i + j) for j in range(-radius, radius + 1)] for i in range(n)]
    expected = np.tensordot(np.array(rows), weights / weights.sum(), axes=(1, 0))
    np.testing.assert_allclose(blurred(values, sigma, closed), expected, atol=1e-9)
    np.testing.assert_allclose(blurred(values[:, 1], sigma, closed), expected[:, 1], atol=1e-9)


# Splines


def basis(u: float, k: int) -> NDArray[np.float64]:
    """Return all k + 3 uniform cubic B-splines at u, computed with the Cox-de Boor recursion."""
    knots = np.arange(-3.0, k + 4)
    values = np.where((knots[:-1] <= u) & (u < knots[1:]), 1.0, 0.0)
    for degree in (1, 2, 3):
        left, right = knots[: -degree - 1], knots[degree + 1 :]
        values = ((u - left) * values[:-1] + (right - u) * values[1:]) / degree
        assert (right - left == degree + 1).all()
    return values


def dense_least_squares(points: Points, weights: NDArray[np.float64], k: int, closed: bool, stiff: float) -> Points:
    """Solve the least-squares problem of k curves as one dense system; return the values at the points."""
    B = np.array([basis(one, k) for one in np.linspace(0, k - 1e-9, len(points))])
    D = np.diff(np.eye(k + 3), n=3, axis=0)
    if closed:  # the last three coefficients repeat the first three
        wrap = np.eye(k)[np.arange(k + 3) % k]
        B, D = B @ wrap, D @ wrap
    tall = np.concatenate([np.sqrt(weights)[:, None] * B, np.sqrt(stiff) * D])
    right = np.concatenate([np.sqrt(weights)[:, None] * points, np.zeros((len(D), 2))])
    found: Points = B @ np.linalg.lstsq(tall, right, rcond=None)[0]
    return found


def points_at(curves: NDArray[np.float64], n: int) -> Points:
    """Return n points on a chain of curves, evenly spaced in its parameter."""
    u = np.linspace(0, len(curves), n)
    which = np.minimum(u.astype(int), len(curves) - 1)
    return np.array([casteljau(curves[i], t) for i, t in zip(which, u - which, strict=True)])


def random_path(seed: int, n: int) -> Points:
    turns = np.cumsum(np.random.default_rng(seed).normal(0, 0.15, n))
    return np.cumsum(0.25 * np.stack([np.cos(turns), np.sin(turns)], axis=1), axis=0)


PATHS = st.integers(0, 10**6), st.integers(20, 90), st.booleans(), st.floats(1, 4)


@given(*PATHS, st.sampled_from([0.01, STIFF, 30.0]))
def test_splines_solve_the_least_squares_problem(seed: int, n: int, closed: bool, knot: float, stiff: float) -> None:
    points = np.array(arc(0, 0, n / 40, n / 20, 90, 450, n)) if closed else random_path(seed, n)
    weights = np.random.default_rng(seed).uniform(0.03, 1, n)
    weights[[0, -1]] = 1.0 if closed else 1e3
    curves = spline(points, weights, knot, closed, stiff)
    length = np.hypot(*np.diff(points, axis=0).T).sum()
    # The tolerance allows for lengths that are exact multiples of the distance between knots.
    assert len(curves) - 1 - 1e-9 < length / knot < len(curves) + 1e-9 or (closed and len(curves) == 4)
    expected = dense_least_squares(points, weights, len(curves), closed, stiff)
    np.testing.assert_allclose(points_at(curves, n), expected, atol=1e-5)


def test_points_at_one_place_give_one_curve() -> None:
    np.testing.assert_allclose(spline(np.full((50, 2), 3.0), np.ones(50), 1.0), np.full((1, 4, 2), 3.0), atol=1e-4)
