"""Walk along a middle line that is one point wide, from fork to fork."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

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
