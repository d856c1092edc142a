"""Thinning against the paper's rules written out, what it must keep, and depths against all distances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from gan.write.kernels.skeleton import depths, thinned
from gan.write.vectorize.ink import Mask, loops, sizes

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.booleans())


@st.composite
def blobs(draw: st.DrawFn) -> Mask:
    """Discs and rings, which may overlap."""
    y, x = np.mgrid[:40, :40]
    ink = np.zeros((40, 40), bool)
    for _ in range(draw(st.integers(1, 5))):
        v, u, r = (draw(st.floats(4, 36)), draw(st.floats(4, 36)), draw(st.floats(1, 12)))
        hollow = draw(st.floats(0, 1)) * r
        far = np.hypot(y - v, x - u)
        ink |= (far <= r) & (far >= hollow)
    ink[0, 0] |= not ink.any()
    return ink


def thin(ink: Mask) -> tuple[Mask, NDArray[np.intp]]:
    framed = np.pad(ink, 1).astype(np.uint8)
    points = thinned(framed)
    return framed[1:-1, 1:-1] > 0, points - 1


def guo_and_hall(ink: Mask) -> Mask:
    """The oracle: algorithm A1 of the paper, point by point over the whole picture."""
    p = np.pad(ink, 1)
    quiet, turn = 0, 0
    while quiet < 2:
        goes = []
        for y, x in np.argwhere(p):
            around = [p[y + v, x + u] for v, u in
                      ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))]  # fmt: skip
            p2, p3, p4, p5, p6, p7, p8, p9 = map(bool, around)
            c = (not p2 and (p3 or p4)) + (not p4 and (p5 or p6)) + (not p6 and (p7 or p8)) + (not p8 and (p9 or p2))
            n1 = (p9 or p2) + (p3 or p4) + (p5 or p6) + (p7 or p8)
            n2 = (p2 or p3) + (p4 or p5) + (p6 or p7) + (p8 or p9)
            stays = (p2 or p3 or not p5) and p4 if turn == 0 else (p6 or p7 or not p9) and p8
            if c == 1 and 2 <= min(n1, n2) <= 3 and not stays:
                goes.append((y, x))
        for y, x in goes:
            p[y, x] = False
        quiet = 0 if goes else quiet + 1
        turn = 1 - turn
    return p[1:-1, 1:-1]


@given(masks)
def test_thinning_is_that_of_the_paper(ink: Mask) -> None:
    np.testing.assert_array_equal(thin(ink)[0], guo_and_hall(ink))


@given(blobs())
def test_a_large_one_is_that_of_the_paper_and_keeps_pieces_and_loops(ink: Mask) -> None:
    left, points = thin(ink)
    np.testing.assert_array_equal(left, guo_and_hall(ink))
    assert (len(sizes(left)), loops(left)) == (len(sizes(ink)), loops(ink))
    np.testing.assert_array_equal(points, np.argwhere(left))  # in the order of a scan
    np.testing.assert_array_equal(thin(left)[0], left)
    assert not (left & ~ink).any()


@given(masks)
def test_pieces_and_loops_stay(ink: Mask) -> None:
    left, _ = thin(ink)
    assert (len(sizes(left)), loops(left)) == (len(sizes(ink)), loops(ink))


def test_nothing_to_thin() -> None:
    empty = np.zeros((5, 5), bool)
    assert len(thin(empty)[1]) == 0
    full, _ = thin(np.ones((9, 9), bool))
    assert full.sum() < 9


@given(masks)
def test_depth_is_the_distance_to_the_nearest_paper(ink: Mask) -> None:
    """From the middle of a point to that of the next paper, less the half of that; beyond the picture lies paper."""
    paper = np.argwhere(~np.pad(ink, 15)) - 15
    points = np.argwhere(np.ones_like(ink))
    for point, found in zip(points, depths(ink, points), strict=True):
        expected = np.hypot(*(paper - point).T).min() - 0.5 if ink[tuple(point)] else 0
        assert found == pytest.approx(expected)
