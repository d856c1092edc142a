"""Curve kernels compared with linear interpolation and a padded blur; splines of
polynomials.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray

from gan.write.kernels.curves import blurred, resampled, spline
from tests.helpers.strokes import points_of


@given(st.integers(0, 10**6), st.integers(1, 40), st.floats(0.05, 3))
def test_resampling_is_linear_interpolation(seed: int, n: int, step: float) -> None:
    rng = np.random.default_rng(seed)
    # some points occur twice in a row
    points = np.repeat(rng.normal(size=(n, 2)), rng.integers(1, 3, n), axis=0)
    found, values_there = resampled(points, points.sum(axis=1), step)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    assert len(found) == max(2, int(np.ceil(along[-1] / step)) + 1)
    evenly = np.linspace(0, along[-1], len(found))
    expected = np.stack(
        [np.interp(evenly, along, column) for column in points.T], axis=1
    )
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(values_there, expected.sum(axis=1), atol=1e-9)


@given(st.integers(2, 30), st.floats(0.4, 4), st.booleans())
def test_blur_is_a_weighted_mean_of_the_padded_rows(
    n: int, sigma: float, closed: bool
) -> None:
    """A closed line wraps around.

    An open line is extended by point reflection through its ends, at most once.
    """
    values = np.random.default_rng(n).normal(size=(n, 2))
    radius = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)

    def padded(i: int) -> NDArray[np.float64]:
        if closed:
            row = values[i % (n - 1)]
        elif i < 0:
            row = 2 * values[0] - values[min(-i, n - 1)]
        else:
            row = (
                values[i] if i < n else 2 * values[-1] - values[max(2 * (n - 1) - i, 0)]
            )
        return np.asarray(row)

    rows = [[padded(i + j) for j in range(-radius, radius + 1)] for i in range(n)]
    expected = np.tensordot(np.array(rows), weights / weights.sum(), axes=(1, 0))
    np.testing.assert_allclose(blurred(values, sigma, closed), expected, atol=1e-9)
    np.testing.assert_allclose(
        blurred(values[:, 1], sigma, closed), expected[:, 1], atol=1e-9
    )


# Splines


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_cubics_are_reproduced_and_quadratics_at_any_stiffness(
    numbers: list[float],
) -> None:
    t = np.linspace(0, 1, 60)
    c = 10 * np.array(numbers).reshape(4, 2) + [[0, 0], [20, 10], [0, 0], [0, 0]]
    for polynomial, stiff in ((c, 0.0), (c[:3], 1e3)):
        curves = spline(polyval(t, polynomial).T, np.ones(60), 1.6, stiff=stiff)
        k = len(curves)
        places = (np.arange(k)[:, None] + np.linspace(0, 1, 20)).ravel() / k
        np.testing.assert_allclose(
            points_of(curves), polyval(places, polynomial).T, atol=2e-4
        )


def test_points_at_one_place_give_one_curve() -> None:
    np.testing.assert_allclose(
        spline(np.full((50, 2), 3.0), np.ones(50), 1.0),
        np.full((1, 4, 2), 3.0),
        atol=1e-4,
    )


def test_a_closed_spline_does_not_depend_on_its_start() -> None:
    angles = np.linspace(0, 2 * np.pi, 49)
    ring = np.stack([3 * np.cos(angles), 2 * np.sin(angles)], axis=1)
    turned = np.concatenate([ring[12:-1], ring[:13]])
    weights = np.ones(49)
    weights[[0, -1]] = 0.5  # because the last point repeats the first
    curves, others = (
        spline(points, weights, 9.0, closed=True) for points in (ring, turned)
    )
    assert len(curves) == 4, "a ring of two knots would be a line"
    np.testing.assert_allclose(others, np.roll(curves, -1, axis=0), atol=1e-6)
