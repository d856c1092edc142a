"""Thin ink down to its middle line, and say how deep each of its points lies.

Walk along a middle line that is one point wide, from fork to fork.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def _removable() -> NDArray[np.uint8]:
    """(2, 256): 1 where a point may be taken off, in each of the two turns, by what lies around it.

    Bit 0 of that is the point above, p2 of the paper, bit 1 above right, and on clockwise to bit 7, p9 above left. The
    conditions: (a) what touches it hangs together (C = 1), (b) it is neither a line's end nor deep within
    (2 <= N <= 3), (c) it lies at the edge whose turn it is: 0 above and right, 1 below and left.
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
    """The points that are left of ink when all that can go has gone.

    Guo and Hall 1989, "Parallel thinning with two-subiteration algorithms", algorithm A1: what lies at an edge and
    holds nothing together is taken off, layer by layer, in turns from above right and from below left. Pieces stay
    pieces, loops stay loops.

    Parameters
    ----------
    ink : (rows, columns) uint8
        1 and 0, in a frame of paper, row after row in memory. What goes is taken off it.

    Returns
    -------
    (k, 2) int64
        Row and column of each, in the order of a scan from the top.
    """
    columns, ink = ink.shape[1], ink.ravel()  # a point has one number: its neighbours' are 1 or a row away
    points = np.flatnonzero(ink)
    edge, there = np.empty_like(points), np.zeros(len(ink), np.bool_)  # points that paper touches; which they are
    count = 0
    for p in points:
        if not (ink[p - columns] & ink[p + 1] & ink[p + columns] & ink[p - 1]):
            edge[count] = p
            there[p] = True
            count += 1
    gone = np.empty_like(points)
    turn, still = 0, 0
    while still < 2:  # neither of the two turns found anything
        found = 0
        for i in range(count):
            gone[found] = edge[i]
            found += MAY_GO[turn, _around(ink, edge[i], columns)]  # no branch, which would be guessed wrong so often
        for p in gone[:found]:  # all at once: the test of one must not know of another
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
    left = points[ink[points] == 1]  # in the order of the scan again
    return np.stack((left // columns, left % columns), axis=1)


@njit(cache=True, nogil=True)
def _around(ink: NDArray[np.uint8], p: int, columns: int) -> int:
    """What lies around a point, as `MAY_GO` numbers it."""
    above, below = p - columns, p + columns
    upper = ink[above] | ink[above + 1] << 1 | ink[p + 1] << 2 | ink[above - 1] << 7
    return upper | ink[below + 1] << 3 | ink[below] << 4 | ink[below - 1] << 5 | ink[p - 1] << 6


@njit(cache=True, nogil=True)
def depths(ink: NDArray[np.bool_], points: NDArray[np.int64]) -> NDArray[np.float64]:
    """How deep points of ink lie: the distance to the edge of the nearest paper, in points; 0 on paper.

    First along the point's row (Meijster, Roerdink and Hesselink 2000, "A general algorithm for computing distance
    transforms in linear time"); then the rows above and below are asked that may hold nearer paper. Beyond the picture
    lies paper.

    Parameters
    ----------
    ink : (rows, columns) bool
    points : (n, 2) int64
        Row and column of each.

    Returns
    -------
    (n,)
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
    """How far each point of ink is from the nearest paper of its row, in points; 0 on paper."""
    rows, columns = ink.shape
    across = np.zeros(ink.shape, np.int16)
    for y in range(rows):
        end = 0
        for x in range(columns):
            if not ink[y, x]:
                continue
            if x >= end:  # a new stretch of ink
                start = end = x
                while end < columns and ink[y, end]:
                    end += 1
            across[y, x] = min(x - start + 1, end - x)
    return across


Numbers = NDArray[np.int64]


@njit(cache=True, nogil=True)
def ways(points: Numbers) -> tuple[Numbers, int, Numbers, Numbers, Numbers]:
    """The nodes of a middle line and all ways between them: `nodes` and `walks` of its `neighbours`.

    Parameters
    ----------
    points
        (n, 2) rows and columns, all different, n >= 1.

    Returns
    -------
    (n,), int, (m,), (k, 2), (k, 2)
    """
    near, counts = neighbours(points)
    node, count = nodes(near, counts)
    path, bounds, ends = walks(near, counts, node)
    return node, count, path, bounds, ends


@njit(cache=True, nogil=True)
def neighbours(points: Numbers) -> tuple[Numbers, Numbers]:
    """Which points touch one another, at a side or a corner.

    Parameters
    ----------
    points
        (n, 2) rows and columns, all different.

    Returns
    -------
    (n, 8), (n,)
        Numbers of the points that touch each, around it in turn, and -1 behind them; and how many there are.
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
    """Which points are nodes: ends, and forks together with the forks that they touch.

    A ring that meets nothing has one all the same: the first of its points.

    Returns
    -------
    (n,), int
        The number of each point's node, -1 of points on the way; and how many nodes there are.
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
    for i in range(n):  # what hangs together with a node is no ring of its own
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
    """Hand a point's mark on to all that hangs together with it through points that touch at least `least` others."""
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
    """All ways from node to node, each once.

    Returns
    -------
    (m,), (k, 2), (k, 2)
        The points of all ways between their nodes, one way after the other; where in these each way begins and ends
        (it may have none); and its two nodes.
    """
    n = len(counts)
    path, length = np.empty(n, np.int64), 0
    most = 4 * n  # no point has more than 8 ways, and each has two ends
    bounds, ends, found = np.empty((most, 2), np.int64), np.empty((most, 2), np.int64), 0
    seen = np.zeros(n, np.bool_)
    for i in range(n):
        if node[i] < 0:
            continue
        for k in range(counts[i]):
            step = near[i, k]
            if node[step] >= 0:
                if node[step] > node[i]:  # two nodes side by side
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
    """Go from a node's point by the point `step` to the next node: how long the path is then, and which node that is.

    Each point on the way touches two others: where one came from, and where to go.
    """
    before, here = start, step
    while True:
        path[length] = here
        length += 1
        onward = -1
        for k in range(counts[here]):
            j = near[here, k]
            if j == before or (before == start and node[j] == node[start]):
                continue  # a point that touches its own fork twice is no way to another node
            if node[j] >= 0:
                return length, node[j]
            onward = j
        if onward < 0:
            return length, node[start]
        before, here = here, onward
