"""Closed lines where a field is zero, by marching squares.

The flat case of Lorensen and Cline 1987 ("Marching cubes"): in every cell of four samples the line enters and leaves
where the field's sign changes, at a place found by linear interpolation, so it is far finer than the grid.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Edges of a cell: 0 top, 1 right, 2 bottom, 3 left. Corners: 1 top left, 2 top right, 4 bottom right, 8 bottom left.
# For each set of corners inside: from which edge to which, up to twice, with the inside on the walker's left hand where
# y points down. Two opposite corners alone, 5 and 10, are apart or joined: 16 and 17 say how they go when joined.
PATHS = np.array(
    [
        [-1, -1, -1, -1], [3, 0, -1, -1], [0, 1, -1, -1], [3, 1, -1, -1], [1, 2, -1, -1], [3, 0, 1, 2],
        [0, 2, -1, -1], [3, 2, -1, -1], [2, 3, -1, -1], [2, 0, -1, -1], [0, 1, 2, 3], [2, 1, -1, -1],
        [1, 3, -1, -1], [1, 0, -1, -1], [0, 3, -1, -1], [-1, -1, -1, -1], [1, 0, 3, 2], [0, 3, 2, 1],
    ]
)  # fmt: skip


@njit(cache=True, nogil=True)
def _following(field: NDArray[np.float32]) -> NDArray[np.int32]:
    """(2 rows columns,) for every crossed edge of the grid the next one along its line; -1 for the others.

    Edge 2 (row columns + column) lies to the right of a sample, the one after it below the sample.
    """
    rows, columns = field.shape
    following = np.full(2 * rows * columns, -1, np.int32)
    for y in range(rows - 1):
        for x in range(columns - 1):
            a, b, c, d = field[y, x], field[y, x + 1], field[y + 1, x + 1], field[y + 1, x]
            cell = (a < 0) + 2 * (b < 0) + 4 * (c < 0) + 8 * (d < 0)
            if cell == 0 or cell == 15:
                continue
            if a + b + c + d < 0:
                cell = 16 if cell == 5 else 17 if cell == 10 else cell
            here = 2 * (y * columns + x)
            edges = (here, here + 3, here + 2 * columns, here + 1)
            for k in range(0, 4, 2):
                if PATHS[cell, k] >= 0:
                    following[edges[PATHS[cell, k]]] = edges[PATHS[cell, k + 1]]
    return following


@njit(cache=True, nogil=True)
def contours(field: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Lines around everything negative.

    Parameters
    ----------
    field : (rows, columns) float32
        Not negative in the outermost samples, so that every line closes.

    Returns
    -------
    points : (n, 2) float64
        x and y in samples of all lines, one after the other; the first point of a line is not repeated.
    ends : (lines,) int64
        Where each line ends among the points. In the order in which a scan from the top finds them; outer lines run
        anticlockwise on the screen, holes clockwise.
    """
    columns = field.shape[1]
    following = _following(field)
    total = (following >= 0).sum()
    points, ends, n, lines = np.empty((total, 2)), np.empty(total, np.int64), 0, 0
    for start in range(len(following)):
        if following[start] < 0:
            continue
        edge = start
        while following[edge] >= 0:
            y, x, below = edge // 2 // columns, edge // 2 % columns, edge % 2
            a, b = np.float64(field[y, x]), np.float64(field[y + below, x + 1 - below])
            part = a / (a - b)
            points[n, 0], points[n, 1] = x + part * (1 - below), y + part * below
            n += 1
            after = following[edge]
            following[edge] = -1
            edge = after
        ends[lines] = n
        lines += 1
    return points, ends[:lines]
