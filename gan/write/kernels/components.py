"""Which points of a picture hang together, and where its ink lies."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def label(ink: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Number the pieces of ink, from 1, in the order in which a scan from the top meets them.

    Rosenfeld and Pfaltz 1966, "Sequential operations in digital picture processing": each point takes the number of a
    neighbour that the scan has met, and it is noted which numbers meet.

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
    labels = np.zeros((rows + 1, columns + 2), np.int32)  # in a frame, for the neighbours above, left and right
    same = np.zeros(rows * columns // 2 + 2, np.int32)  # an equal or smaller number that a number stands for, too
    numbers = 0
    for y in range(rows):
        for x in range(columns):
            if not ink[y, x]:
                continue
            left, above = labels[y + 1, x], labels[y, x + 1]
            if above:  # which touches all the others
                labels[y + 1, x + 1] = above
                continue
            number = left if left else labels[y, x]
            right = labels[y, x + 2]
            if number and right:
                _unite(same, number, right)
            elif not number and not right:
                numbers += 1
                same[numbers] = numbers
                number = numbers
            labels[y + 1, x + 1] = number if number else right
    count = 0
    for number in range(1, numbers + 1):  # a smaller number has its last one already
        if same[number] == number:
            count += 1
            same[number] = count
        else:
            same[number] = same[same[number]]
    for y in range(rows):
        for x in range(columns):
            labels[y + 1, x + 1] = same[labels[y + 1, x + 1]]
    return labels[1:, 1:-1], count


@njit(cache=True, nogil=True)
def _unite(same: NDArray[np.int32], a: int, b: int) -> None:
    """Let two numbers stand for the smallest that either of them stands for."""
    while same[a] != a:
        a = same[a]
    while same[b] != b:
        b = same[b]
    same[max(a, b)] = min(a, b)


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


@njit(cache=True, nogil=True)
def moments(picture: NDArray[np.uint8]) -> tuple[int, int, int, int, int]:
    """Sums over the pixels of a picture, (rows, columns): of w, w x, w y, w x y and w y^2, w being the grey level."""
    total = sx = sy = sxy = syy = 0
    for y in range(picture.shape[0]):
        ink = along = 0  # of the row
        for x in range(picture.shape[1]):
            ink += picture[y, x]
            along += picture[y, x] * x
        total, sx, sy, sxy, syy = total + ink, sx + along, sy + y * ink, sxy + y * along, syy + y * y * ink
    return total, sx, sy, sxy, syy
