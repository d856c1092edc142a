"""Thin ink to its skeleton, measure the depth of the ink, and trace the skeleton from node to node."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def _removable() -> NDArray[np.uint8]:
    """Return a (2, 256) table that tells whether a pixel may be removed, by subiteration and by its 8 neighbours.

    Bit 0 of the index is the pixel above (p2 in the paper cited in `thinned`). The other bits follow clockwise, from
    bit 1, above right, to bit 7 (p9), above left. A pixel may be removed if (a) its neighbours are connected (C = 1),
    (b) it is neither the end of a line nor interior (2 <= N <= 3), and (c) it lies on the edge that this subiteration
    removes: above and right in subiteration 0, below and left in subiteration 1.
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
    """Return the skeleton of the ink: row and column, (k, 2), of the remaining pixels in scan order.

    This is algorithm A1 of Guo and Hall 1989, "Parallel thinning with two-subiteration algorithms". It removes edge
    pixels that connect nothing, layer by layer, alternately from the upper right and the lower left. Components and
    loops are preserved. `ink` contains 1 and 0, has a border of paper, is contiguous, and is modified in place.
    """
    columns, ink = ink.shape[1], ink.ravel()  # flat indices, so neighbours are 1 or a row away
    points = np.flatnonzero(ink)
    edge, there = np.empty_like(points), np.zeros(len(ink), np.bool_)  # candidates next to paper, and a flag for each
    count = 0
    for p in points:
        if not (ink[p - columns] & ink[p + 1] & ink[p + columns] & ink[p - 1]):
            edge[count] = p
            there[p] = True
            count += 1
    gone = np.empty_like(points)
    turn, still = 0, 0
    while still < 2:  # until neither subiteration removes anything
        found = 0
        for i in range(count):
            gone[found] = edge[i]
            found += int(MAY_GO[turn, _around(ink, edge[i], columns)])  # a branch would often be mispredicted
        for p in gone[:found]:  # all at once, because no test may see another's removals
            ink[p] = 0
        kept = 0
        for i in range(count):
            edge[kept] = edge[i]
            kept += int(ink[edge[i]])
        count = kept
        for p in gone[:found]:
            for side in (p - columns, p + 1, p + columns, p - 1):
                if ink[side] and not there[side]:
                    edge[count] = side
                    there[side] = True
                    count += 1
        still = 0 if found else still + 1
        turn = 1 - turn
    left = points[ink[points] == 1]  # back in scan order
    return np.stack((left // columns, left % columns), axis=1)


@njit(cache=True, nogil=True)
def _around(ink: NDArray[np.uint8], p: int, columns: int) -> int:
    """Return the 8 neighbours of a pixel as an index into `MAY_GO`."""
    above, below = p - columns, p + columns
    upper = ink[above] | ink[above + 1] << 1 | ink[p + 1] << 2 | ink[above - 1] << 7
    return upper | ink[below + 1] << 3 | ink[below] << 4 | ink[below - 1] << 5 | ink[p - 1] << 6


@njit(cache=True, nogil=True)
def depths(ink: NDArray[np.bool_], points: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the distance from points (n, 2), row and column, to the edge of the nearest paper, in pixels.

    The distance is 0 on paper, and everything outside the picture counts as paper. The search starts in the point's own
    row (Meijster, Roerdink and Hesselink 2000, "A general algorithm for computing distance transforms in linear time")
    and continues in the rows above and below that may contain nearer paper.
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
    """Return the distance from each pixel to the nearest paper in its row, in pixels. It is 0 on paper."""
    rows, columns = ink.shape
    across = np.zeros(ink.shape, np.int16)
    for y in range(rows):
        end = 0
        for x in range(columns):
            if not ink[y, x]:
                continue
            if x >= end:  # a new run of consecutive ink pixels
                start = end = x
                while end < columns and ink[y, end]:
                    end += 1
            across[y, x] = min(x - start + 1, end - x)
    return across


Numbers = NDArray[np.int64]


@njit(cache=True, nogil=True)
def ways(points: Numbers) -> tuple[Numbers, int, Numbers, Numbers, Numbers]:
    """Return the results of `nodes` and `walks` for a skeleton (n, 2), n >= 1: its nodes and the paths between them."""
    near, counts = neighbours(points)
    node, count = nodes(near, counts)
    path, bounds, ends = walks(near, counts, node)
    return node, count, path, bounds, ends


@njit(cache=True, nogil=True)
def neighbours(points: Numbers) -> tuple[Numbers, Numbers]:
    """Return the neighbours of each of the distinct points (n, 2), adjacent at a side or a corner.

    Return their indices (n, 8) in clockwise order, padded with -1, and the number of neighbours of each point (n,).
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
    """Return the index of each point's node, or -1 between nodes, and the number of nodes.

    Nodes are the ends of lines, and forks; adjacent forks form one node. An isolated ring has a node at its first
    point.
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
    for i in range(n):  # only components without a node are isolated rings
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
    """Return all paths from node to node, each of them once.

    Return three arrays: the points between the nodes on all paths, concatenated (m,); the start and end index of each
    path in that array (k, 2), which may be equal; and the two nodes of each path (k, 2).
    """
    n = len(counts)
    path, length = np.empty(n, np.int64), 0
    most = 4 * n  # a point has at most 8 paths, and each path has two ends
    bounds, ends, found = np.empty((most, 2), np.int64), np.empty((most, 2), np.int64), 0
    seen = np.zeros(n, np.bool_)
    for i in range(n):
        if node[i] < 0:
            continue
        for k in range(counts[i]):
            step = near[i, k]
            if node[step] >= 0:
                if node[step] > node[i]:  # two adjacent nodes; count their path only once
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
    """Follow a path from a node through the point `step` to the next node. Return the new path length and that node.

    Each point on the way has two neighbours, the previous point and the next.
    """
    before, here = start, step
    while True:
        path[length] = here
        length += 1
        onward = -1
        for k in range(counts[here]):
            j = near[here, k]
            if j == before or (before == start and node[j] == node[start]):
                continue  # another point of the fork where the path began
            if node[j] >= 0:
                return length, node[j]
            onward = j
        if onward < 0:
            return length, node[start]
        before, here = here, onward
