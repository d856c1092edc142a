"""Pixel kernels: distances to capsules and coverage by discs, each compared with a slow
reference version.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write.kernels.components_and_marks import cover, outermost, press

FINE = 4e-3  # slightly more than half the spacing of the discs in `slow_distance`


def slow_distance(capsule: NDArray[np.float64], x: float, y: float) -> float:
    """Return the smallest distance to any of many discs along the capsule."""
    t = np.linspace(0, 1, 4001)[:, None]
    middle = (1 - t) * capsule[:3] + t * capsule[3:]
    return float((np.hypot(middle[:, 0] - x, middle[:, 1] - y) - middle[:, 2]).min())


number = st.floats(-4, 14)
radius = st.floats(0.05, 5)


@given(st.tuples(number, number, radius, number, number, radius), st.floats(0.5, 4))
def test_the_field_is_the_distance_to_the_nearest_disc(
    capsule: tuple[float, ...], reach: float
) -> None:
    """This holds for all radii and positions of the end discs.

    Beyond the reach, the field keeps its initial value.
    """
    ends = np.array([capsule])
    field = np.full((9, 11), reach, np.float32)
    press(field, ends, reach)
    expected = np.array(
        [[slow_distance(ends[0], x, y) for x in range(11)] for y in range(9)]
    )
    near = expected < reach - FINE
    np.testing.assert_allclose(field[near], expected[near], atol=FINE)
    assert (field[expected > reach + FINE] == np.float32(reach)).all()


disc_lists = st.lists(
    st.tuples(st.floats(-5, 20), st.floats(-5, 20), st.floats(0.1, 8)),
    min_size=1,
    max_size=4,
)


@given(disc_lists)
def test_cover_marks_samples_inside_a_disc(
    circles: list[tuple[float, float, float]],
) -> None:
    mask = np.zeros((12, 15), bool)
    cover(mask, np.array(circles))
    y, x = np.mgrid[:12, :15]
    away = np.min([np.hypot(x - u, y - v) - r for u, v, r in circles], axis=0)
    sure = np.abs(away) > 1e-9
    np.testing.assert_array_equal(mask[sure], (away < 0)[sure])


@given(disc_lists, st.floats(-4, 4), st.floats(0.1, 2))
def test_edges_are_the_outermost_points(
    circles: list[tuple[float, float, float]], top: float, step: float
) -> None:
    left = np.full((2, 9), np.inf)
    right = np.full((2, 9), -np.inf)
    owner = np.arange(len(circles)) % 2
    discs = np.array(circles)
    outermost(left, right, discs, owner, top, step)
    for number in (0, 1):
        x, y, r = discs[owner == number].T
        for i, row in enumerate(top + step * np.arange(9)):
            crossed = r > np.abs(row - y)
            middle = x[crossed]
            half = np.sqrt(r[crossed] ** 2 - (row - y[crossed]) ** 2)
            if half.min(initial=np.inf) < 1e-4:
                # rounding decides whether a disc that only touches the row counts
                continue
            least = (middle - half).min(initial=np.inf)
            most = (middle + half).max(initial=-np.inf)
            np.testing.assert_allclose(left[number, i], least, atol=1e-7)
            np.testing.assert_allclose(right[number, i], most, atol=1e-7)
