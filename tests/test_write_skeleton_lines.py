"""Walks along a middle line: every point on the way once, from node to node, each step to a neighbour."""

import itertools

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from test_write_thinning import thin

from gan.write.kernels.pixels import label
from gan.write.kernels.skeleton import neighbours, nodes, walks
from gan.write.vectorize.ink import Mask

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans())

RING = ["####", "#..#", "#..#", "####"]


def pieces(ink: Mask) -> list[Mask]:
    labels, count = label(ink)
    return [labels == number for number in range(1, count + 1)]


def points_of(*rows: str) -> NDArray[np.intp]:
    return np.argwhere(np.array([[character == "#" for character in row] for row in rows]))


def touching(points: NDArray[np.intp]) -> NDArray[np.bool_]:
    """The oracle, (n, n)."""
    apart = np.abs(points[:, None] - points[None]).max(axis=2)
    return apart == 1


@given(masks)
def test_neighbours(ink: Mask) -> None:
    points = np.argwhere(ink)
    assume(len(points) > 0)
    near, counts = neighbours(points)
    for row, count, expected in zip(near, counts, touching(points), strict=True):
        assert sorted(row[:count]) == np.flatnonzero(expected).tolist()
        assert (row[count:] == -1).all()


@given(masks, st.booleans())
def test_walks_cover_all_ways_once(ink: Mask, thinner: bool) -> None:
    """Of thin lines, and of anything."""
    points = np.argwhere(thin(ink)[0] if thinner else ink)
    assume(len(points) > 0)
    near, counts = neighbours(points)
    node, count = nodes(near, counts)
    path, bounds, ends = walks(near, counts, node)
    touch = touching(points)
    assert set(node) - {-1} == set(range(count))
    np.testing.assert_array_equal(node[counts >= 3] >= 0, True)
    np.testing.assert_array_equal(node[counts == 1] >= 0, True)
    on_the_way = np.flatnonzero((node < 0) & (counts > 0))
    assert sorted(path) == on_the_way.tolist()
    assert bounds.ravel().tolist() == sorted(bounds.ravel().tolist())
    for (first, last), (a, b) in zip(bounds, ends, strict=True):
        way = path[first:last]
        assert all(touch[i, j] for i, j in itertools.pairwise(way))
        from_a, to_b = np.flatnonzero(node == a), np.flatnonzero(node == b)
        assert touch[way[0], from_a].any() and touch[way[-1], to_b].any() if len(way) else touch[from_a][:, to_b].any()


@given(masks)
def test_a_node_is_one_end_or_forks_that_touch(ink: Mask) -> None:
    points = np.argwhere(ink)
    assume(len(points) > 0)
    near, counts = neighbours(points)
    node, count = nodes(near, counts)
    forks = np.zeros(ink.shape, bool)
    forks[tuple(points[counts >= 3].T)] = True
    numbers = {tuple(sorted(set(node[forks[tuple(points.T)] & piece[tuple(points.T)]]))) for piece in pieces(forks)}
    assert all(len(of_piece) == 1 for of_piece in numbers)  # a cluster of forks has one number
    rings = sum((counts[piece[tuple(points.T)]] == 2).all() for piece in pieces(ink))
    assert count == len(pieces(forks)) + (counts == 1).sum() + rings


def ways(*rows: str) -> list[tuple[int, int, int]]:
    """Of each way its two nodes and how many points lie between them."""
    near, counts = neighbours(points_of(*rows))
    node, _ = nodes(near, counts)
    _, bounds, ends = walks(near, counts, node)
    return [(int(a), int(b), int(last - first)) for (first, last), (a, b) in zip(bounds, ends, strict=True)]


def test_known_lines() -> None:
    assert ways("#####") == [(0, 1, 3)]
    assert ways("##") == [(0, 1, 0)]
    assert ways("#") == []
    assert ways(".#.", "#.#", ".#.") == [(0, 0, 3)]
    assert ways("#...#", ".#.#.", "..#..", "..#..", "..#..") == [(0, 2, 1), (1, 2, 1), (2, 3, 1)]
    assert ways("#####", "..#..", "..#..") == [(0, 1, 0), (1, 2, 0), (1, 3, 0)]
    assert sorted(ways("#..#.", ".#.#.", "..#..")) == [(0, 1, 3)]  # two strokes that meet in a point
