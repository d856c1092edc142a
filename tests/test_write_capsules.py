"""What a pen leaves between two points: against discs one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strokes import SPECIMEN, dot, line, page

from gan.write.kernels.pixels import press
from gan.write.render.raster import box_of, capsules_of, opacity, scaled

FINE = 4e-3  # half a step between the discs of `slow`, and a little


def slow(capsule: NDArray[np.float64], x: float, y: float) -> float:
    """The least distance to any of many discs along the capsule."""
    t = np.linspace(0, 1, 4001)[:, None]
    middle = (1 - t) * capsule[:3] + t * capsule[3:]
    return float((np.hypot(middle[:, 0] - x, middle[:, 1] - y) - middle[:, 2]).min())


number = st.floats(-4, 14)
radius = st.floats(0.05, 5)


@given(st.tuples(number, number, radius, number, number, radius), st.floats(0.5, 4))
def test_distance_is_that_to_the_nearest_disc(capsule: tuple[float, ...], reach: float) -> None:
    """Whichever end is wider, one disc within the other, off the grid or on it; beyond the reach nothing changes."""
    ends = np.array([capsule])
    field = np.full((9, 11), reach, np.float32)
    press(field, ends, reach)
    expected = np.array([[slow(ends[0], x, y) for x in range(11)] for y in range(9)])
    near = expected < reach - FINE
    np.testing.assert_allclose(field[near], expected[near], atol=FINE)
    assert (field[expected > reach + FINE] == np.float32(reach)).all()


def test_the_nearest_capsule_counts() -> None:
    field = np.ones((5, 20), np.float32)
    press(field, np.array([[3.0, 2, 1, 3, 2, 1], [16, 2, 2, 16, 2, 2]]), 1.0)
    np.testing.assert_allclose(field[2, [1, 3, 5, 10, 14, 16]], [1, -1, 1, 1, 0, -2])


def test_pieces_stay_near_their_curve() -> None:
    writing = page(*SPECIMEN)
    for stray in (0.2, 0.01):
        for glyph in writing.glyphs:
            fine, coarse = (capsules_of(glyph, writing.pen, far) for far in (1e-3, stray))
            middle = coarse.reshape(-1, 2, 3)[:, :, :2]
            t = np.linspace(0, 1, 9)[:, None, None]
            places = ((1 - t) * middle[:, 0] + t * middle[:, 1]).reshape(-1, 2)
            away = np.hypot(*(fine[:, None, :2] - places).transpose(2, 0, 1)).min(axis=1)
            assert away.max() <= stray + 0.05  # the fine pieces begin up to .09 from one another


def test_a_dot_has_no_length_and_a_space_no_ink() -> None:
    writing = page((dot(3, -2),), ())
    assert capsules_of(writing.glyphs[0], writing.pen, 0.1).tolist() == [[8, -2, 1, 8, -2, 1]]
    assert capsules_of(writing.glyphs[1], writing.pen, 0.1).shape == (0, 6)


def test_moved_then_scaled() -> None:
    np.testing.assert_array_equal(scaled(np.array([[1.0, 2, 3, 4, 5, 6]]), 2.0, 10, 20), [[22, 44, 6, 28, 50, 12]])


def test_the_box_holds_the_ink_and_no_more() -> None:
    writing = page((line(2, -12, 12, -8, pressure=[0.5, 1.5]),), size=200)
    left, top, right, bottom = box_of(capsules_of(writing.glyphs[0], writing.pen, 0.01))
    rows, columns = (np.flatnonzero(opacity(writing).any(axis=axis)) for axis in (1, 0))
    scale = writing.scale
    found = (columns[0], rows[0] + writing.top * scale, columns[-1] + 1, rows[-1] + 1 + writing.top * scale)
    np.testing.assert_allclose(np.array([left, top, right, bottom]) * scale, found, atol=1)
