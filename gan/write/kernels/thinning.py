"""Thin ink down to its middle line, and say how deep each point of that lies."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def thinned(ink: NDArray[np.uint8], points: NDArray[np.intp]) -> NDArray[np.intp]:
    """The points that are left of ink when all that can go has gone.

    Guo and Hall 1989, "Parallel thinning with two-subiteration algorithms", algorithm A1: in turns from below right and
    from above left.

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
    taken = np.empty(len(points), np.bool_)
    count, still = len(points), 0
    turn = 0
    while still < 2:  # neither of the two turns found anything
        found = 0
        for i in range(count):
            taken[i] = _may_go(ink, points[i, 0], points[i, 1], turn)
        kept = 0
        for i in range(count):
            if taken[i]:
                ink[points[i, 0], points[i, 1]] = 0
                found += 1
            else:
                points[kept] = points[i]
                kept += 1
        count = kept
        still = 0 if found else still + 1
        turn = 1 - turn
    return points[:count]


@njit(cache=True, nogil=True)
def _may_go(ink: NDArray[np.uint8], y: int, x: int, turn: int) -> bool:
    """Whether a point may be taken off: the conditions of the paper, p2 above and on clockwise to p9 above left."""
    if ink[y - 1, x] & ink[y, x + 1] & ink[y + 1, x] & ink[y, x - 1]:
        return False  # in the middle of ink; most points are
    p2, p3, p4, p5 = ink[y - 1, x], ink[y - 1, x + 1], ink[y, x + 1], ink[y + 1, x + 1]
    p6, p7, p8, p9 = ink[y + 1, x], ink[y + 1, x - 1], ink[y, x - 1], ink[y - 1, x - 1]
    pieces = ((1 - p2) & (p3 | p4)) + ((1 - p4) & (p5 | p6)) + ((1 - p6) & (p7 | p8)) + ((1 - p8) & (p9 | p2))
    if pieces != 1:
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
