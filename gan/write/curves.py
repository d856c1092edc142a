"""Outlines of ink as a few smooth curves: marching squares, then Bézier curves fitted to what they found.

Marching squares (the flat case of Lorensen and Cline 1987, "Marching cubes") walks along the line where the distance
field is zero and interpolates between samples, so the outline is far finer than the grid. The curve fit (Schneider
1990, "An algorithm for automatically fitting digitized curves") covers a closed outline with cubic Béziers: each is
fitted by least squares, and split where it strays too far. Neighbours share their tangent, so there are no corners.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2) x and y

# Edges of a cell: 0 top, 1 right, 2 bottom, 3 left. Corners: 1 top left, 2 top right, 4 bottom right, 8 bottom left.
# For each set of corners inside: from which edge to which, with the inside on the walker's left hand, y down.
SEGMENTS: dict[int, list[tuple[int, int]]] = {
    1: [(3, 0)],
    2: [(0, 1)],
    3: [(3, 1)],
    4: [(1, 2)],
    6: [(0, 2)],
    7: [(3, 2)],
    8: [(2, 3)],
    9: [(2, 0)],
    11: [(2, 1)],
    12: [(1, 3)],
    13: [(1, 0)],
    14: [(0, 3)],
}
SADDLES = {5: ([(3, 0), (1, 2)], [(1, 0), (3, 2)]), 10: ([(0, 1), (2, 3)], [(0, 3), (2, 1)])}  # apart, joined


def contours(field: NDArray[np.float32]) -> list[Points]:
    """Closed lines where a field is zero, around everything negative.

    Parameters
    ----------
    field
        (R, C). Outside it everything counts as positive, so that every line closes.

    Returns
    -------
    list of (n, 2)
        x and y in samples (0, 0 is the first sample), without repeating the first point. In the order in which a scan
        from the top finds them; outer lines run anticlockwise on the screen, holes clockwise.
    """
    field = np.pad(field, 1, constant_values=1)
    following = _segments(field)
    found = []
    while following:
        start, edge = next(iter(following.items()))
        line = [start]
        del following[start]
        while edge != start:
            line.append(edge)
            edge = following.pop(edge)
        found.append(_crossings(field, line) - 1)
    return [line for line in found if len(line) >= 4]


Edge = tuple[int, int, int]  # row and column of a sample; 0 for the edge to its right, 1 for the edge below it


def _segments(field: NDArray[np.float32]) -> dict[Edge, Edge]:
    """For every crossed edge of the grid, the next one along the line."""
    inside = field < 0
    cells = inside[:-1, :-1] + 2 * inside[:-1, 1:] + 4 * inside[1:, 1:] + 8 * inside[1:, :-1]
    following: dict[Edge, Edge] = {}
    for y, x in np.argwhere((cells > 0) & (cells < 15)).tolist():
        cell = int(cells[y, x])
        edges = ((y, x, 0), (y, x + 1, 1), (y + 1, x, 0), (y, x, 1))
        if cell in SADDLES:
            segments = SADDLES[cell][int(field[y : y + 2, x : x + 2].sum() < 0)]
        else:
            segments = SEGMENTS[cell]
        for a, b in segments:
            following[edges[a]] = edges[b]
    return following


def _crossings(field: NDArray[np.float32], line: list[Edge]) -> Points:
    """Where each edge is crossed: linear interpolation between the values at its two ends, of different sign."""
    y, x, below = np.array(line).T
    a = field[y, x].astype(np.float64)
    b = field[y + below, x + 1 - below]
    part = a / (a - b)
    return np.stack([x + part * (1 - below), y + part * below], axis=1)


def fit(line: Points, tolerance: float) -> NDArray[np.float64]:
    """Cubic Béziers around a closed line.

    Parameters
    ----------
    line
        (n, 2), n >= 4, closed, the first point not repeated.
    tolerance
        Largest distance between the line and its curve, in the line's unit.

    Returns
    -------
    (k, 4, 2)
        Start, two handles and end of every curve; each starts where the one before ends.
    """
    n = len(line)
    closed = np.concatenate([line, line[:1]])
    tangents = _tangents(line)
    tangents = np.concatenate([tangents, tangents[:1]])
    first = int(line[:, 0].argmin())  # begin at an extreme point: a place where curves are naturally cut
    closed = np.concatenate([closed[first:n], closed[: first + 1]])
    tangents = np.concatenate([tangents[first:n], tangents[: first + 1]])
    half = n // 2
    curves = _fit(closed, tangents, 0, half, tolerance) + _fit(closed, tangents, half, n, tolerance)
    return np.array(curves)


def _tangents(line: Points) -> Points:
    """Unit direction at every point of a closed line, from neighbours two apart: the grid's unevenness averages out."""
    ahead = np.roll(line, -2, axis=0) - np.roll(line, 2, axis=0)
    return ahead / np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)[:, None]


def _fit(line: Points, tangents: Points, a: int, b: int, tolerance: float) -> list[Points]:
    """Curves for points a to b, split at the worst point until each is within the tolerance."""
    points = line[a : b + 1]
    if b - a < 3:
        return [_straight(points, tangents[a], tangents[b])]
    steps = np.hypot(*np.diff(points, axis=0).T)
    t = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
    for _ in range(4):
        curve = _least_squares(points, t, tangents[a], tangents[b])
        error = np.hypot(*(bezier(curve, t) - points).T)
        if error.max() <= tolerance:
            return [curve]
        if error.max() > 6 * tolerance:
            break  # too far to be saved by a better parameter: split
        t = _nearer(curve, points, t)
    worst = a + min(max(int(error.argmax()), 1), b - a - 1)
    return _fit(line, tangents, a, worst, tolerance) + _fit(line, tangents, worst, b, tolerance)


def bezier(curve: Points, t: NDArray[np.float64]) -> Points:
    """Points of a cubic Bézier at t: (1-t)^3 p0 + 3(1-t)^2 t p1 + 3(1-t) t^2 p2 + t^3 p3."""
    s = 1 - t
    return np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3], axis=1) @ curve


def _least_squares(points: Points, t: NDArray[np.float64], start: Points, end: Points) -> Points:
    """The cubic through both ends with the given directions whose handles' lengths fit the points best."""
    s = 1 - t
    a = (3 * s**2 * t)[:, None] * start  # (n, 2) what the first handle's length adds
    b = (3 * s * t**2)[:, None] * -end
    fixed = (s**3 + 3 * s**2 * t)[:, None] * points[0] + (3 * s * t**2 + t**3)[:, None] * points[-1]
    rest = points - fixed
    matrix = np.array([[(a * a).sum(), (a * b).sum()], [(a * b).sum(), (b * b).sum()]])
    size = float(np.hypot(*(points[-1] - points[0])))
    determinant = float(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] ** 2)
    if determinant < 1e-9:
        return _straight(points, start, end)
    lengths = np.linalg.solve(matrix, [(a * rest).sum(), (b * rest).sum()])
    if lengths.min() < 1e-3 * size:  # a handle pointing backwards would make a loop
        return _straight(points, start, end)
    return np.stack([points[0], points[0] + lengths[0] * start, points[-1] - lengths[1] * end, points[-1]])


def _straight(points: Points, start: Points, end: Points) -> Points:
    """The cubic with handles of a third of the chord."""
    third = float(np.hypot(*(points[-1] - points[0]))) / 3
    return np.stack([points[0], points[0] + third * start, points[-1] - third * end, points[-1]])


def _nearer(curve: Points, points: Points, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """One Newton step of every t towards the curve's nearest point to its sample; the order is kept."""
    s = 1 - t
    d = np.diff(curve, axis=0)
    first = 3 * (np.stack([s**2, 2 * s * t, t**2], axis=1) @ d)
    second = 6 * (np.stack([s, t], axis=1) @ np.diff(d, axis=0))
    off = bezier(curve, t) - points
    slope = (first**2).sum(axis=1) + (off * second).sum(axis=1)
    step = np.where(np.abs(slope) > 1e-9, (off * first).sum(axis=1) / np.where(slope == 0, 1, slope), 0)
    return np.maximum.accumulate(np.clip(t - step, 0, 1))
