"""Skeleton kernels: thinning compared with the published algorithm, depths, and walks along a skeleton."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from gan.write.kernels.measure_and_rasterize import label
from gan.write.kernels.skeleton import depths, neighbours, nodes, thinned, walks
from gan.write.vectorize.ink import Mask, loops, sizes

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.booleans())


@st.composite
def blobs(draw: st.DrawFn) -> Mask:
    """Draw a mask of discs and rings, which may overlap."""
    y, x = np.mgrid[:40, :40]
    ink = np.zeros((40, 40), bool)
    for _ in range(draw(st.integers(1, 5))):
        v, u, r = (draw(st.floats(4, 36)), draw(st.floats(4, 36)), draw(st.floats(1, 12)))
        hollow = draw(st.floats(0, 1)) * r
        distance = np.hypot(y - v, x - u)
        ink |= (distance <= r) & (distance >= hollow)
    ink[0, 0] |= not ink.any()
    return ink


def thin(ink: Mask) -> tuple[Mask, NDArray[np.intp]]:
    framed = np.pad(ink, 1).astype(np.uint8)
    points = thinned(framed)
    return framed[1:-1, 1:-1] > 0, points - 1


def guo_and_hall(ink: Mask) -> Mask:
    """Thin with algorithm A1 by Guo and Hall, point by point over the whole picture."""
    p = np.pad(ink, 1)
    unchanged, pass_number = 0, 0
    while unchanged < 2:
        removed = []
        for y, x in np.argwhere(p):
            around = [p[y + v, x + u] for v, u in
                      ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))]  # fmt: skip
            p2, p3, p4, p5, p6, p7, p8, p9 = map(bool, around)
            c = (not p2 and (p3 or p4)) + (not p4 and (p5 or p6)) + (not p6 and (p7 or p8)) + (not p8 and (p9 or p2))
            n1 = (p9 or p2) + (p3 or p4) + (p5 or p6) + (p7 or p8)
            n2 = (p2 or p3) + (p4 or p5) + (p6 or p7) + (p8 or p9)
            stays = (p2 or p3 or not p5) and p4 if pass_number == 0 else (p6 or p7 or not p9) and p8
            if c == 1 and 2 <= min(n1, n2) <= 3 and not stays:
                removed.append((y, x))
        for y, x in removed:
            p[y, x] = False
        unchanged = 0 if removed else unchanged + 1
        pass_number = 1 - pass_number
    return p[1:-1, 1:-1]


@given(masks)
def test_thinning_matches_the_paper(ink: Mask) -> None:
    np.testing.assert_array_equal(thin(ink)[0], guo_and_hall(ink))


@given(blobs())
def test_thinning_of_large_shapes_matches_the_paper_and_keeps_components_and_loops(ink: Mask) -> None:
    skeleton, points = thin(ink)
    np.testing.assert_array_equal(skeleton, guo_and_hall(ink))
    assert (len(sizes(skeleton)), loops(skeleton)) == (len(sizes(ink)), loops(ink))
    np.testing.assert_array_equal(points, np.argwhere(skeleton))  # sorted by row and column
    np.testing.assert_array_equal(thin(skeleton)[0], skeleton)
    assert not (skeleton & ~ink).any()


@given(masks)
def test_depth_is_the_distance_to_the_nearest_paper(ink: Mask) -> None:
    """Depth is the distance between pixel centers minus half a pixel; outside the picture everything is paper."""
    paper = np.argwhere(~np.pad(ink, 15)) - 15
    points = np.argwhere(np.ones_like(ink))
    for point, depth in zip(points, depths(ink, points), strict=True):
        expected = np.hypot(*(paper - point).T).min() - 0.5 if ink[tuple(point)] else 0
        assert depth == pytest.approx(expected)


# Walks


small_masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans())
RING = ["####", "#..#", "#..#", "####"]


def components(ink: Mask) -> list[Mask]:
    labels, count, _ = label(ink)
    return [labels[1:, 1:-1] == number for number in range(1, count + 1)]


def points_of(*rows: str) -> NDArray[np.intp]:
    return np.argwhere(np.array([[character == "#" for character in row] for row in rows]))


def adjacency(points: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return the adjacency matrix of the points, (n, n)."""
    apart = np.abs(points[:, None] - points[None]).max(axis=2)
    return apart == 1


@given(small_masks)
def test_neighbours_are_the_adjacent_points(ink: Mask) -> None:
    points = np.argwhere(ink)
    assume(len(points) > 0)
    near, counts = neighbours(points)
    for row, count, expected in zip(near, counts, adjacency(points), strict=True):
        assert sorted(row[:count]) == np.flatnonzero(expected).tolist()
        assert (row[count:] == -1).all()


@given(small_masks, st.booleans())
def test_walks_cover_every_inner_point_once(ink: Mask, thin_first: bool) -> None:
    """This holds for thinned lines and for arbitrary masks."""
    points = np.argwhere(thin(ink)[0] if thin_first else ink)
    assume(len(points) > 0)
    near, counts = neighbours(points)
    node, count = nodes(near, counts)
    path, bounds, ends = walks(near, counts, node)
    adjacent = adjacency(points)
    assert set(node) - {-1} == set(range(count))
    np.testing.assert_array_equal(node[counts >= 3] >= 0, True)
    np.testing.assert_array_equal(node[counts == 1] >= 0, True)
    inner_points = np.flatnonzero((node < 0) & (counts > 0))
    assert sorted(path) == inner_points.tolist()
    assert bounds.ravel().tolist() == sorted(bounds.ravel().tolist())
    for (first, last), (a, b) in zip(bounds, ends, strict=True):
        walk = path[first:last]
        assert all(adjacent[i, j] for i, j in itertools.pairwise(walk))
        from_a, to_b = np.flatnonzero(node == a), np.flatnonzero(node == b)
        assert (
            adjacent[walk[0], from_a].any() and adjacent[walk[-1], to_b].any()
            if len(walk)
            else adjacent[from_a][:, to_b].any()
        )


@given(small_masks)
def test_adjacent_forks_are_one_node(ink: Mask) -> None:
    points = np.argwhere(ink)
    assume(len(points) > 0)
    near, counts = neighbours(points)
    node, count = nodes(near, counts)
    forks = np.zeros(ink.shape, bool)
    forks[tuple(points[counts >= 3].T)] = True
    numbers = {tuple(sorted(set(node[forks[tuple(points.T)] & piece[tuple(points.T)]]))) for piece in components(forks)}
    # Adjacent forks share one node number.
    assert all(len(numbers_of_component) == 1 for numbers_of_component in numbers)
    rings = sum((counts[piece[tuple(points.T)]] == 2).all() for piece in components(ink))
    assert count == len(components(forks)) + (counts == 1).sum() + rings


def walks_of(*rows: str) -> list[tuple[int, int, int]]:
    """Return the two nodes of each walk and the number of points between them."""
    near, counts = neighbours(points_of(*rows))
    node, _ = nodes(near, counts)
    _, bounds, ends = walks(near, counts, node)
    return [(int(a), int(b), int(last - first)) for (first, last), (a, b) in zip(bounds, ends, strict=True)]


def test_walks_of_known_shapes() -> None:
    assert walks_of("#####") == [(0, 1, 3)]
    assert walks_of("##") == [(0, 1, 0)]
    assert walks_of("#") == []
    assert walks_of(".#.", "#.#", ".#.") == [(0, 0, 3)]
    assert walks_of("#...#", ".#.#.", "..#..", "..#..", "..#..") == [(0, 2, 1), (1, 2, 1), (2, 3, 1)]
    assert walks_of("#####", "..#..", "..#..") == [(0, 1, 0), (1, 2, 0), (1, 3, 0)]
    assert sorted(walks_of("#..#.", ".#.#.", "..#..")) == [(0, 1, 3)]  # two strokes that meet at a point
