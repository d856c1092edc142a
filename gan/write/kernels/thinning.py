"""Thin ink down to its middle line, and say how deep each of its points lies."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def thinned(ink: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The points that are left of ink when all that can go has gone.

    Guo and Hall 1989, "Parallel thinning with two-subiteration algorithms", algorithm A1: what lies at an edge and
    holds nothing together is taken off, layer by layer, in turns from above right and from below left. Pieces stay
    pieces, loops stay loops.

    Parameters
    ----------
    ink : (rows, columns) uint8
        1 and 0, in a frame of paper. What goes is taken off it.

    Returns
    -------
    (k, 2) int64
        Row and column of each, in the order of a scan from the top.
    """
    points = _points_of(ink)
    edge, there = np.empty_like(points), np.zeros(ink.shape, np.bool_)  # points that paper touches; which they are
    count = 0
    for y, x in points:
        if not (ink[y - 1, x] & ink[y, x + 1] & ink[y + 1, x] & ink[y, x - 1]):
            edge[count, 0], edge[count, 1] = y, x
            there[y, x] = True
            count += 1
    gone = np.empty(len(points), np.int64)
    turn, still = 0, 0
    while still < 2:  # neither of the two turns found anything
        found = 0
        for i in range(count):
            if _may_go(ink, edge[i, 0], edge[i, 1], turn):
                gone[found] = i
                found += 1
        for k in range(found):  # all at once: the test of one must not know of another
            ink[edge[gone[k], 0], edge[gone[k], 1]] = 0
        for k in range(found):
            y, x = edge[gone[k], 0], edge[gone[k], 1]
            for v, u in ((y - 1, x), (y, x + 1), (y + 1, x), (y, x - 1)):
                if ink[v, u] and not there[v, u]:
                    edge[count, 0], edge[count, 1] = v, u
                    there[v, u] = True
                    count += 1
        kept = 0
        for i in range(count):
            if ink[edge[i, 0], edge[i, 1]]:
                edge[kept, 0], edge[kept, 1] = edge[i, 0], edge[i, 1]
                kept += 1
        count = kept
        still = 0 if found else still + 1
        turn = 1 - turn
    left = 0
    for y, x in points:  # in the order of the scan again
        if ink[y, x]:
            points[left, 0], points[left, 1] = y, x
            left += 1
    return points[:left]


@njit(cache=True, nogil=True)
def _points_of(ink: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, 2) row and column of each point of ink, in the order of a scan from the top."""
    points, count = np.empty((ink.sum(), 2), np.int64), 0
    for y in range(ink.shape[0]):
        for x in range(ink.shape[1]):
            if ink[y, x]:
                points[count, 0], points[count, 1] = y, x
                count += 1
    return points


@njit(cache=True, nogil=True)
def _may_go(ink: NDArray[np.uint8], y: int, x: int, turn: int) -> bool:
    """Whether a point may be taken off: the conditions of the paper, p2 above and on clockwise to p9 above left.

    (a) what touches it hangs together (C = 1), (b) it is neither a line's end nor deep within (2 <= N <= 3), (c) it
    lies at the edge whose turn it is: 0 above and right, 1 below and left.
    """
    p2, p3, p4, p5 = ink[y - 1, x], ink[y - 1, x + 1], ink[y, x + 1], ink[y + 1, x + 1]
    p6, p7, p8, p9 = ink[y + 1, x], ink[y + 1, x - 1], ink[y, x - 1], ink[y - 1, x - 1]
    runs = ((1 - p2) & (p3 | p4)) + ((1 - p4) & (p5 | p6)) + ((1 - p6) & (p7 | p8)) + ((1 - p8) & (p9 | p2))
    if runs != 1:
        return False
    one = (p9 | p2) + (p3 | p4) + (p5 | p6) + (p7 | p8)
    other = (p2 | p3) + (p4 | p5) + (p6 | p7) + (p8 | p9)
    if not 2 <= min(one, other) <= 3:
        return False
    edge = (p6 | p7 | (1 - p9)) & p8 if turn else (p2 | p3 | (1 - p5)) & p4
    return edge == 0


@njit(cache=True, nogil=True)
def depths(ink: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How deep each point of ink lies: the distance to the edge of the nearest paper, in points; 0 on paper.

    First along each row (Meijster, Roerdink and Hesselink 2000, "A general algorithm for computing distance transforms
    in linear time"); then the rows above and below are asked that may hold nearer paper. Beyond the picture lies paper.
    """
    rows, columns = ink.shape
    across = np.zeros(ink.shape, np.int64)  # to the nearest paper of the row
    for y in range(rows):
        away = 0
        for x in range(columns):
            away = away + 1 if ink[y, x] else 0
            across[y, x] = away
        away = 0
        for x in range(columns - 1, -1, -1):
            away = away + 1 if ink[y, x] else 0
            across[y, x] = min(across[y, x], away)
    deep = np.zeros(ink.shape)
    for y in range(rows):
        for x in range(columns):
            if not ink[y, x]:
                continue
            best, dy = across[y, x] ** 2, 1
            while dy * dy < best:
                above = across[y - dy, x] if y >= dy else 0
                below = across[y + dy, x] if y + dy < rows else 0
                best = min(best, dy * dy + min(above, below) ** 2)
                dy += 1
            deep[y, x] = np.sqrt(best) - 0.5
    return deep
