"""Find the contours of a distance field, and fit Bézier curves to them.

Contours are found by marching squares, the two-dimensional case of Lorensen and Cline
1987 ("Marching cubes"). In every cell of four samples the contour enters and leaves
where the field changes sign, at a position found by linear interpolation.

Curves are fitted as in Schneider 1990 ("An algorithm for automatically fitting
digitized curves", Graphics Gems): fit a cubic Bézier curve to a section of the line by
least squares, with the line's own tangents at its ends. If the error is too large,
split the section at the worst point. Adjacent curves share a tangent except at corners.
The outline of a round pen's mark has only concave corners, where two strokes meet.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y
Numbers = NDArray[np.float64]  # (n,)
# minimum turn of a corner in radians, measured over SPAN points on either side
CORNER = 0.7
# points on either side over which a tangent is measured, to average out the unevenness
# of the grid
SPAN = 2
MARGIN = 2 * SPAN  # points on either side of a point that decide whether it is a corner
ROUNDS = 4  # rounds of reparameterization before a section is split
# multiple of the tolerance; a larger error splits the section immediately
HOPELESS = 6.0


def fit(line: Points, tolerance: float) -> NDArray[np.float64]:
    """Fit cubic Bézier curves to a closed line (n, 2), n >= 4, whose first point is not
    repeated.

    The curves, (k, 4, 2), are within `tolerance` of the line's points, in the same unit
    as the line. Each curve starts where the previous one ends.
    """
    # an extreme point, which is a natural place to split
    n = len(line)
    first = int(line[:, 0].argmin())
    around = line[np.arange(first - MARGIN, first + n + 1 + MARGIN) % n]
    points = np.empty((n + 1, 2))
    tangents = np.empty((2, n + 1, 2))
    ends = np.empty(n + 1, np.int64)
    t = np.empty(n + 1)
    curves = np.empty((n, 4, 2))
    left = _look_around(around, np.empty(len(around)), points, tangents, ends)
    return curves[: _fit(points, tangents, 0, ends, left, tolerance, t, curves)]


@njit(cache=True, nogil=True)
def _look_around(
    line: Points,
    turns: Numbers,
    points: Points,
    tangents: Points,
    ends: NDArray[np.int64],
) -> int:
    """Write all points of a closed line, and their tangents (2, n + 1, 2), the arriving
    one and the leaving one.

    `line` has MARGIN more points on either side. Write also the stack of the ends of
    sections, with the next one last, and return its length. Sections end at corners, in
    the middle and at the end. `turns` is the turn to the right at each point in radians
    (y points down), which is positive at a concave corner, because the ink is on the
    left.

    A corner turns inwards by more than CORNER and by more than the points nearby.
    Marching squares cuts corners off, so the point is moved to the intersection of the
    lines before and after it.
    """
    for i in range(SPAN, len(line) - SPAN):
        ax, ay = line[i, 0] - line[i - SPAN, 0], line[i, 1] - line[i - SPAN, 1]
        bx, by = line[i + SPAN, 0] - line[i, 0], line[i + SPAN, 1] - line[i, 1]
        turns[i] = np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
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
            x, y = line[b, 0] - line[a, 0], line[b, 1] - line[a, 1]
            length = np.hypot(x, y)
            length = length if length > 1e-9 else 1e-9
            tangents[side, i, 0] = x / length
            tangents[side, i, 1] = y / length
        points[i, 0] = line[at, 0]
        points[i, 1] = line[at, 1]
        if corner:
            ax, ay, bx, by = (
                tangents[0, i, 0],
                tangents[0, i, 1],
                tangents[1, i, 0],
                tangents[1, i, 1],
            )
            x, y = line[at + 1, 0] - line[at - 1, 0], line[at + 1, 1] - line[at - 1, 1]
            # distance from the previous point
            along = (x * by - y * bx) / (ax * by - ay * bx)
            along = 0.0 if along < 0 else 2.0 if along > 2 else along
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
    """Fit curves to all sections from point a on, and return their number.

    `ends` is a stack of `left` ends, and `t` is scratch space.
    """
    count = 0
    while left:
        b = ends[left - 1]
        split = _fit_section(points, tangents, a, b, tolerance, t, curves[count])
        if split == 0:
            a = b
            count = count + 1
            left = left - 1
        else:
            ends[left] = split
            left = left + 1
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
    """Fit one curve to the points a to b.

    Return 0, or the index at which to split if the fit fails.
    """
    length = 0.0
    for i in range(a, b + 1):
        if i > a:
            length += np.hypot(
                points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1]
            )
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
            u, s = t[i], 1 - t[i]
            e, f, g, h = s * s * s, 3 * s * s * u, 3 * s * u * u, u * u * u
            x = e * curve[0, 0] + f * curve[1, 0] + g * curve[2, 0] + h * curve[3, 0]
            y = e * curve[0, 1] + f * curve[1, 1] + g * curve[2, 1] + h * curve[3, 1]
            away = np.hypot(x - points[i, 0], y - points[i, 1])
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
def _least_squares(
    points: Points, tangents: Points, a: int, b: int, t: Numbers, curve: Points
) -> None:
    """Write to `curve` the least-squares fit to the points a to b with their ends and
    tangents, the points being at t.

    Let f and g be the weights of the two control points, and let `rest` be the points
    minus the curve whose control points lie at its ends. The distances from the ends to
    their control points solve

        [sum f^2         sum fg start.-end] [length of the first ]   [sum f start . rest]
        [sum fg start.-end        sum g^2 ] [length of the second] = [sum g -end . rest ].

    For up to three points, or if the lengths would make a loop, they are a third of the
    chord instead.
    """
    ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
    sx, sy, ex, ey = (
        tangents[1, a, 0],
        tangents[1, a, 1],
        tangents[0, b, 0],
        tangents[0, b, 1],
    )
    ff = fg = gg = p = q = 0.0
    for i in range(a, b + 1):
        s, u = 1 - t[i], t[i]
        f, g = 3 * s * s * u, 3 * s * u * u
        near = s * s * s + f
        far = g + u * u * u
        x = points[i, 0] - near * ax - far * bx
        y = points[i, 1] - near * ay - far * by
        ff, fg, gg = ff + f * f, fg + f * g, gg + g * g
        p += f * (sx * x + sy * y)
        q -= g * (ex * x + ey * y)
    fg *= -(sx * ex + sy * ey)
    determinant = ff * gg - fg * fg
    chord = np.hypot(bx - ax, by - ay)
    first = last = chord / 3
    if b - a >= 3 and determinant >= 1e-9:
        one = (gg * p - fg * q) / determinant
        other = (ff * q - fg * p) / determinant
        if one > 1e-3 * chord and other > 1e-3 * chord:
            # a negative length would make a loop
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
    """Move t of the points a to b a Newton step towards the nearest point on the curve,
    without changing its order.
    """
    least = 0.0
    for i in range(a, b + 1):
        s, u = 1 - t[i], t[i]
        # offset . first derivative, and the derivative of that product
        slope = up = 0.0
        for axis in range(2):
            p, q, r, v = curve[0, axis], curve[1, axis], curve[2, axis], curve[3, axis]
            off = (
                s * s * s * p
                + 3 * s * s * u * q
                + 3 * s * u * u * r
                + u * u * u * v
                - points[i, axis]
            )
            first = 3 * (s * s * (q - p) + 2 * s * u * (r - q) + u * u * (v - r))
            second = 6 * (s * (r - 2 * q + p) + u * (v - 2 * r + q))
            slope += off * first
            up += first * first + off * second
        if abs(up) > 1e-9:
            u -= slope / up
        u = 1.0 if u > 1 else u
        least = u if u > least else least
        t[i] = least


# The edges of a cell are 0 top, 1 right, 2 bottom, 3 left. The bits of its corners are
# 1 top left, 2 top right, 4 bottom right, 8 bottom left. For each set of corners inside
# the contour, a row lists the edges where the contour enters and leaves, up to twice,
# with the inside on its left (y points down). Two opposite corners (5 and 10) may be
# separate or joined; 16 and 17 are the joined cases.
PATHS = np.array(
    [
        [-1, -1, -1, -1], [3, 0, -1, -1], [0, 1, -1, -1], [3, 1, -1, -1], [1, 2, -1, -1], [3, 0, 1, 2],
        [0, 2, -1, -1], [3, 2, -1, -1], [2, 3, -1, -1], [2, 0, -1, -1], [0, 1, 2, 3], [2, 1, -1, -1],
        [1, 3, -1, -1], [1, 0, -1, -1], [0, 3, -1, -1], [-1, -1, -1, -1], [1, 0, 3, 2], [0, 3, 2, 1],
    ]
)  # fmt: skip


def contours(
    field: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the contours around all negative samples of a field whose border is not
    negative.

    Return the points (n, 2) of all contours, concatenated, in samples, without
    repeating the first point of a contour. Also return the end index of each contour;
    contours are in scan order from the top. On the screen, outer contours run
    anticlockwise and holes clockwise.
    """
    following = np.full(2 * field.size, -1, np.int32)
    total = _connect(field, following)
    points = np.empty((total, 2))
    ends = np.empty(total, np.int64)
    return points, ends[: _follow(field, following, points, ends)]


@njit(cache=True, nogil=True)
def _connect(field: NDArray[np.float32], following: NDArray[np.int32]) -> int:
    """Write, for every crossed edge of the grid, the next edge along its contour, and
    return the number of them.

    Edge 2 (row columns + column) lies to the right of a sample, and the edge numbered
    one higher lies below it.
    """
    rows, columns = field.shape
    total = 0
    for y in range(rows - 1):
        for x in range(columns - 1):
            a, b, c, d = (
                field[y, x],
                field[y, x + 1],
                field[y + 1, x + 1],
                field[y + 1, x],
            )
            cell = (
                (1 if a < 0 else 0)
                + (2 if b < 0 else 0)
                + (4 if c < 0 else 0)
                + (8 if d < 0 else 0)
            )
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
    """Write the points and ends of the contours, and return the number of contours.

    `following` is emptied.
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
            a, b = np.float64(field[y, x]), np.float64(field[y + below, x + 1 - below])
            part = a / (a - b)
            points[n, 0] = x + part * (1 - below)
            points[n, 1] = y + part * below
            n += 1
            after = following[edge]
            following[edge] = -1
            edge = after
        ends[lines] = n
        lines += 1
    return lines
