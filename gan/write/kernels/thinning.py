"""Thin ink down to its middle line, and say how deep each of its points lies."""

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
