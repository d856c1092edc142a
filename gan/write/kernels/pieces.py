"""Which points of a picture hang together."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def label(ink: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Number the pieces of ink, from 1, in the order in which a scan from the top meets them.

    Parameters
    ----------
    ink
        (rows, columns) bool. Two points that touch at a corner hang together.

    Returns
    -------
    (rows, columns) int32, int
        The number of the piece that each point belongs to, 0 on paper; and how many pieces there are.
    """
    rows, columns = ink.shape
    labels = np.zeros((rows, columns), np.int32)
    waiting = np.empty(rows * columns, np.int64)
    count = 0
    for start in range(rows * columns):
        if not ink[start // columns, start % columns] or labels[start // columns, start % columns]:
            continue
        count += 1
        labels[start // columns, start % columns] = count
        waiting[0], left = start, 1
        while left:
            left -= 1
            y, x = waiting[left] // columns, waiting[left] % columns
            for v in range(max(y - 1, 0), min(y + 2, rows)):
                for u in range(max(x - 1, 0), min(x + 2, columns)):
                    if ink[v, u] and labels[v, u] == 0:
                        labels[v, u] = count
                        waiting[left] = v * columns + u
                        left += 1
    return labels, count


@njit(cache=True, nogil=True)
def euler(ink: NDArray[np.bool_]) -> int:
    """Corners - edges + squares of the closed squares of ink, (rows, columns) bool: pieces minus loops."""
    rows, columns = ink.shape
    number = 0
    for y in range(rows + 1):
        for x in range(columns + 1):  # the corner above left of each square, the edges that go right and down from it
            here = y < rows and x < columns and ink[y, x]
            above = y > 0 and x < columns and ink[y - 1, x]
            left = x > 0 and y < rows and ink[y, x - 1]
            corner = here or above or left or (x > 0 and y > 0 and ink[y - 1, x - 1])
            number += int(corner) - int(here or above) - int(here or left) + int(here)
    return number
