"""Label connected components, measure ink, and rasterize the marks of a round pen.

The *mark* of a pen is the disc of ink that it leaves at a point. Between two points it
leaves a *capsule*, the union of the discs around all points in between, with a radius
that changes linearly. Fields and masks have a *sample* at each point of a grid.

The distance to the edge of a capsule has a closed form. Let a be the position of p
along the centreline, b its distance from that line, r the radius at the start, and k
the change of the radius per unit of length. Then

    distance(p) = min over u of sqrt((a - u)^2 + b^2) - (r + k u)

with the minimum at u = a + b k / sqrt(1 - k^2), clamped to the two ends. If |k| >= 1,
the disc at one end contains the other.
"""

from math import ceil, floor

import numpy as np
from numba import njit
from numpy.typing import NDArray


def label(ink: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int, int]:
    """Return labels of the components of ink, their number, and the Euler number.

    Labels, (rows + 1, columns + 2), count from 1 in scan order from the top; paper has
    label 0. They include a border of zeros at the top, left and right, so that every
    pixel has the neighbours that `_label` reads. Pixels that touch at a corner are
    connected. The Euler number is the number of components minus the number of loops.
    """
    rows, columns = ink.shape
    labels = np.zeros((rows + 1, columns + 2), np.int64)
    count, euler = _label(ink, labels, np.zeros(rows * columns // 2 + 2, np.int64))
    return labels, count, euler


@njit(cache=True, nogil=True)
def _label(
    ink: NDArray[np.bool_], labels: NDArray[np.int64], same: NDArray[np.int64]
) -> tuple[int, int]:
    """Write the labels, and return the number of components and the Euler number.

    The method is that of Rosenfeld and Pfaltz 1966, "Sequential operations in digital
    picture processing". Each pixel takes the label of a neighbour that was already
    scanned, and labels that meet are recorded as equal: `same` contains the union-find
    parent of each label, an equal or smaller one. The Euler number is the number of new
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
            # it touches the other three neighbours, so their labels are already united
            if above:
                labels[y + 1, x + 1] = above
                continue
            number = left if left else labels[y, x]
            right = labels[y, x + 2]
            if number and right:  # the smaller root represents both
                meetings += 1
                a = _root(same, number)
                b = _root(same, right)
                same[max(a, b)] = min(a, b)
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
def _root(same: NDArray[np.int64], label: int) -> int:
    while same[label] != label:
        label = same[label]
    return label


@njit(cache=True, nogil=True)
def press(
    field: NDArray[np.float32], capsules: NDArray[np.float64], reach: float
) -> None:
    """Lower each sample of `field` to its distance from the nearest capsule.

    Sample (row, column) lies at x = column, y = row. Distances inside the ink are
    negative. Capsules, (n, 6), have x, y and radius at one end, then at the other, in
    samples; they may lie partly or wholly off the grid. `reach` is the largest distance
    that is computed; callers fill `field` with it.
    """
    rows, columns = field.shape
    for one in range(len(capsules)):
        x, y, r, x1, y1, r1 = capsules[one]
        # (ex, ey) is the direction of the centreline
        ex = x1 - x
        ey = y1 - y
        length = np.hypot(ex, ey)
        if abs(r1 - r) >= length:  # one disc contains the other
            if r1 > r:
                x, y, r = x1, y1, r1
            length = 0.0
            k = 0.0
            ex = 1.0
            ey = 0.0
        else:
            k = (r1 - r) / length
            ex /= length
            ey /= length
        shift = k / np.sqrt(1 - k * k)
        x1 = x + length * ex
        y1 = y + length * ey
        most = max(r, r + k * length) + reach
        first = max(0, ceil(min(y, y1) - most))
        last = min(rows - 1, floor(max(y, y1) + most))
        left = max(0, ceil(min(x, x1) - most))
        right = min(columns - 1, floor(max(x, x1) + most))
        for row in range(first, last + 1):
            dy = row - y
            line = field[row, left : max(left, right + 1)]
            for i in range(len(line)):  # without branches, so LLVM can vectorize it
                dx = left + i - x
                a = dx * ex + dy * ey
                b = abs(dx * ey - dy * ex)
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
        first = max(0, ceil(y - r))
        last = min(rows - 1, floor(y + r))
        for row in range(first, last + 1):
            half = np.sqrt(r * r - (row - y) ** 2)
            left = max(0, ceil(x - half))
            right = max(0, floor(x + half) + 1)
            mask[row, left:right] = True


@njit(cache=True, nogil=True)
def outermost(
    left: Numbers,
    right: Numbers,
    discs: Numbers,
    owner: NDArray[np.int64],
    top: float,
    step: float,
) -> None:
    """Extend the left and right edges (n, R) of n characters to include their discs.

    An edge has the x of a character's outermost ink on each of R horizontal lines.
    `discs`, (m, 3), are x, y and radius in units, and `owner`, (m,), is the index of
    the character to which each disc belongs. `top` is the y of the first line, and
    `step` the distance between lines.
    """
    lines = left.shape[1]
    for i in range(len(discs)):
        x, y, r = discs[i]
        one = owner[i]
        first = max(0, ceil((y - r - top) / step))
        last = min(lines - 1, floor((y + r - top) / step))
        for line in range(first, last + 1):
            square = r * r - (top + line * step - y) ** 2
            if square > 0:
                half = np.sqrt(square)
                left[one, line] = min(left[one, line], x - half)
                right[one, line] = max(right[one, line], x + half)
