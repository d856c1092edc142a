"""Thin ink to its skeleton, measure its depth, and trace the skeleton from node to node."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def _removable() -> NDArray[np.uint8]:
    """Return (2, 256): whether a pixel may be removed in each of the two subiterations, given its 8 neighbours.

    Bit 0 of the index is the pixel above (p2 in the paper), bit 1 above right, and clockwise to bit 7 (p9), above left.
    The conditions: (a) its neighbours are connected (C = 1), (b) it is neither a line's end nor interior (2 <= N <= 3),
    (c) it lies on the edge that this subiteration removes: 0 above and right, 1 below and left.
    """
    p2, p3, p4, p5, p6, p7, p8, p9 = (np.arange(256) >> bit & 1 for bit in range(8))
    runs = ((1 - p2) & (p3 | p4)) + ((1 - p4) & (p5 | p6)) + ((1 - p6) & (p7 | p8)) + ((1 - p8) & (p9 | p2))
    one = (p9 | p2) + (p3 | p4) + (p5 | p6) + (p7 | p8)
    other = (p2 | p3) + (p4 | p5) + (p6 | p7) + (p8 | p9)
    fits = (runs == 1) & np.isin(np.minimum(one, other), (2, 3))
    inner = np.stack([(p2 | p3 | (1 - p5)) & p4, (p6 | p7 | (1 - p9)) & p8])
    return (fits & (inner == 0)).astype(np.uint8)


MAY_GO = _removable()


@njit(cache=True, nogil=True)
def thinned(ink: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return row and column, (k, 2), of the pixels that remain when all removable ink is gone, in scan order.

    Guo and Hall 1989, "Parallel thinning with two-subiteration algorithms", algorithm A1: removes edge pixels that
    connect nothing, layer by layer, alternately from the upper right and the lower left. Components and loops are
    preserved. `ink` is 1 and 0, with a border of paper, contiguous, and modified in place.
    """
    columns, ink = ink.shape[1], ink.ravel()  # flat index: neighbours are 1 or a row away
    points = np.flatnonzero(ink)
    edge, there = np.empty_like(points), np.zeros(len(ink), np.bool_)  # candidates beside paper, and a flag for each
    count = 0
    for p in points:
        if not (ink[p - columns] & ink[p + 1] & ink[p + columns] & ink[p - 1]):
            edge[count] = p
            there[p] = True
            count += 1
    gone = np.empty_like(points)
    turn, still = 0, 0
    while still < 2:  # until both subiterations remove nothing
        found = 0
        for i in range(count):
            gone[found] = edge[i]
            found += MAY_GO[turn, _around(ink, edge[i], columns)]  # no branch: it would be mispredicted often
        for p in gone[:found]:  # all at once: the tests must not see each other's removals
            ink[p] = 0
        kept = 0
        for i in range(count):
            edge[kept] = edge[i]
            kept += ink[edge[i]]
        count = kept
        for p in gone[:found]:
            for side in (p - columns, p + 1, p + columns, p - 1):
                if ink[side] and not there[side]:
                    edge[count] = side
                    there[side] = True
                    count += 1
        still = 0 if found else still + 1
        turn = 1 - turn
    left = points[ink[points] == 1]  # in scan order again
    return np.stack((left // columns, left % columns), axis=1)


@njit(cache=True, nogil=True)
def _around(ink: NDArray[np.uint8], p: int, columns: int) -> int:
    """Return the 8 neighbours of a pixel as an index of `MAY_GO`."""
    above, below = p - columns, p + columns
    upper = ink[above] | ink[above + 1] << 1 | ink[p + 1] << 2 | ink[above - 1] << 7
    return upper | ink[below + 1] << 3 | ink[below] << 4 | ink[below - 1] << 5 | ink[p - 1] << 6


@njit(cache=True, nogil=True)
def depths(ink: NDArray[np.bool_], points: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the distance from points (n, 2), row and column, to the edge of the nearest paper, in pixels; 0 on paper.

    First along the point's row (Meijster, Roerdink and Hesselink 2000, "A general algorithm for computing distance
    transforms in linear time"), then in the rows above and below that may hold nearer paper. Outside the picture is
    paper.
    """
    across, rows = _across(ink), len(ink)
    deep = np.zeros(len(points))
    for i in range(len(points)):
        y, x = points[i]
        if not ink[y, x]:
            continue
        best, dy = int(across[y, x]) ** 2, 1
        while dy * dy < best:
            above = int(across[y - dy, x]) if y >= dy else 0
            below = int(across[y + dy, x]) if y + dy < rows else 0
            best = min(best, dy * dy + min(above, below) ** 2)
            dy += 1
        deep[i] = np.sqrt(best) - 0.5
    return deep


@njit(cache=True, nogil=True)
def _across(ink: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Return the distance from each ink pixel to the nearest paper in its row, in pixels; 0 on paper."""
    rows, columns = ink.shape
    across = np.zeros(ink.shape, np.int16)
    for y in range(rows):
        end = 0
        for x in range(columns):
            if not ink[y, x]:
                continue
            if x >= end:  # a new run of ink
                start = end = x
                while end < columns and ink[y, end]:
                    end += 1
            across[y, x] = min(x - start + 1, end - x)
    return across


Numbers = NDArray[np.int64]


@njit(cache=True, nogil=True)
def ways(points: Numbers) -> tuple[Numbers, int, Numbers, Numbers, Numbers]:
    """Return the nodes of a skeleton (n, 2), n >= 1, and the paths between them: `nodes` and `walks`."""
    near, counts = neighbours(points)
    node, count = nodes(near, counts)
    path, bounds, ends = walks(near, counts, node)
    return node, count, path, bounds, ends


@njit(cache=True, nogil=True)
def neighbours(points: Numbers) -> tuple[Numbers, Numbers]:
    """Return the points adjacent to each of some points (n, 2), all different, at a side or a corner.

    Returns indices (n, 8) in clockwise order, padded with -1, and their numbers (n,).
    """
    n = len(points)
    rows, columns = points[:, 0].max() + 3, points[:, 1].max() + 3
    number = np.full((rows, columns), -1)
    for i in range(n):
        number[points[i, 0] + 1, points[i, 1] + 1] = i
    near, counts = np.full((n, 8), -1), np.zeros(n, np.int64)
    for i in range(n):
        y, x = points[i, 0] + 1, points[i, 1] + 1
        for dy, dx in ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)):
            j = number[y + dy, x + dx]
            if j >= 0:
                near[i, counts[i]] = j
                counts[i] += 1
    return near, counts


@njit(cache=True, nogil=True)
def nodes(near: Numbers, counts: Numbers) -> tuple[Numbers, int]:
    """Return the node of each point, -1 between nodes, and the number of nodes.

    Nodes are line ends, and forks merged with the forks adjacent to them; an isolated ring has one at the first of its
    points.
    """
    n = len(counts)
    node, count = np.full(n, -1), 0
    reached = np.full(n, -1)
    for i in range(n):
        if node[i] < 0 and counts[i] != 2 and counts[i] != 0:
            node[i] = count
            if counts[i] >= 3:
                _spread(i, 3, near, counts, node)
            count += 1
    for i in range(n):  # a component with a node is not an isolated ring
        if node[i] >= 0 and reached[i] < 0:
            reached[i] = 0
            _spread(i, 1, near, counts, reached)
    for i in range(n):
        if counts[i] == 2 and reached[i] < 0:
            node[i], reached[i] = count, 0
            _spread(i, 1, near, counts, reached)
            count += 1
    return node, count


@njit(cache=True, nogil=True)
def _spread(start: int, least: int, near: Numbers, counts: Numbers, mark: Numbers) -> None:
    """Copy a point's mark to all points connected to it through points with at least `least` neighbours."""
    waiting = np.empty(len(counts), np.int64)
    waiting[0], left = start, 1
    while left:
        left -= 1
        here = waiting[left]
        for k in range(counts[here]):
            j = near[here, k]
            if counts[j] >= least and mark[j] < 0:
                mark[j], waiting[left] = mark[start], j
                left += 1


@njit(cache=True, nogil=True)
def walks(near: Numbers, counts: Numbers, node: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return all paths from node to node, each once.

    These are the points between nodes of all paths, concatenated (m,); the start and end of each path among them (k,
    2), which may be equal; and its two nodes (k, 2).
    """
    n = len(counts)
    path, length = np.empty(n, np.int64), 0
    most = 4 * n  # a point has at most 8 paths, each with two ends
    bounds, ends, found = np.empty((most, 2), np.int64), np.empty((most, 2), np.int64), 0
    seen = np.zeros(n, np.bool_)
    for i in range(n):
        if node[i] < 0:
            continue
        for k in range(counts[i]):
            step = near[i, k]
            if node[step] >= 0:
                if node[step] > node[i]:  # two adjacent nodes
                    bounds[found, 0], bounds[found, 1] = length, length
                    ends[found, 0], ends[found, 1] = node[i], node[step]
                    found += 1
                continue
            if seen[step]:
                continue
            first = length
            length, last = _walk(i, step, near, counts, node, path, length)
            seen[path[first:length]] = True
            bounds[found, 0], bounds[found, 1] = first, length
            ends[found, 0], ends[found, 1] = node[i], last
            found += 1
    return path[:length], bounds[:found], ends[:found]


@njit(cache=True, nogil=True)
def _walk(
    start: int, step: int, near: Numbers, counts: Numbers, node: Numbers, path: Numbers, length: int
) -> tuple[int, int]:
    """Follow a path from a node through the point `step` to the next node; return the new path length and that node.

    Each point on the way has two neighbours: the previous point and the next.
    """
    before, here = start, step
    while True:
        path[length] = here
        length += 1
        onward = -1
        for k in range(counts[here]):
            j = near[here, k]
            if j == before or (before == start and node[j] == node[start]):
                continue  # a second contact with the fork it came from
            if node[j] >= 0:
                return length, node[j]
            onward = j
        if onward < 0:
            return length, node[start]
        before, here = here, onward
