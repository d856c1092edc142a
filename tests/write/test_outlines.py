"""Outline kernels: contours of a distance field, and curves fitted to known lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write.kernels import outlines as kernel
from gan.write.kernels.outlines import fit
from tests.helpers.strokes import points_of

Points = NDArray[np.float64]


def contours(field: NDArray[np.float32]) -> list[Points]:
    """Return the contours as a list of lines, instead of all points and the end index
    of each line.
    """
    points, ends = kernel.contours(field)
    assert len(points) == (ends[-1] if len(ends) else 0)
    return np.split(points, ends[:-1]) if len(ends) else []


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(2, 12))
def test_outlines_of_noise_close_and_use_every_crossed_edge(
    seed: int, rows: int, columns: int
) -> None:
    """Even at saddles, neighboring points are in the same cell, and the last point is
    next to the first.
    """
    field = np.pad(
        np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32),
        1,
        constant_values=1,
    )
    lines = contours(field)
    for line in lines:
        steps = np.roll(line, -1, axis=0) - line
        assert np.hypot(*steps.T).max() <= np.sqrt(2) + 1e-6
    inside = field < 0
    crossed = np.count_nonzero(inside[1:] != inside[:-1]) + np.count_nonzero(
        inside[:, 1:] != inside[:, :-1]
    )
    # every crossed edge belongs to exactly one line
    assert sum(map(len, lines)) == crossed


# Curve fitting


def circle_points(radius: Points | float, n: int) -> Points:
    """Return a closed line around the origin, counterclockwise on the screen, as outer
    edges of ink are.
    """
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([radius * np.cos(angles), -radius * np.sin(angles)], axis=1)


def bends(curves: Points) -> Points:
    """Return the angle in radians at each joint between curves; positive angles turn
    inward.
    """
    a, b = curves[:, 3] - curves[:, 2], np.roll(curves[:, 1] - curves[:, 0], -1, axis=0)
    return np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))


@given(
    st.lists(st.floats(-0.12, 0.12), min_size=4, max_size=4),
    st.floats(0, 6.28),
    st.sampled_from([0.05, 0.2, 0.5]),
)
def test_fit_stays_within_its_tolerance(
    waves: list[float], phase: float, tolerance: float
) -> None:
    angles = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    radius = 20 * (
        1
        + sum(
            wave * np.cos((k + 2) * angles + k * phase) for k, wave in enumerate(waves)
        )
    )
    line = circle_points(radius, 300)
    curves = fit(line, tolerance)
    distances = np.hypot(
        *(points_of(curves, 300)[:, None] - line[::3]).transpose(2, 0, 1)
    )
    # every point of the line is near the curve
    assert distances.min(axis=0).max() <= tolerance + 0.1
    spacing = 3 * np.hypot(*(np.roll(line, -1, axis=0) - line).T).max()
    # Every point of the curve is near the line.
    assert distances.min(axis=1).max() <= np.hypot(tolerance, spacing / 2) + 0.1
    assert len(curves) < 60


@pytest.mark.parametrize("inwards", [True, False])
def test_a_corner_stays_sharp_only_where_it_turns_inwards(inwards: bool) -> None:
    """The edge of two overlapping discs has corners 10 to the right of the first
    center, 16 above and below it.
    """
    angles = np.linspace(np.arctan2(16, 10), 2 * np.pi - np.arctan2(16, 10), 200)[1:-1]
    size = np.hypot(10, 16)
    left = np.stack([size * np.cos(angles), -size * np.sin(angles)], axis=1)
    # the corner points are missing, as in the output of marching squares
    line = np.concatenate([left, [20, 0] - left])
    curves = fit(line if inwards else np.ascontiguousarray(line[::-1]), 0.05)
    sharp = np.abs(bends(curves)) > 0.5
    if inwards:
        np.testing.assert_allclose(
            bends(curves)[sharp], 2 * (np.pi / 2 - np.arctan2(16, 10)), atol=0.15
        )
        np.testing.assert_allclose(
            curves[sharp, 3][np.argsort(curves[sharp, 3, 1])],
            [[10, -16], [10, 16]],
            atol=0.05,
        )
    else:
        assert not sharp.any()


@pytest.mark.parametrize("n", [4, 5, 7, 13])
def test_tiny_outlines_are_fitted(n: int) -> None:
    curves = fit(circle_points(1.0, n), 0.05)
    assert np.isfinite(curves).all()
    np.testing.assert_allclose(curves[-1, 3], curves[0, 0])
