"""Lines around the negative part of a field, against shapes whose edge is known exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.write.kernels import outlines as kernel
from gan.write.vectorize.ink import euler_number

Y, X = np.mgrid[:50, :60].astype(np.float32)
Points = NDArray[np.float64]


def contours(field: NDArray[np.float32]) -> list[Points]:
    """A list of lines, in place of all points and where each line ends."""
    points, ends = kernel.contours(field)
    assert len(points) == (ends[-1] if len(ends) else 0)
    return np.split(points, ends[:-1]) if len(ends) else []


def ring(x: float, y: float, outer: float, inner: float = -99.0) -> NDArray[np.float32]:
    """Signed distance to the edge of a ring; without an inner radius, of a disc."""
    away = np.hypot(X - np.float32(x), Y - np.float32(y))
    return np.maximum(away - np.float32(outer), np.float32(inner) - away)


def area(line: Points) -> float:
    """Shoelace formula: positive for anticlockwise on a screen, where y points down."""
    after = np.roll(line, -1, axis=0)
    return float((after[:, 0] * line[:, 1] - line[:, 0] * after[:, 1]).sum()) / 2


@given(st.floats(22, 38), st.floats(22, 28), st.floats(12, 20), st.floats(3, 9))
def test_a_ring_has_two_outlines_at_subpixel_accuracy(x: float, y: float, outer: float, inner: float) -> None:
    lines = contours(ring(x, y, outer, inner))
    assert len(lines) == 2
    for line, radius, sign in zip(lines, (outer, inner), (1, -1), strict=True):
        np.testing.assert_allclose(np.hypot(*(line - [x, y]).T), radius, atol=0.06)
        assert area(line) == pytest.approx(sign * np.pi * radius**2, rel=0.03)


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(2, 12))
def test_every_outline_closes_whatever_the_field(seed: int, rows: int, columns: int) -> None:
    """On noise, saddles included: neighbouring points are never more than a cell apart, all round."""
    field = np.pad(np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32), 1, constant_values=1)
    lines = contours(field)
    for line in lines:
        steps = np.roll(line, -1, axis=0) - line
        assert np.hypot(*steps.T).max() <= np.sqrt(2) + 1e-6
    inside = field < 0
    crossed = np.count_nonzero(inside[1:] != inside[:-1]) + np.count_nonzero(inside[:, 1:] != inside[:, :-1])
    assert sum(map(len, lines)) == crossed  # every crossed edge belongs to one line


@pytest.mark.parametrize(("middle", "pieces"), [(-0.4, 1), (0.4, 2)])
def test_two_that_touch_at_a_corner_are_joined_where_the_mean_is_ink(middle: float, pieces: int) -> None:
    for flip in (False, True):
        field = np.ones((4, 4), np.float32)
        field[1:3, 1:3] = [[-1, 1 + middle], [1 + middle, -1]]
        assert len(contours(np.ascontiguousarray(field[:, ::-1]) if flip else field)) == pieces


def test_outlines_of_separate_shapes_and_of_none() -> None:
    two = np.minimum(ring(15, 25, 8, 3), ring(42, 25, 8))
    lines = contours(two)
    assert sum(np.sign(area(line)) for line in lines) == euler_number(two < 0) == 1
    assert contours(np.ones((5, 5), dtype=np.float32)) == []
