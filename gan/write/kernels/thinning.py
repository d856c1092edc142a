"""Thin ink down to its middle line, and say how deep each point of that lies."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def thinned(ink: NDArray[np.uint8], points: NDArray[np.intp]) -> NDArray[np.intp]:
    """The points that are left of ink when all that can go has gone, in the order in which they came.

    Guo and Hall 1989, "Parallel thinning with two-subiteration algorithms", algorithm A1: what lies at an edge and
    holds nothing together is taken off, layer by layer, in turns from above right and from below left. Pieces stay
    pieces, loops stay loops.

    Parameters
    ----------
    ink : (rows, columns) uint8
        1 and 0, in a frame of paper. What goes is taken off it.
    points : (n, 2) intp
        Row and column of each point of ink. Used up.

    Returns
    -------
    (k, 2) intp
    """
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
def depths(ink: NDArray[np.bool_], points: NDArray[np.intp]) -> NDArray[np.float64]:
    """Distance from each point of ink, (n, 2) rows and columns, to the edge of the nearest paper: (n,), in points."""
    rows, columns = ink.shape
    radii = np.empty(len(points))
    for i in range(len(points)):
        y, x = points[i, 0], points[i, 1]
        best, reach = 1e9, 1
        while reach * reach <= best:  # rings of growing size: the first paper may not be the nearest
            for dy in range(-reach, reach + 1):
                step = 1 if abs(dy) == reach else 2 * reach
                for dx in range(-reach, reach + 1, step):
                    v, u = y + dy, x + dx
                    if v < 0 or u < 0 or v >= rows or u >= columns or not ink[v, u]:
                        best = min(best, float(dy * dy + dx * dx))
            reach += 1
        radii[i] = np.sqrt(best) - 0.5
    return radii
