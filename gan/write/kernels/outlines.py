"""Find the contours of a distance field, and fit Bézier curves to them.

A distance field has a *sample* at each point of a grid: the distance from the edge of
the ink, negative inside. Contours are found by marching squares, the two-dimensional
case of Lorensen and Cline 1987 ("Marching cubes"). In every *cell* between four samples
the contour enters and leaves where the field changes sign, at a position found by
linear interpolation.

Curves are fitted as in Schneider 1990 ("An algorithm for automatically fitting
digitized curves", Graphics Gems): fit a cubic Bézier curve to a section of a contour by
least squares, with the contour's tangents at its ends. If the error is too large, split
the section at the worst point. Adjacent curves share a tangent except at corners. The
outline of a round pen's ink has only concave corners, where two strokes meet.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y
Numbers = NDArray[np.float64]  # (n,)
# minimum change of direction at a corner in radians, measured over SPAN points
CORNER = 0.7
# number of points on either side over which a tangent is measured, to even out the
# steps of the grid
SPAN = 2
# number of points on either side that decide whether a point is a corner
MARGIN = 2 * SPAN
ROUNDS = 4  # number of reparameterizations before a section is split
HOPELESS = 6.0  # an error above this many tolerances splits a section immediately


def fit(line: Points, tolerance: float) -> NDArray[np.float64]:
    """Fit cubic Bézier curves (k, 4, 2) to a closed line of points (n, 2), n >= 4.

    The line does not repeat its first point. The curves are within `tolerance` of its
    points, in the same unit as the line. A curve is given by its start, two control
    points and its end, and starts where the previous one ends.
    """
    n = len(line)
    # start at the leftmost point, because an extreme point is a good place to split
    first = int(line[:, 0].argmin())
    around = line[np.arange(first - MARGIN, first + n + 1 + MARGIN) % n]
    turns = np.empty(len(around))
    points = np.empty((n + 1, 2))
    tangents = np.empty((2, n + 1, 2))
    ends = np.empty(n + 1, np.int64)
    t = np.empty(n + 1)
    curves = np.empty((n, 4, 2))
    _measure_turns(around, turns)
    sections = _divide(around, turns, points, tangents, ends)
    return curves[: _fit(points, tangents, 0, ends, sections, tolerance, t, curves)]


@njit(cache=True, nogil=True)
def _measure_turns(line: Points, turns: Numbers) -> None:
    """Write to `turns` the change of direction at each point of a line, in radians.

    A turn to the right on the screen is positive (y points down). So a concave corner
    is positive, because the ink is on the left. The first and last SPAN points have no
    result.
    """
    for i in range(SPAN, len(line) - SPAN):
        ax = line[i, 0] - line[i - SPAN, 0]
        ay = line[i, 1] - line[i - SPAN, 1]
        bx = line[i + SPAN, 0] - line[i, 0]
        by = line[i + SPAN, 1] - line[i, 1]
        turns[i] = np.arctan2(ax * by - ay * bx, ax * bx + ay * by)


@njit(cache=True, nogil=True)
def _divide(
    line: Points,
    turns: Numbers,
    points: Points,
    tangents: Points,
    ends: NDArray[np.int64],
) -> int:
    """Divide a closed line into sections at its corners; return their number.

    `line` is the closed line of n points, extended by MARGIN points at the start and
    MARGIN + 1 at the end. The last three arguments are outputs. `points` are the n + 1
    points from the start around to the start. `tangents`, (2, n + 1, 2), are the
    arriving and the leaving tangent at each point. `ends` are the indices at which
    sections end, in descending order: at corners, in the middle and at the end.

    A corner turns inwards by more than CORNER and by more than the points nearby.
    Marching squares cuts corners off, so the point is moved to the intersection of the
    lines before and after it.
    """
    n = len(points) - 1
    left = 0
    for i in range(n, -1, -1):
        at = i + MARGIN
        corner = turns[at] > CORNER and n > 6 * SPAN
        for k in range(1, SPAN + 1):
            corner = corner and turns[at] > turns[at + k] and turns[at] >= turns[at - k]
        for side in range(2):
            a, b = at - SPAN, at + SPAN
            if corner:
                a, b = (at + 1, at + 1 + SPAN) if side else (at - 1 - SPAN, at - 1)
            x = line[b, 0] - line[a, 0]
            y = line[b, 1] - line[a, 1]
            length = max(np.hypot(x, y), 1e-9)
            tangents[side, i, 0] = x / length
            tangents[side, i, 1] = y / length
        points[i, 0] = line[at, 0]
        points[i, 1] = line[at, 1]
        if corner:
            ax, ay = tangents[0, i]
            bx, by = tangents[1, i]
            x = line[at + 1, 0] - line[at - 1, 0]
            y = line[at + 1, 1] - line[at - 1, 1]
            # distance of the intersection from the previous point
            along = (x * by - y * bx) / (ax * by - ay * bx)
            along = min(max(along, 0.0), 2.0)
            points[i, 0] = line[at - 1, 0] + along * ax
            points[i, 1] = line[at - 1, 1] + along * ay
        if i == n or (i > 0 and (corner or i == n // 2)):
            ends[left] = i
            left += 1
    return left


@njit(cache=True, nogil=True)
def _fit(
    points: Points,
    tangents: Points,
    a: int,
    ends: NDArray[np.int64],
    left: int,
    tolerance: float,
    t: Numbers,
    curves: Points,
) -> int:
    """Fit curves to all sections from point a on, and return the number of curves.

    `ends` is a stack of `left` section ends, with the nearest on top; splitting a
    section pushes another. `t` is scratch space.
    """
    count = 0
    while left:
        b = ends[left - 1]
        split = _fit_section(points, tangents, a, b, tolerance, t, curves[count])
        if split == 0:
            a = b
            count += 1
            left -= 1
        else:
            ends[left] = split
            left += 1
    return count


@njit(cache=True, nogil=True)
def _fit_section(
    points: Points,
    tangents: Points,
    a: int,
    b: int,
    tolerance: float,
    t: Numbers,
    curve: Points,
) -> int:
    """Fit one curve to the points a to b; return 0, or the index at which to split.

    The parameter t of each point is first its relative distance along the line.
    Schneider's reparameterization then improves it.
    """
    length = 0.0
    for i in range(a, b + 1):
        if i > a:
            dx = points[i, 0] - points[i - 1, 0]
            dy = points[i, 1] - points[i - 1, 1]
            length += np.hypot(dx, dy)
        t[i] = length
    for i in range(a, b + 1):
        t[i] /= length if length > 0 else 1.0
    worst = a + 1
    for _ in range(ROUNDS):
        _least_squares(points, tangents, a, b, t, curve)
        if b - a < 3:
            return 0
        most = 0.0
        for i in range(a, b + 1):
            dx = _coordinate(curve, 0, t[i]) - points[i, 0]
            dy = _coordinate(curve, 1, t[i]) - points[i, 1]
            away = np.hypot(dx, dy)
            if away > most:
                most = away
                worst = i
        if most <= tolerance:
            return 0
        if most > HOPELESS * tolerance:
            break
        _come_nearer(curve, points, a, b, t)
    return a + 1 if worst <= a else b - 1 if worst >= b else worst


@njit(cache=True, nogil=True)
def _coordinate(curve: Points, axis: int, t: float) -> float:
    """Return x (axis 0) or y (axis 1) of the point at t, 0 to 1, on a curve (4, 2)."""
    s = 1 - t
    return (
        s * s * s * curve[0, axis]
        + 3 * s * s * t * curve[1, axis]
        + 3 * s * t * t * curve[2, axis]
        + t * t * t * curve[3, axis]
    )


@njit(cache=True, nogil=True)
def _least_squares(
    points: Points, tangents: Points, a: int, b: int, t: Numbers, curve: Points
) -> None:
    """Write to `curve` the least-squares fit to the points a to b.

    The curve has the line's end points, and its tangents there. The error of a point is
    measured to the curve at the point's t. Let f and g be the Bernstein weights of the
    two control points, and `rest` the points minus the curve whose control points
    coincide with its ends. With S the tangent at the start and E the tangent at the
    end, the distances from the ends to their control points solve

        [ sum f^2      -sum fg S.E ] [ first distance  ]   [  sum f S . rest ]
        [-sum fg S.E    sum g^2    ] [ second distance ] = [ -sum g E . rest ].

    For up to three points, both distances are a third of the chord instead, as they are
    if a solution is negative or nearly 0, because the curve would then have a loop or
    cusp.
    """
    ax, ay = points[a]
    bx, by = points[b]
    sx, sy = tangents[1, a]
    ex, ey = tangents[0, b]
    ff = fg = gg = p = q = 0.0
    for i in range(a, b + 1):
        u = t[i]
        s = 1 - u
        f = 3 * s * s * u
        g = 3 * s * u * u
        near = s * s * s + f
        far = g + u * u * u
        x = points[i, 0] - near * ax - far * bx
        y = points[i, 1] - near * ay - far * by
        ff += f * f
        fg += f * g
        gg += g * g
        p += f * (sx * x + sy * y)
        q -= g * (ex * x + ey * y)
    fg *= -(sx * ex + sy * ey)
    determinant = ff * gg - fg * fg
    chord = np.hypot(bx - ax, by - ay)
    first = last = chord / 3
    if b - a >= 3 and determinant >= 1e-9:
        one = (gg * p - fg * q) / determinant
        other = (ff * q - fg * p) / determinant
        if min(one, other) > 1e-3 * chord:
            first = one
            last = other
    curve[0, 0] = ax
    curve[0, 1] = ay
    curve[1, 0] = ax + first * sx
    curve[1, 1] = ay + first * sy
    curve[2, 0] = bx - last * ex
    curve[2, 1] = by - last * ey
    curve[3, 0] = bx
    curve[3, 1] = by


@njit(cache=True, nogil=True)
def _come_nearer(curve: Points, points: Points, a: int, b: int, t: Numbers) -> None:
    """Improve the parameter t of the curve at which each point, a to b, is nearest.

    This is a Newton step: at the nearest point of the curve, the dot product of its
    first derivative and of its offset from the given point is 0. The values of t stay
    in ascending order, between 0 and 1.
    """
    least = 0.0
    for i in range(a, b + 1):
        u = t[i]
        s = 1 - u
        slope = 0.0  # offset . first derivative
        change = 0.0  # derivative of the slope
        for axis in range(2):
            p, q, r, v = curve[:, axis]
            offset = _coordinate(curve, axis, u) - points[i, axis]
            first = 3 * (s * s * (q - p) + 2 * s * u * (r - q) + u * u * (v - r))
            second = 6 * (s * (r - 2 * q + p) + u * (v - 2 * r + q))
            slope += offset * first
            change += first * first + offset * second
        if abs(change) > 1e-9:
            u -= slope / change
        least = max(least, min(u, 1.0))
        t[i] = least


# The edges of a cell are 0 top, 1 right, 2 bottom, 3 left. The bits of its corners are
# 1 top left, 2 top right, 4 bottom right, 8 bottom left. For each set of corners inside
# the contour, a row lists the edges where the contour enters and leaves, up to twice,
# with the inside on its left (y points down). Two opposite corners (5 and 10) may be
# separate or joined; 16 and 17 are the joined cases.
PATHS = np.array(
    [
        [-1, -1, -1, -1], [3, 0, -1, -1], [0, 1, -1, -1], [3, 1, -1, -1],
        [1, 2, -1, -1], [3, 0, 1, 2], [0, 2, -1, -1], [3, 2, -1, -1],
        [2, 3, -1, -1], [2, 0, -1, -1], [0, 1, 2, 3], [2, 1, -1, -1],
        [1, 3, -1, -1], [1, 0, -1, -1], [0, 3, -1, -1], [-1, -1, -1, -1],
        [1, 0, 3, 2], [0, 3, 2, 1],
    ]
)  # fmt: skip


def contours(
    field: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the contours around the negative samples of a field: points and ends.

    The points (n, 2), in samples, are those of all contours, concatenated; no contour
    repeats its first point. The ends are the index after the last point of each
    contour. Contours are in scan order from the top. On the screen, outer contours run
    anticlockwise and holes clockwise. The samples at the border of the field must not
    be negative.
    """
    following = np.full(2 * field.size, -1, np.int32)
    total = _connect(field, following)
    points = np.empty((total, 2))
    ends = np.empty(total, np.int64)
    count = _follow(field, following, points, ends)
    return points, ends[:count]


@njit(cache=True, nogil=True)
def _connect(field: NDArray[np.float32], following: NDArray[np.int32]) -> int:
    """Write to `following` the contour's next edge after each edge that it crosses.

    Return the number of crossed edges. An edge joins two adjacent samples, and a
    contour crosses it if their signs differ. Edge 2 (row * columns + column) joins a
    sample to the one on its right, and the edge with the next number joins it to the
    one below. `following` must be filled with -1.
    """
    rows, columns = field.shape
    total = 0
    for y in range(rows - 1):
        for x in range(columns - 1):
            a = field[y, x]
            b = field[y, x + 1]
            c = field[y + 1, x + 1]
            d = field[y + 1, x]
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
                    total += 1
    return total


@njit(cache=True, nogil=True)
def _follow(
    field: NDArray[np.float32],
    following: NDArray[np.int32],
    points: Points,
    ends: NDArray[np.int64],
) -> int:
    """Write the points and ends of the contours; return the number of contours.

    `following` is the result of `_connect`, and is reset to -1.
    """
    columns = field.shape[1]
    n = lines = 0
    for start in range(len(following)):
        if following[start] < 0:
            continue
        edge = start
        while following[edge] >= 0:
            y = edge // 2 // columns
            x = edge // 2 % columns
            below = edge % 2
            a = np.float64(field[y, x])
            b = np.float64(field[y + below, x + 1 - below])
            fraction = a / (a - b)  # position of the contour along the edge
            points[n, 0] = x + fraction * (1 - below)
            points[n, 1] = y + fraction * below
            n += 1
            following_edge = following[edge]
            following[edge] = -1
            edge = following_edge
        ends[lines] = n
        lines += 1
    return lines
