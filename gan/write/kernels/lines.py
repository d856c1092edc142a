"""Walk along a middle line that is one point wide, from fork to fork."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


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
    waiting, seen = np.empty(n, np.int64), np.zeros(n, np.bool_)
    for i in range(n):
        if node[i] >= 0 or counts[i] == 2 or counts[i] == 0:
            continue
        node[i], waiting[0], left = count, i, 1
        while left and counts[i] >= 3:
            left -= 1
            here = waiting[left]
            for k in range(counts[here]):
                j = near[here, k]
                if counts[j] >= 3 and node[j] < 0:
                    node[j], waiting[left] = count, j
                    left += 1
        count += 1
    for i in range(n):  # what hangs together with a node is no ring of its own
        if node[i] < 0 or seen[i]:
            continue
        count = _reach(i, near, counts, seen, waiting, count)
    for i in range(n):
        if not seen[i] and counts[i] == 2:
            node[i] = count
            count = _reach(i, near, counts, seen, waiting, count) + 1
    return node, count


@njit(cache=True, nogil=True)
def _reach(start: int, near: Numbers, counts: Numbers, seen: NDArray[np.bool_], waiting: Numbers, count: int) -> int:
    """Mark all that hangs together with a point; `count` is handed back."""
    waiting[0], left = start, 1
    seen[start] = True
    while left:
        left -= 1
        here = waiting[left]
        for k in range(counts[here]):
            j = near[here, k]
            if not seen[j]:
                seen[j] = True
                waiting[left] = j
                left += 1
    return count


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
    most = 4 * n + 4
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
            first, before, here, last = length, i, step, -1
            while last < 0:
                seen[here] = True
                path[length] = here
                length += 1
                onward = -1
                for m in range(counts[here]):
                    j = near[here, m]
                    # A point that touches its own fork twice is no way back to it.
                    if j == before or (before == i and node[j] == node[i]):
                        continue
                    if node[j] >= 0:
                        last = node[j]
                        break
                    if not seen[j]:
                        onward = j
                if last < 0 and onward < 0:
                    last = node[i]  # around, to where it began
                before, here = here, onward
            bounds[found, 0], bounds[found, 1] = first, length
            ends[found, 0], ends[found, 1] = node[i], last
            found += 1
    return path[:length], bounds[:found], ends[:found]
