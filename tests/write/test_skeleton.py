"""Skeleton kernels: thinning compared with the published algorithm, depths, and walks
along a skeleton.
"""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gan.write.kernels.components_and_marks import label
from gan.write.kernels.skeleton import depths, thin, ways
from gan.write.vectorize.measure_ink import Mask, loops, sizes

masks = arrays(
    bool, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.booleans()
)


@st.composite
def blobs(draw: st.DrawFn) -> Mask:
    """Draw a mask of discs and rings, which may overlap."""
    y, x = np.mgrid[:40, :40]
    ink = np.zeros((40, 40), bool)
    for _ in range(draw(st.integers(1, 5))):
        v, u = (draw(st.floats(4, 36)) for _ in range(2))
        r = draw(st.floats(1, 12))
        hollow = draw(st.floats(0, 1)) * r
        distance = np.hypot(y - v, x - u)
        ink |= (distance <= r) & (distance >= hollow)
    return ink


def thinned(ink: Mask) -> Mask:
    skeleton = np.zeros_like(ink)
    skeleton[tuple(thin(ink).T)] = True
    return skeleton


def guo_and_hall(ink: Mask) -> Mask:
    """Thin with algorithm A1 by Guo and Hall, point by point over the whole picture."""
    p = np.pad(ink, 1)
    unchanged = 0
    pass_number = 0
    while unchanged < 2:
        removed = []
        for y, x in np.argwhere(p):
            above, beside, below = p[y - 1 : y + 2, x - 1 : x + 2].tolist()
            p9, p2, p3 = above
            p8, _, p4 = beside
            p7, p6, p5 = below
            c = (
                (not p2 and (p3 or p4))
                + (not p4 and (p5 or p6))
                + (not p6 and (p7 or p8))
                + (not p8 and (p9 or p2))
            )
            n1 = (p9 or p2) + (p3 or p4) + (p5 or p6) + (p7 or p8)
            n2 = (p2 or p3) + (p4 or p5) + (p6 or p7) + (p8 or p9)
            stays = (
                (p2 or p3 or not p5) and p4
                if pass_number == 0
                else (p6 or p7 or not p9) and p8
            )
            if c == 1 and 2 <= min(n1, n2) <= 3 and not stays:
                removed.append((y, x))
        for y, x in removed:
            p[y, x] = False
        unchanged = 0 if removed else unchanged + 1
        pass_number = 1 - pass_number
    return p[1:-1, 1:-1]


@given(masks | blobs())
def test_thinning_matches_the_paper_and_keeps_components_and_loops(ink: Mask) -> None:
    skeleton = thinned(ink)
    np.testing.assert_array_equal(skeleton, guo_and_hall(ink))
    assert len(sizes(skeleton)) == len(sizes(ink))
    assert loops(skeleton) == loops(ink)
    # sorted by row and column
    np.testing.assert_array_equal(thin(ink), np.argwhere(skeleton))


@given(masks)
def test_depth_is_the_distance_to_the_nearest_paper(ink: Mask) -> None:
    """Depth is the distance between pixel centers minus half a pixel; outside the
    picture everything is paper.
    """
    paper = np.argwhere(~np.pad(ink, 15)) - 15
    points = np.argwhere(np.ones_like(ink))
    for point, depth in zip(points, depths(ink, points), strict=True):
        expected = np.hypot(*(paper - point).T).min() - 0.5 if ink[tuple(point)] else 0
        assert depth == pytest.approx(expected)


# Walks


def components(ink: Mask) -> list[Mask]:
    labels, count, _ = label(ink)
    return [labels[1:, 1:-1] == number for number in range(1, count + 1)]


@given(masks | blobs().map(thinned))
def test_walks_cover_every_inner_point_once_and_adjacent_forks_are_one_node(
    ink: Mask,
) -> None:
    """This holds for thinned lines and for arbitrary masks."""
    points = np.argwhere(ink)
    assume(len(points) > 0)
    node, count, path, bounds, ends = ways(points)
    adjacent = np.abs(points[:, None] - points[None]).max(axis=2) == 1  # (n, n)
    counts = adjacent.sum(axis=1)
    assert set(node) - {-1} == set(range(count))
    assert (node[(counts >= 3) | (counts == 1)] >= 0).all()
    assert sorted(path) == np.flatnonzero((node < 0) & (counts > 0)).tolist()
    assert bounds.ravel().tolist() == sorted(bounds.ravel().tolist())
    for (first, last), (a, b) in zip(bounds, ends, strict=True):
        walk = path[first:last]
        from_a = np.flatnonzero(node == a)
        to_b = np.flatnonzero(node == b)
        assert all(adjacent[i, j] for i, j in itertools.pairwise(walk))
        if len(walk):
            assert adjacent[walk[0], from_a].any()
            assert adjacent[walk[-1], to_b].any()
        else:
            assert adjacent[from_a][:, to_b].any()
    forks = np.zeros(ink.shape, bool)
    forks[tuple(points[counts >= 3].T)] = True
    of_forks = [set(node[piece[tuple(points.T)]]) for piece in components(forks)]
    assert all(len(numbers) == 1 for numbers in of_forks)
    rings = sum(
        (counts[piece[tuple(points.T)]] == 2).all() for piece in components(ink)
    )
    assert count == len(of_forks) + (counts == 1).sum() + rings
