"""Splines against dense least squares, ends that are brought onto strokes."""

import numpy as np
import pytest
from drawings import arc, path_of
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strokes import circle, line

from gan.write.kernels.curves import resampled
from gan.write.page import Stroke
from gan.write.vectorize.smooth import (
    FIXED,
    KNOT,
    PRESSURES,
    SNAP,
    STEP,
    STIFF,
    blur,
    corners_of,
    roughness,
    snapped,
    spline,
    stroke_of,
)
from gan.write.vectorize.trace import Path

Points = NDArray[np.float64]


RING = path_of(*arc(0, 0, 6, 8, 90, 450, n=200), closed=True, loose=(False, False))


def basis(u: float, k: int) -> NDArray[np.float64]:
    """The oracle's: all k + 3 uniform cubic B-splines at u, by the recursion of de Boor and Cox."""
    knots = np.arange(-3.0, k + 4)
    values = np.where((knots[:-1] <= u) & (u < knots[1:]), 1.0, 0.0)
    for degree in (1, 2, 3):
        left, right = knots[: -degree - 1], knots[degree + 1 :]
        values = ((u - left) * values[:-1] + (right - u) * values[1:]) / degree
        assert (right - left == degree + 1).all()
    return values


def dense(points: Points, weights: NDArray[np.float64], stiff: float, k: int) -> Points:
    """The oracle: where the least squares of k curves lie, as one tall system, at the points themselves."""
    u = np.linspace(0, k - 1e-9, len(points))
    B = np.array([basis(one, k) for one in u])
    D = np.diff(np.eye(k + 3), n=3, axis=0)
    tall = np.concatenate([np.sqrt(weights)[:, None] * B, np.sqrt(stiff) * D])
    right = np.concatenate([np.sqrt(weights)[:, None] * points, np.zeros((len(D), 2))])
    found: Points = B @ np.linalg.lstsq(tall, right, rcond=None)[0]
    return found


def at(curves: NDArray[np.float64], n: int) -> Points:
    """Points of a chain of curves, n evenly along its parameter."""
    u = np.linspace(0, len(curves), n)
    which = np.minimum(u.astype(int), len(curves) - 1)
    t = (u - which)[:, None]
    p, q, r, s = (curves[which, i] for i in range(4))
    return (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * q + 3 * (1 - t) * t**2 * r + t**3 * s


def wandering(seed: int, n: int) -> Points:
    rng = np.random.default_rng(seed)
    turns = np.cumsum(rng.normal(0, 0.15, n))
    return np.cumsum(STEP * np.stack([np.cos(turns), np.sin(turns)], axis=1), axis=0)


@given(st.integers(0, 10**6), st.integers(20, 90), st.sampled_from([0.01, STIFF, 30.0]))
def test_the_spline_is_that_of_least_squares(seed: int, n: int, stiff: float) -> None:
    points = wandering(seed, n)
    weights = np.random.default_rng(seed).uniform(0.03, 1, n)
    weights[[0, -1]] = FIXED
    curves = spline(points, weights, stiff=stiff)
    length = np.hypot(*np.diff(points, axis=0).T).sum()
    assert len(curves) - 1 - 1e-9 < length / KNOT < len(curves) + 1e-9  # points STEP apart fill some knots exactly
    np.testing.assert_allclose(at(curves, n), dense(points, weights, stiff, len(curves)), atol=1e-5)


@given(st.integers(0, 10**6), st.booleans())
def test_curves_hang_together_without_a_corner(seed: int, closed: bool) -> None:
    """Position, slope and second derivative go on from curve to curve."""
    points = RING.points if closed else wandering(seed, 60)
    curves = spline(points, np.ones(len(points)), closed)
    after = np.roll(curves, -1, axis=0) if closed else curves[1:]
    before = curves if closed else curves[:-1]
    np.testing.assert_allclose(before[:, 3], after[:, 0], atol=1e-9)
    np.testing.assert_allclose(before[:, 3] - before[:, 2], after[:, 1] - after[:, 0], atol=1e-9)
    np.testing.assert_allclose(
        before[:, 3] - 2 * before[:, 2] + before[:, 1], after[:, 2] - 2 * after[:, 1] + after[:, 0], atol=1e-9
    )


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_a_cubic_curve_is_met_exactly_and_a_quadratic_one_however_stiff(numbers: list[float]) -> None:
    t = np.linspace(0, 1, 60)[:, None]
    c = 10 * np.array(numbers).reshape(4, 2) + [[0, 0], [20, 10], [0, 0], [0, 0]]
    for points, stiff in ((c[0] + c[1] * t + c[2] * t**2 + c[3] * t**3, 0.0), (c[0] + c[1] * t + c[2] * t**2, 1e3)):
        found = at(spline(points, np.ones(60), stiff=stiff), 60)
        np.testing.assert_allclose(found, points, atol=2e-4)


def test_what_counts_little_is_passed() -> None:
    points = path_of((0, 0), (20, 0)).points.copy()
    points[38:43, 1] += 1
    weights = np.ones(len(points))
    weights[36:45] = 0.001
    assert np.abs(at(spline(points, weights), 200)[:, 1]).max() < 0.05
    assert np.abs(at(spline(points, np.ones(len(points))), 200)[:, 1]).max() > 0.3


@given(st.integers(0, 10**6), st.integers(1, 40), st.floats(0.05, 3))
def test_resampled_lines_are_those_of_interpolation(seed: int, n: int, step: float) -> None:
    rng = np.random.default_rng(seed)
    points = np.repeat(rng.normal(size=(n, 2)), rng.integers(1, 3, n), axis=0)  # some of them twice
    found, there = resampled(points, points.sum(axis=1), step)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    assert len(found) == max(2, int(np.ceil(along[-1] / step)) + 1)
    even_ = np.linspace(0, along[-1], len(found))
    expected = np.stack([np.interp(even_, along, column) for column in points.T], axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(there, expected.sum(axis=1), atol=1e-9)


def test_resampled_lines_keep_their_length_and_ends() -> None:
    points = np.array([(0, 0), (3, 4), (3, 10)], float)
    even_, values = resampled(points, np.array([1.0, 2, 4]), 0.5)
    np.testing.assert_allclose(np.hypot(*np.diff(even_, axis=0).T), 0.5)
    np.testing.assert_array_equal(even_[[0, -1]], points[[0, 2]])
    assert values[10] == pytest.approx(2)
    assert len(resampled(np.zeros((3, 2)), np.ones(3), 0.5)[0]) == 2


@given(st.integers(3, 60), st.floats(0.5, 9), st.booleans())
def test_blur_keeps_straight_lines_and_turns_with_a_ring(n: int, sigma: float, closed: bool) -> None:
    if closed:
        values = np.random.default_rng(n).normal(size=n)
        ring = np.append(values, values[0])
        out = blur(ring, sigma, closed=True)
        assert out[0] == pytest.approx(out[-1])
        turned = blur(np.append(np.roll(values, 1), values[-1]), sigma, closed=True)
        np.testing.assert_allclose(turned[1:], out[:-1])
        assert out[:-1].mean() == pytest.approx(values.mean())
    elif n > 3 * sigma + 1:
        straight = np.stack([np.arange(n) * 0.5, 3 - np.arange(n)], axis=1)
        np.testing.assert_allclose(blur(straight, sigma), straight, atol=1e-9)


def test_a_corner_stays_one_and_the_rest_is_smooth() -> None:
    path = path_of((0, 8), (0, 0), (8, 0))
    stroke = stroke_of(path, corners_of(path), 1.0)
    joints = stroke.curves[1:, 0]
    assert np.hypot(*joints.T).min() < 0.15
    np.testing.assert_allclose(stroke.curves[[0, -1], [0, 3]], [(0, 8), (8, 0)], atol=0.01)
    smooth = stroke_of(path, [], 1.0).sampled(0.1)[0]
    assert np.hypot(*smooth.T).min() > 0.3


def test_a_ring_is_smooth_where_it_begins_and_a_corner_beside_that_is_its_own() -> None:
    stroke = stroke_of(RING, [], 1.0)
    np.testing.assert_allclose(
        stroke.curves[0, 1] - stroke.curves[0, 0], stroke.curves[-1, 3] - stroke.curves[-1, 2], atol=1e-9
    )
    for corners in ([0], [1], [len(RING.points) - 1], [2, 40]):
        cut = stroke_of(RING, corners, 1.0)
        np.testing.assert_allclose(cut.curves[1:, 0], cut.curves[:-1, 3], atol=0.01)
        points = cut.sampled(0.25)[0]
        assert np.abs(np.hypot(points[:, 0] / 6, points[:, 1] / 8) - 1).max() < 0.05


def test_pressure_is_the_width_within_limits() -> None:
    path = path_of((0, 0), (20, 0))
    wide = Path(path.points, np.linspace(0.2, 4, len(path.points)), False, [])
    stroke = stroke_of(wide, [], 1.0)
    assert len(stroke.pressure) == len(stroke.curves) + 1
    assert (stroke.pressure.min(), stroke.pressure.max()) == PRESSURES
    assert (np.diff(stroke.pressure) >= 0).all()
    assert stroke_of(path, [], 1.0).pressure == pytest.approx(1)


def test_an_end_is_brought_onto_the_stroke_that_it_meets() -> None:
    bar = path_of((-10, 0), (10, 0))
    for gap, meets in ((0.9, True), (SNAP + 0.5, False)):
        stem = path_of((0, gap), (0, 12), loose=(False, True))
        before = stem.points.copy()
        _, stroke = snapped([bar, stem], [[], []], 1.0)
        start = stroke.curves[0, 0]
        assert start == pytest.approx([0, 0] if meets else [0, gap], abs=0.1)
        assert stroke.curves[-1, 3] == pytest.approx([0, 12], abs=0.01)
        np.testing.assert_array_equal(stem.points, before)  # what was handed in stays
        loose = path_of((0, gap), (0, 12))
        assert snapped([bar, loose], [[], []], 1.0)[1].curves[0, 0] == pytest.approx([0, gap], abs=0.01)


def test_an_end_is_brought_onto_its_own_stroke() -> None:
    """A 6: not onto what lies beside the end, but onto what it went through before."""
    six = path_of((6, -9), *arc(0, 0, 4, 5, 170, 505), loose=(True, False))
    end = six.points[-1]
    (stroke,) = snapped([six], [[]], 1.0)
    points = stroke.sampled(0.1)[0]
    away = np.hypot(*(points[:-50] - points[-1]).T).min()
    assert away < 0.1 <= np.hypot(*(six.points[:-20] - end).T).min()


@pytest.mark.parametrize("size", [0.2, 0.4])
def test_roughness_is_about_as_much_as_a_line_shakes(size: float) -> None:
    """Of waves of size s the root of the mean square is s / sqrt(2)."""
    y = np.linspace(0, 20, 200)
    curves = spline(np.stack([size * np.sin(1.3 * y), y], axis=1), np.ones(200), stiff=0)
    assert roughness(Stroke(curves, np.ones(len(curves) + 1))) == pytest.approx(size / np.sqrt(2), rel=0.25)


def test_what_is_straight_or_round_is_not_rough() -> None:
    assert roughness(line(0, 0, 0, 20)) == pytest.approx(0, abs=1e-3)
    assert roughness(circle(0, 0, 8)) < 0.1
