"""Curves fitted to lines that are known exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write.kernels.outlines import Points, fit


def along(curves: NDArray[np.float64]) -> Points:
    """Many points along a chain of curves."""
    t = np.linspace(0, 1, 300)
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3], axis=1)
    return np.concatenate([weights @ curve for curve in curves])


def round_line(radius: NDArray[np.float64] | float, n: int) -> Points:
    """A closed line around the origin, anticlockwise on the screen as the outside of ink."""
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([radius * np.cos(angles), -radius * np.sin(angles)], axis=1)


def bends(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Radians between the end of each curve and the start of the next; above 0 is a turn inwards."""
    a, b = curves[:, 3] - curves[:, 2], np.roll(curves[:, 1] - curves[:, 0], -1, axis=0)
    return np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))


@given(st.lists(st.floats(-0.12, 0.12), min_size=4, max_size=4), st.floats(0, 6.28), st.sampled_from([0.05, 0.2, 0.5]))
def test_fit_stays_within_its_tolerance(waves: list[float], phase: float, tolerance: float) -> None:
    angles = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    radius = 20 * (1 + sum(wave * np.cos((k + 2) * angles + k * phase) for k, wave in enumerate(waves)))
    line = round_line(radius, 300)
    curves = fit(line, tolerance)
    away = np.hypot(*(along(curves)[:, None] - line[::3]).transpose(2, 0, 1))
    assert away.min(axis=0).max() <= tolerance + 0.1  # every point of the line has the curve nearby ...
    spacing = 3 * np.hypot(*(np.roll(line, -1, axis=0) - line).T).max()
    assert away.min(axis=1).max() <= np.hypot(tolerance, spacing / 2) + 0.1  # ... and the curve never leaves the line
    assert len(curves) < 60


def test_curves_join_without_a_corner() -> None:
    curves = fit(round_line(15.0, 130), 0.05)
    np.testing.assert_array_equal(curves[:, 3], np.roll(curves[:, 0], -1, axis=0))
    np.testing.assert_allclose(bends(curves), 0, atol=1e-3)
    assert 2 <= len(curves) <= 12  # a circle takes few


@pytest.mark.parametrize("inwards", [True, False])
def test_a_corner_stays_sharp_only_where_it_turns_inwards(inwards: bool) -> None:
    """Two discs side by side: the edge has two corners, 10 right and 16 up and down of the first one's middle."""
    angles = np.linspace(np.arctan2(16, 10), 2 * np.pi - np.arctan2(16, 10), 200)[1:-1]
    size = np.hypot(10, 16)
    left = np.stack([size * np.cos(angles), -size * np.sin(angles)], axis=1)
    line = np.concatenate([left, [20, 0] - left])  # both corners are missing, as marching squares leaves them
    curves = fit(line if inwards else np.ascontiguousarray(line[::-1]), 0.05)
    sharp = np.abs(bends(curves)) > 0.5
    if inwards:
        np.testing.assert_allclose(bends(curves)[sharp], 2 * (np.pi / 2 - np.arctan2(16, 10)), atol=0.15)
        np.testing.assert_allclose(curves[sharp, 3][np.argsort(curves[sharp, 3, 1])], [[10, -16], [10, 16]], atol=0.05)
    else:
        assert not sharp.any()


@pytest.mark.parametrize("n", [4, 5, 7, 13])
def test_tiny_outlines_are_fitted_too(n: int) -> None:
    curves = fit(round_line(1.0, n), 0.05)
    assert np.isfinite(curves).all()
    np.testing.assert_allclose(curves[-1, 3], curves[0, 0])
