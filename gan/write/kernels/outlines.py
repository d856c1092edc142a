"""Find the contours of a distance field, and fit Bézier curves to them.

Contours are found by marching squares, the two-dimensional case of Lorensen and Cline 1987 ("Marching cubes"). In every
cell of four samples the contour enters and leaves where the field changes sign, at a position found by linear
interpolation.

Curves are fitted as in Schneider 1990 ("An algorithm for automatically fitting digitized curves", Graphics Gems): fit a
cubic Bézier curve to a section of the line by least squares, with the line's own tangents at its ends. If the error is
too large, split the section at the worst point. Adjacent curves share a tangent except at corners. The outline of a
round pen's mark has only concave corners, where two strokes meet.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y
CORNER = 0.7  # minimum turn of a corner in radians, measured over SPAN points on either side
SPAN = 2  # points on either side over which a tangent is measured, to average out the unevenness of the grid
ROUNDS = 4  # rounds of reparameterization before a section is split
HOPELESS = 6.0  # multiple of the tolerance; a larger error splits the section immediately


@njit(cache=True, nogil=True)
def fit(line: Points, tolerance: float) -> NDArray[np.float64]:
    """Fit cubic Bézier curves to a closed line (n, 2), n >= 4, whose first point is not repeated.

    The curves, (k, 4, 2), are within `tolerance` of the line's points, in the same unit as the line. Each curve starts
    where the previous one ends.
    """
    n = len(line)
    first = int(line[:, 0].argmin())  # an extreme point, which is a natural place to split
    points, arriving, leaving = np.empty((n + 1, 2)), np.empty((n + 1, 2)), np.empty((n + 1, 2))
    curves, k, t = np.empty((n, 4, 2)), 0, np.empty(n + 1)
    ends = np.empty(n + 1, np.int64)  # stack of the ends of sections still to be fitted, with the next one last
    ends[0], left, a = n, 1, 0
    for i in range(n, -1, -1):
        corner = _look_around(line, (first + i) % n, points[i], arriving[i], leaving[i])
        if 0 < i < n and (corner or i == n // 2):
            ends[left], left = i, left + 1
    while left:
        b = ends[left - 1]
        worst = _fit_stretch(points[a : b + 1], leaving[a], arriving[b], tolerance, t[: b - a + 1], curves[k])
        if worst == 0:
            a, k, left = b, k + 1, left - 1
        else:
            ends[left], left = a + worst, left + 1
    return curves[:k]


@njit(cache=True, nogil=True)
def _way(line: Points, start: int, end: int, way: Points) -> None:
    """Write to `way` the unit vector from one point of a closed line to another; indices wrap around."""
    n = len(line)
    x, y = line[end % n, 0] - line[start % n, 0], line[end % n, 1] - line[start % n, 1]
    length = max(np.hypot(x, y), 1e-9)
    way[0], way[1] = x / length, y / length


@njit(cache=True, nogil=True)
def _turn(line: Points, i: int) -> float:
    """Return the turn to the right at point i in radians (y points down). With ink on the left, positive is concave."""
    n = len(line)
    ax, ay = line[i % n, 0] - line[(i - SPAN) % n, 0], line[i % n, 1] - line[(i - SPAN) % n, 1]
    bx, by = line[(i + SPAN) % n, 0] - line[i % n, 0], line[(i + SPAN) % n, 1] - line[i % n, 1]
    return np.arctan2(ax * by - ay * bx, ax * bx + ay * by)


@njit(cache=True, nogil=True)
def _look_around(line: Points, i: int, point: Points, arriving: Points, leaving: Points) -> bool:
    """Write point i of a closed line and its two tangents; return whether it is a corner.

    A corner turns inwards by more than CORNER and by more than the points nearby. Marching squares cuts corners off, so
    the point is moved to the intersection of the lines before and after it.
    """
    point[0], point[1] = line[i, 0], line[i, 1]
    turn = _turn(line, i)
    corner = turn > CORNER and len(line) > 6 * SPAN
    for k in range(1, SPAN + 1):
        corner = corner and turn > _turn(line, i + k) and turn >= _turn(line, i - k)
    if not corner:
        _way(line, i - SPAN, i + SPAN, arriving)
        leaving[0], leaving[1] = arriving[0], arriving[1]
        return False
    n = len(line)
    _way(line, i - 1 - SPAN, i - 1, arriving)
    _way(line, i + 1, i + 1 + SPAN, leaving)
    x, y = line[(i + 1) % n, 0] - line[i - 1, 0], line[(i + 1) % n, 1] - line[i - 1, 1]
    cross = arriving[0] * leaving[1] - arriving[1] * leaving[0]
    along = min(max((x * leaving[1] - y * leaving[0]) / cross, 0.0), 2.0)  # distance from the previous point
    point[0], point[1] = line[i - 1, 0] + along * arriving[0], line[i - 1, 1] + along * arriving[1]
    return True


@njit(cache=True, nogil=True)
def _fit_stretch(points: Points, start: Points, end: Points, tolerance: float, t: Points, curve: Points) -> int:
    """Fit one curve with given end tangents. Return 0, or the index at which to split if the fit fails."""
    n = len(points)
    if n <= 3:
        _straight(points, start, end, curve)
        return 0
    t[0] = 0.0
    for i in range(1, n):
        t[i] = t[i - 1] + np.hypot(points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1])
    t /= t[-1]
    worst = 1
    for _ in range(ROUNDS):
        _least_squares(points, t, start, end, curve)
        most = 0.0
        for i in range(n):
            x, y = _at(curve, t[i])
            away = np.hypot(x - points[i, 0], y - points[i, 1])
            if away > most:
                most, worst = away, i
        if most <= tolerance:
            return 0
        if most > HOPELESS * tolerance:
            break
        _come_nearer(curve, points, t)
    return min(max(worst, 1), n - 2)


@njit(cache=True, nogil=True)
def _at(curve: Points, t: float) -> tuple[float, float]:
    """Return the point at t: (1-t)^3 p0 + 3(1-t)^2 t p1 + 3(1-t) t^2 p2 + t^3 p3."""
    s = 1 - t
    a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
    x = a * curve[0, 0] + b * curve[1, 0] + c * curve[2, 0] + d * curve[3, 0]
    return x, a * curve[0, 1] + b * curve[1, 1] + c * curve[2, 1] + d * curve[3, 1]


@njit(cache=True, nogil=True)
def _least_squares(points: Points, t: Points, start: Points, end: Points, curve: Points) -> None:
    """Write to `curve` the least-squares fit with the given ends and tangents.

    Let f and g be the weights of the two control points, and let `rest` be the points minus the curve whose control
    points lie at its ends. The distances from the ends to their control points solve

        [sum f^2         sum fg start.-end] [length of the first ]   [sum f start . rest]
        [sum fg start.-end        sum g^2 ] [length of the second] = [sum g -end . rest ].
    """
    first, last = points[0], points[-1]
    ff, fg, gg, p, q = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(points)):
        s, u = 1 - t[i], t[i]
        f, g = 3 * s * s * u, 3 * s * u * u
        near, far = s * s * s + f, g + u * u * u
        x = points[i, 0] - near * first[0] - far * last[0]
        y = points[i, 1] - near * first[1] - far * last[1]
        ff, fg, gg = ff + f * f, fg + f * g, gg + g * g
        p += f * (start[0] * x + start[1] * y)
        q -= g * (end[0] * x + end[1] * y)
    fg *= -(start[0] * end[0] + start[1] * end[1])
    determinant = ff * gg - fg * fg
    _straight(points, start, end, curve)
    if determinant < 1e-9:
        return
    one, other = (gg * p - fg * q) / determinant, (ff * q - fg * p) / determinant
    if min(one, other) > 1e-3 * np.hypot(last[0] - first[0], last[1] - first[1]):  # a negative length would make a loop
        for axis in range(2):
            curve[1, axis] = first[axis] + one * start[axis]
            curve[2, axis] = last[axis] - other * end[axis]


@njit(cache=True, nogil=True)
def _straight(points: Points, start: Points, end: Points, curve: Points) -> None:
    """Write to `curve` the curve whose control points are a third of the chord away from its ends."""
    first, last = points[0], points[-1]
    third = np.hypot(last[0] - first[0], last[1] - first[1]) / 3
    for axis in range(2):
        curve[0, axis], curve[1, axis] = first[axis], first[axis] + third * start[axis]
        curve[2, axis], curve[3, axis] = last[axis] - third * end[axis], last[axis]


@njit(cache=True, nogil=True)
def _come_nearer(curve: Points, points: Points, t: Points) -> None:
    """Move every t one Newton step towards the nearest point on the curve, without changing their order."""
    least = 0.0
    for i in range(len(points)):
        s, u = 1 - t[i], t[i]
        slope = up = 0.0  # offset . first derivative, and the derivative of that product
        for axis in range(2):
            p, q, r, v = curve[0, axis], curve[1, axis], curve[2, axis], curve[3, axis]
            off = s * s * s * p + 3 * s * s * u * q + 3 * s * u * u * r + u * u * u * v - points[i, axis]
            first = 3 * (s * s * (q - p) + 2 * s * u * (r - q) + u * u * (v - r))
            second = 6 * (s * (r - 2 * q + p) + u * (v - 2 * r + q))
            slope += off * first
            up += first * first + off * second
        if abs(up) > 1e-9:
            u -= slope / up
        least = max(least, min(max(u, 0.0), 1.0))
        t[i] = least


# The edges of a cell are 0 top, 1 right, 2 bottom, 3 left. The bits of its corners are 1 top left, 2 top right, 4
# bottom right, 8 bottom left. For each set of corners inside the contour, a row lists the edges where the contour
# enters and leaves, up to twice, with the inside on its left (y points down). Two opposite corners (5 and 10) may be
# separate or joined; 16 and 17 are the joined cases.
PATHS = np.array(
    [
        [-1, -1, -1, -1], [3, 0, -1, -1], [0, 1, -1, -1], [3, 1, -1, -1], [1, 2, -1, -1], [3, 0, 1, 2],
        [0, 2, -1, -1], [3, 2, -1, -1], [2, 3, -1, -1], [2, 0, -1, -1], [0, 1, 2, 3], [2, 1, -1, -1],
        [1, 3, -1, -1], [1, 0, -1, -1], [0, 3, -1, -1], [-1, -1, -1, -1], [1, 0, 3, 2], [0, 3, 2, 1],
    ]
)  # fmt: skip


@njit(cache=True, nogil=True)
def _following(field: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return, for every edge of the grid, the next edge along its contour, or -1 if uncrossed: (2 rows columns,).

    Edge 2 (row columns + column) lies to the right of a sample, and the edge numbered one higher lies below it.
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
    """Return the contours around all negative samples of a field whose border is not negative.

    Return the points (n, 2) of all contours, concatenated, in samples, without repeating the first point of a contour.
    Also return the end index of each contour; contours are in scan order from the top. On the screen, outer contours
    run anticlockwise and holes clockwise.
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
