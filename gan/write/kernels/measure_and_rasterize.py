"""Label connected components, measure ink, and rasterize the marks of a round pen.

Between two points a pen leaves a *capsule*, the union of the discs around all points in
between, with a radius that changes linearly. The distance to its edge has a closed
form. Let a be the position of p along the centreline, b its distance from that line,
and k the change of the radius per unit of length. Then

    distance(p) = min over u of sqrt((a - u)^2 + b^2) - (r + k u),   with the minimum at u = a + b k / sqrt(1 - k^2),

clamped to the two ends. If |k| >= 1, the disc at one end contains the other.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def label(ink: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int, int]:
    """Return the labels of the connected components of ink, the number of components,
    and the Euler characteristic.

    Labels count from 1 in scan order from the top; paper has label 0, and so has a
    border at the top, left and right, for the neighbours of the outermost pixels: (rows
    + 1, columns + 2). Pixels that touch at a corner are connected. The Euler
    characteristic is the number of components minus the number of loops.
    """
    rows, columns = ink.shape
    labels = np.zeros((rows + 1, columns + 2), np.int64)
    count, euler = _label(ink, labels, np.zeros(rows * columns // 2 + 2, np.int64))
    return labels, count, euler


@njit(cache=True, nogil=True)
def _label(
    ink: NDArray[np.bool_], labels: NDArray[np.int64], same: NDArray[np.int64]
) -> tuple[int, int]:
    """Write the labels, and return the last two results of `label`.

    The method is that of Rosenfeld and Pfaltz 1966, "Sequential operations in digital
    picture processing". Each pixel takes the label of a neighbour that was already
    scanned, and labels that meet are recorded as equal: `same` has an equal or smaller
    label for each, its union-find parent. The Euler characteristic is the number of new
    labels minus the number of meetings, because a meeting either unites two components
    or closes a loop.
    """
    rows, columns = ink.shape
    numbers = meetings = 0
    for y in range(rows):
        for x in range(columns):
            if not ink[y, x]:
                continue
            left = labels[y + 1, x]
            above = labels[y, x + 1]
            if above:  # it touches the other three, so labels are already united
                labels[y + 1, x + 1] = above
                continue
            number = left if left else labels[y, x]
            right = labels[y, x + 2]
            if number and right:  # the smaller root represents both
                meetings += 1
                a, b = number, right
                while same[a] != a:
                    a = same[a]
                while same[b] != b:
                    b = same[b]
                same[a if a > b else b] = a if a < b else b
            elif not number and not right:
                numbers += 1
                same[numbers] = numbers
                number = numbers
            labels[y + 1, x + 1] = number if number else right
    count = 0
    for number in range(1, numbers + 1):  # smaller labels are already final
        if same[number] == number:
            count += 1
            same[number] = count
        else:
            same[number] = same[same[number]]
    for y in range(rows):
        for x in range(columns):
            labels[y + 1, x + 1] = same[labels[y + 1, x + 1]]
    return count, numbers - meetings


@njit(cache=True, nogil=True)
def press(
    field: NDArray[np.float32], capsules: NDArray[np.float64], reach: float
) -> None:
    """Lower each sample of `field` to its distance from the nearest capsule.

    Sample (row, column) lies at x = column, y = row. Negative distances are inside the
    ink. Capsules, (n, 6), have x, y and radius at one end, then at the other, in
    samples; they may lie partly or wholly off the grid. `reach` is the largest distance
    that is computed, and the largest value in `field`.
    """
    rows, columns = field.shape
    for one in range(len(capsules)):
        x, y, r, x1, y1, r1 = capsules[one]
        ex, ey = x1 - x, y1 - y
        length = np.hypot(ex, ey)
        if abs(r1 - r) >= length:  # one disc contains the other
            if r1 > r:
                x, y, r = x1, y1, r1
            length = 0.0
            k = 0.0
            ex = 1.0
            ey = 0.0
        else:
            k, ex, ey = (r1 - r) / length, ex / length, ey / length
        shift = k / np.sqrt(1 - k * k)
        x1 = x + length * ex
        y1 = y + length * ey
        most = max(r, r + k * length) + reach
        first = max(0, int(np.ceil(min(y, y1) - most)))
        last = min(rows - 1, int(np.floor(max(y, y1) + most)))
        left = max(0, int(np.ceil(min(x, x1) - most)))
        right = min(columns - 1, int(np.floor(max(x, x1) + most)))
        for row in range(first, last + 1):
            dy = row - y
            line = field[row, left : max(left, right + 1)]
            for i in range(len(line)):  # without branches, so LLVM can vectorize it
                dx = left + i - x
                a, b = dx * ex + dy * ey, abs(dx * ey - dy * ex)
                u = min(max(a + b * shift, 0.0), length)
                away = np.float32(np.sqrt((a - u) ** 2 + b * b) - (r + k * u))
                line[i] = min(line[i], away)


Numbers = NDArray[np.float64]


@njit(cache=True, nogil=True)
def cover(mask: NDArray[np.bool_], discs: NDArray[np.float64]) -> None:
    """Set mask[row, column] inside every disc, (n, 3) x, y and radius in samples.

    Discs may lie off the grid.
    """
    rows = len(mask)
    for x, y, r in discs:
        for row in range(
            max(0, int(np.ceil(y - r))), min(rows - 1, int(np.floor(y + r))) + 1
        ):
            half = np.sqrt(r * r - (row - y) ** 2)
            mask[
                row,
                max(0, int(np.ceil(x - half))) : max(0, int(np.floor(x + half)) + 1),
            ] = True


@njit(cache=True, nogil=True)
def outermost(
    left: Numbers,
    right: Numbers,
    discs: Numbers,
    owner: NDArray[np.int64],
    top: float,
    step: float,
) -> None:
    """Extend the left and right edges (n, R) of each character to include its discs, on
    each of R horizontal lines.

    `discs`, (m, 3), are x, y and radius in units; `owner` is the index of the character
    to which each disc belongs. `top` is the y of the first line, and `step` the
    distance between lines.
    """
    lines = left.shape[1]
    for i in range(len(discs)):
        x, y, r = discs[i]
        first = int(np.ceil((y - r - top) / step))
        last = int(np.floor((y + r - top) / step))
        for line in range(max(0, first), min(lines - 1, last) + 1):
            square = r * r - (top + line * step - y) ** 2
            if square > 0:
                half = np.sqrt(square)
                left[owner[i], line] = min(left[owner[i], line], x - half)
                right[owner[i], line] = max(right[owner[i], line], x + half)
