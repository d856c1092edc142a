"""Outlines and their curves, against shapes whose edge is known exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write.curves import Points, bezier, contours, fit
from gan.write.shape import euler_number

Y, X = np.mgrid[:50, :60].astype(np.float32)


def ring(x: float, y: float, outer: float, inner: float = -99.0) -> NDArray[np.float32]:
    """Signed distance to the edge of a ring; without an inner radius, of a disc."""
    away = np.hypot(X - np.float32(x), Y - np.float32(y))
    return np.maximum(away - np.float32(outer), np.float32(inner) - away)


def area(line: Points) -> float:
    """Shoelace formula: positive for anticlockwise on a screen, where y points down."""
    after = np.roll(line, -1, axis=0)
    return float((after[:, 0] * line[:, 1] - line[:, 0] * after[:, 1]).sum()) / 2


def along(curves: NDArray[np.float64]) -> Points:
    """Many points along a chain of curves."""
    return np.concatenate([bezier(curve, np.linspace(0, 1, 300)) for curve in curves])


@settings(deadline=None)
@given(st.floats(22, 38), st.floats(22, 28), st.floats(12, 20), st.floats(3, 9))
def test_a_ring_has_two_outlines_at_subpixel_accuracy(x: float, y: float, outer: float, inner: float) -> None:
    lines = contours(ring(x, y, outer, inner))
    assert len(lines) == 2
    for line, radius, sign in zip(lines, (outer, inner), (1, -1), strict=True):
        np.testing.assert_allclose(np.hypot(*(line - [x, y]).T), radius, atol=0.06)
        assert area(line) == pytest.approx(sign * np.pi * radius**2, rel=0.03)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(2, 12))
def test_every_outline_closes_whatever_the_field(seed: int, rows: int, columns: int) -> None:
    """On noise, saddles included: neighbouring points are never more than a cell apart, all round."""
    field = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    for line in contours(field):
        steps = np.roll(line, -1, axis=0) - line
        assert np.hypot(*steps.T).max() <= np.sqrt(2) + 1e-6


def test_outlines_of_separate_shapes_and_of_none() -> None:
    two = np.minimum(ring(15, 25, 8, 3), ring(42, 25, 8))
    lines = contours(two)
    assert sum(np.sign(area(line)) for line in lines) == euler_number(two < 0) == 1
    assert contours(np.ones((5, 5), dtype=np.float32)) == []


def test_ink_up_to_the_border_is_closed_there() -> None:
    (line,) = contours(-np.ones((4, 6), dtype=np.float32))
    assert area(line) == pytest.approx(5 * 3 + 9, abs=1)  # half a sample of margin around the 5 x 3 grid, corners cut


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-0.12, 0.12), min_size=4, max_size=4), st.floats(0, 6.28), st.sampled_from([0.05, 0.2, 0.5]))
def test_fit_stays_within_its_tolerance(waves: list[float], phase: float, tolerance: float) -> None:
    angles = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    radius = 20 * (1 + sum(wave * np.cos((k + 2) * angles + k * phase) for k, wave in enumerate(waves)))
    line = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    curves = fit(line, tolerance)
    away = np.hypot(*(along(curves)[:, None] - line[::3]).transpose(2, 0, 1))
    assert away.min(axis=0).max() <= tolerance + 0.1  # every point of the line has the curve nearby ...
    spacing = 3 * np.hypot(*(np.roll(line, -1, axis=0) - line).T).max()
    assert away.min(axis=1).max() <= np.hypot(tolerance, spacing / 2) + 0.1  # ... and the curve never leaves the line
    assert len(curves) < 60


def test_curves_join_without_a_corner() -> None:
    (line,) = contours(ring(30, 25, 15))
    curves = fit(line, 0.05)
    np.testing.assert_array_equal(curves[:, 3], np.roll(curves[:, 0], -1, axis=0))
    arriving = curves[:, 3] - curves[:, 2]
    leaving = np.roll(curves[:, 1] - curves[:, 0], -1, axis=0)
    cosine = (arriving * leaving).sum(axis=1) / np.hypot(*arriving.T) / np.hypot(*leaving.T)
    np.testing.assert_allclose(cosine, 1, atol=1e-6)
    assert 2 <= len(curves) <= 12  # a circle takes few


@pytest.mark.parametrize("n", [4, 5, 7])
def test_tiny_outlines_are_fitted_too(n: int) -> None:
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    curves = fit(np.stack([np.cos(angles), np.sin(angles)], axis=1), 0.05)
    assert np.isfinite(curves).all()
    np.testing.assert_allclose(curves[-1, 3], curves[0, 0])
