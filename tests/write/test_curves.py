"""Curve kernels: sampling compared with de Casteljau, resampling compared with interpolation, blur and splines."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write.kernels import curves as kernels
from gan.write.kernels.curves import resampled


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


def casteljau(curve: NDArray[np.float64], t: float) -> NDArray[np.float64]:
    while len(curve) > 1:
        curve = (1 - t) * curve[:-1] + t * curve[1:]
    return curve[0]


@given(st.integers(0, 10**6), st.lists(st.integers(1, 3), min_size=1, max_size=3), st.floats(0.3, 9))
def test_sampled_points_and_pressures_match_de_casteljau(seed: int, lengths: list[int], step: float) -> None:
    """Each curve has ceil(length of its control polygon / step) steps; a stroke's last curve also yields its end."""
    rng, k = np.random.default_rng(seed), sum(lengths)
    curves, pressures = rng.normal(0, 3, (k, 4, 2)), rng.uniform(0.5, 1.5, k + len(lengths))
    curves[0] = curves[0, 0]  # the first curve is a dot, which has one step
    points, pressure, stroke = kernels.sampled(curves, pressures, np.array(lengths), step)
    expected = []
    for number, length in enumerate(lengths):
        first = sum(lengths[:number])
        for i in range(first, first + length):
            steps = max(1, int(np.ceil(np.hypot(*np.diff(curves[i], axis=0).T).sum() / step)))
            a, b = pressures[i + number : i + number + 2]
            for t in np.arange(steps + (i == first + length - 1)) / steps:
                expected.append((*casteljau(curves[i], t), (1 - t) * a + t * b, number))
    np.testing.assert_allclose(np.column_stack([points, pressure, stroke]), expected, atol=1e-9)


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

    expected = [
        sum(w * padded(i + j) for w, j in zip(weights, range(-radius, radius + 1), strict=True)) for i in range(n)
    ]
    np.testing.assert_allclose(kernels.blurred(values, sigma, closed), np.array(expected) / weights.sum(), atol=1e-9)


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_solve_matches_numpy(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    root, right = rng.normal(size=(m, m)), rng.normal(size=(m, 2))
    matrix = root @ root.T + np.eye(m)
    expected = np.linalg.solve(matrix, right)
    kernels._solve(matrix, right)
    np.testing.assert_allclose(right, expected, atol=1e-8)


@given(st.integers(4, 12), st.booleans())
def test_unevenness_is_the_square_of_third_differences(m: int, closed: bool) -> None:
    third = np.diff(np.eye(m), n=3, axis=0)
    if closed:
        first = np.roll(np.eye(m), -1, axis=0) - np.eye(m)
        third = first @ first @ first
    np.testing.assert_allclose(kernels._unevenness(m, closed), third.T @ third + 1e-9 * np.eye(m), atol=1e-12)


@given(st.floats(0.5, 30), st.floats(1, 4))
@example(0.0, 1.0)
def test_the_spline_has_a_curve_per_knot_and_reproduces_a_line(length: float, knot: float) -> None:
    points = np.linspace(0, 1, 50)[:, None] * [[0.6 * length, 0.8 * length]]
    curves = kernels.fitted(points, np.ones(50), knot, False, 1.0)
    assert -1e-9 < len(curves) - length / knot < 1 + 1e-9
    thirds = (np.arange(len(curves))[:, None] + np.arange(4) / 3) / len(curves)  # where the control points lie
    np.testing.assert_allclose(curves, thirds[..., None] * points[-1], atol=1e-4)


@given(st.floats(0.5, 9), st.floats(1, 4))
def test_a_closed_spline_has_at_least_four_curves_that_join(radius: float, knot: float) -> None:
    angles = np.linspace(0, 2 * np.pi, 80)
    points = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    curves = kernels.fitted(points, np.ones(80), knot, True, 0.0)
    length = np.hypot(*np.diff(points, axis=0).T).sum()
    assert len(curves) == 4 or -1e-9 < len(curves) - length / knot < 1 + 1e-9
    np.testing.assert_array_equal(curves[:, 3], np.roll(curves[:, 0], -1, axis=0))
    np.testing.assert_allclose(np.hypot(*curves[:, 0].T), radius, rtol=0.02)
