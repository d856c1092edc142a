"""Draw the signs `+ - − – × ÷ · = . , : / ( ) % € $ £`, each as a few strokes.

No network has learned them, because MNIST contains only digits. So each sign is defined
by points on its strokes, and takes its slant, weight (gan/write/compose.py) and
unevenness (`wobble`) from the handwriting. Like digits, every copy of a sign is
different:

    stroke of the copy = spline(rotated, stretched and shifted points + slow waves along
    the stroke)

Coordinates are those of gan/write/strokes_and_pages.py. A digit's centreline reaches
from y = -19 to y = -1.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gan.write.strokes_and_pages import Points, Stroke, Strokes, leaning

# units to the right per unit of height, the mean of check_drawings.USUAL_LEAN
LEAN = 0.1
# units between points on a line or an arc; close enough for waves, and far enough apart
# for a smooth stroke
KNOT = 2.5
# number of waves that bend a stroke: they have 1, 2 and 3 half periods; more waves
# would look like a tremor
WAVES = 3
# factors of the standard deviations below, at human = 0 and human = 1
STEADY = 0.5
HUMAN = 1.2
# Standard deviations of the angle, length and position of a stroke.
TURN = 0.04  # radians
STRETCH = 0.06  # relative to its length
SHIFT = 0.35  # units
# Standard deviations of the size and height of a whole copy.
SIZE = 0.03  # relative to its width and height
LIFT = 0.3  # units
LONG = 8.0  # units; shorter strokes are shifted and bent less
# pressure at the start and end of a stroke; it decreases because a hand leaves the
# paper gradually
PRESSURE = (1.04, 0.9)
# a dot is an arc of this radius in units, so that it is larger than the pen's mark
DOT = 0.45


def sign(
    character: str, rng: np.random.Generator, wobble: float = 0.2, human: float = 0.5
) -> Strokes:
    """Return the strokes of a new copy of a sign, with the usual lean of digits.

    Its left end is near x = 0, and its baseline is y = 0. `rng` determines how this
    copy differs from others, and `human`, 0 (steady) to 1, determines how much.
    `wobble` is how far the lines of this handwriting deviate from smooth ones, in
    units.
    """
    spread = STEADY + (HUMAN - STEADY) * human
    across, up, lift = spread * np.array([SIZE, SIZE, LIFT]) * _normals(rng, 3)
    shape = leaning(LEAN) @ np.diag([1 + across, 1 + up])
    return tuple(
        _copy(points, rng, wobble, spread).transformed(shape).moved(0, -lift)
        for points in DESIGNS[character]
    )


def _normals(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return np.clip(rng.standard_normal(n), -2, 2)


def _copy(
    points: Points, rng: np.random.Generator, wobble: float, spread: float
) -> Stroke:
    """Return a stroke through points (n, 2), slightly rotated, stretched and bent.

    `spread` multiplies all standard deviations; `wobble` is that of `sign`.
    """
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    length = np.hypot(*np.diff(points, axis=0).T).sum()
    little = min(1.0, length / LONG)
    deviations = np.array([TURN, STRETCH, SHIFT * little, SHIFT * little])
    angle, stretch, right, down = spread * deviations * _normals(rng, 4)
    turn = (1 + stretch) * np.array([[1, -angle], [angle, 1]])
    m = np.arange(1, WAVES + 1)[:, None]
    starts = rng.uniform(0, 2 * np.pi, (WAVES, 1))
    waves = np.sin(np.pi * m * np.linspace(0, 1, len(points)) + starts)  # (WAVES, n)
    # waves with fewer half periods are larger
    sizes = wobble * little * _normals(rng, 2 * WAVES).reshape(WAVES, 2) / m**2
    bent = middle + (points - middle) @ turn.T + [right, down] + waves.T @ sizes
    return Stroke(spline(bent), np.linspace(*PRESSURE, len(points)))


def spline(points: Points) -> NDArray[np.float64]:
    """Return the natural cubic spline through points (n, 2), n >= 2.

    The result, (n - 1, 4, 2), is a chain of Bézier curves, each given by its start, two
    control points and end. Its second derivative is continuous, and 0 at both ends. If
    the parameter increases by 1 from point to point, the slopes s at the points p solve

        s[i-1] + 4 s[i] + s[i+1] = 3 (p[i+1] - p[i-1]),

    with 2 s[0] + s[1] = 3 (p[1] - p[0]) at the start and the corresponding equation at
    the end (Bartels, Beatty and Barsky 1987, chapter 3).
    """
    n = len(points)
    before = np.maximum(np.arange(n) - 1, 0)
    after = np.minimum(np.arange(n) + 1, n - 1)
    slopes = _solved(n) @ (3 * (points[after] - points[before]))
    start = points[:-1]
    end = points[1:]
    return np.stack([start, start + slopes[:-1] / 3, end - slopes[1:] / 3, end], axis=1)


@lru_cache(maxsize=32)
def _solved(n: int) -> NDArray[np.float64]:
    """Return the inverse, (n, n), of the matrix that `spline` solves for n slopes."""
    beside = np.ones(n - 1)
    system = np.diag(np.full(n, 4.0)) + np.diag(beside, 1) + np.diag(beside, -1)
    system[0, 0] = system[-1, -1] = 2
    return np.linalg.inv(system)


def _line(x0: float, y0: float, x1: float, y1: float) -> Points:
    n = max(3, round(float(np.hypot(x1 - x0, y1 - y0)) / KNOT) + 1)
    return np.linspace([x0, y0], [x1, y1], n)


def _arc(
    x: float, y: float, across: float, up: float, start: float, end: float
) -> Points:
    """Return points along an arc of an ellipse around (x, y).

    `across` and `up` are its semi-axes. Angles are in degrees, anticlockwise from the
    right.
    """
    length = abs(np.radians(end - start)) * (across + up) / 2
    angles = np.radians(np.linspace(start, end, max(4, round(length / KNOT) + 1)))
    return np.stack([x + across * np.cos(angles), y - up * np.sin(angles)], axis=1)


def _dot(x: float, y: float) -> Points:
    return _arc(x, y, DOT, DOT, 120, 380)


# The points on each stroke of each sign, without slant.
DESIGNS: dict[str, list[Points]] = {
    "+": [_line(5.5, -15.2, 5.5, -4.2), _line(0, -9.6, 11, -9.8)],
    "-": [_line(0, -8.8, 8, -9.2)],
    "−": [_line(0, -9.3, 10.5, -9.7)],
    "–": [_line(0, -8.9, 13, -9.4)],
    "×": [_line(0.5, -13.6, 8.5, -5.2), _line(8.3, -13.8, 0.2, -4.8)],
    "÷": [_line(0, -9.3, 11, -9.7), _dot(5.6, -14.4), _dot(5.4, -4.6)],
    "·": [_dot(0.5, -9.6)],
    "=": [_line(0, -12, 10.5, -12.3), _line(0.2, -6.9, 10.7, -7.2)],
    ".": [_dot(0.5, -1.4)],
    ",": [np.array([[2.4, -2.0], [2.6, -0.6], [1.9, 1.2], [0.4, 3.0]])],
    ":": [_dot(0.5, -11.6), _dot(0.5, -2.6)],
    "/": [_line(13, -22, 0, 3)],
    "(": [_arc(9.5, -9.8, 8.5, 13.2, 122, 238)],
    ")": [_arc(-4.5, -9.8, 8.5, 13.2, 58, -58)],
    "%": [
        _arc(3.6, -15, 3.3, 3.7, 80, 455),
        _line(13.6, -19, 2.6, -0.8),
        _arc(12.6, -4.6, 3.3, 3.7, 80, 455),
    ],
    "€": [
        _arc(9, -10, 6.8, 8.6, 48, 312),
        _line(0, -12, 10.4, -12.4),
        _line(-0.3, -8, 9.2, -8.3),
    ],
    "$": [
        np.array([
            [10.2, -15.0], [8.6, -17.0], [5.6, -17.6], [2.4, -16.2], [1.6, -13.4],
            [3.4, -11.0], [6.4, -9.6], [9.2, -7.9], [10.2, -5.2], [8.7, -2.9],
            [5.6, -2.1], [2.4, -2.8], [0.6, -4.8],
        ]),
        _line(5.8, -21, 5.6, 1.2),
    ],
    "£": [
        np.array([
            [12.0, -15.9], [10.9, -18.1], [8.3, -18.8], [6.0, -17.2], [5.3, -14.2],
            [5.5, -11.0], [5.4, -7.6], [4.6, -4.2], [2.9, -1.7], [0.7, -1.1],
            [-0.6, -2.6], [0.6, -4.4], [3.4, -3.7], [6.2, -1.9], [9.2, -1.0],
            [11.4, -1.4], [12.6, -3.0],
        ]),
        _line(1.8, -9.6, 9.4, -9.9),
    ],
}  # fmt: skip
