"""Pictures of lines, as a generator might draw them: round strokes along points, in
MNIST pixel coordinates.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.skeleton import thin
from gan.write.vectorize.measure_ink import Picture, depths_of, ink_of
from gan.write.vectorize.pen_paths import Graph, Path, graph_of
from gan.write.vectorize.smooth import even

Array = NDArray[np.float64]
Line = Sequence[tuple[float, float]]  # the points (x, y) of a polyline
FINE = 8  # samples per pixel and axis
RADIUS = 1.25  # stroke radius in pixels, typical of MNIST


def arc(
    x: float, y: float, across: float, up: float, start: float, end: float, n: int = 40
) -> list[tuple[float, float]]:
    """Return points on an arc of an ellipse.

    Angles are in degrees from the right, counterclockwise on the screen.
    """
    angles = np.radians(np.linspace(start, end, n))
    return list(
        zip(
            (x + across * np.cos(angles)).tolist(),
            (y - up * np.sin(angles)).tolist(),
            strict=True,
        )
    )


def drawn(*lines: Line, radius: float = RADIUS) -> Picture:
    """Draw the lines with a round pen and return a picture, (28, 28) uint8, where ink
    is 255.
    """
    side = np.arange(28 * FINE)
    # (224, 224, 2), x and y
    at = (np.stack(np.meshgrid(side, side), axis=-1) + 0.5) / FINE
    ink = np.zeros(at.shape[:2], bool)
    for line in lines:
        points = np.array(line, float)
        for a, b in itertools.pairwise(points):
            low = FINE * (np.minimum(a, b) - radius)
            high = FINE * (np.maximum(a, b) + radius)
            columns, rows = (
                slice(max(0, int(low[i])), int(high[i]) + 1) for i in (0, 1)
            )
            ink[rows, columns] |= to_segment(at[rows, columns], a, b) <= radius
    return np.rint(255 * ink.reshape(28, FINE, 28, FINE).mean(axis=(1, 3))).astype(
        np.uint8
    )


def to_segment(at: Array, a: Array, b: Array) -> Array:
    """Return the distance from each point (..., 2) to the segment from a to b."""
    step = b - a
    t = np.clip(((at - a) @ step) / max(float(step @ step), 1e-12), 0, 1)
    distance: Array = np.linalg.norm(at - a - t[..., None] * step, axis=-1)
    return distance


def path_of(*points: tuple[float, float], closed: bool = False, **more: object) -> Path:
    """Return a path of radius 1 with points STEP apart."""
    return even(Path(np.array(points, float), np.ones(len(points)), closed, [], **more))  # type: ignore[arg-type]


def graph_from(picture: Picture) -> tuple[Graph, float]:
    """Return the uncleaned graph of a drawing and the median radius of its strokes."""
    ink = ink_of(picture)
    points = thin(ink)
    radii = depths_of(ink, points)
    return graph_of(points, radii), float(np.median(radii))


# A 4 and a 1 as drawn on the pads of the page "My handwriting".
PADS = {
    "4": [[80, 30, 60, 140, 190, 140], [150, 60, 140, 230]],
    "1": [[150, 20, 110, 230]],
}

# Digits as people draw them, with one or a few strokes in any order and direction.
ZERO = [arc(14, 14, 6, 9, 0, 360)]
ONE = [[(16.0, 4.5), (12.0, 23.5)]]
TWO = [[*arc(13.5, 9.5, 5, 5, 150, -30), (9.0, 22.0), (20.0, 22.5)]]
THREE = [[*arc(13, 9.2, 5, 4.6, 140, -80), *arc(13, 18.2, 5.8, 4.8, 80, -140)]]
FOUR = [[(9.0, 5.0), (8.0, 14.5), (22.0, 14.0)], [(19.0, 5.0), (17.5, 23.5)]]
FIVE = [
    [(11.0, 5.0), (10.2, 12.0), *arc(13, 17.3, 5.2, 5.6, 100, -140)],
    [(7.5, 5.2), (20.5, 4.5)],
]
POINTED_FIVE = [
    [(20.0, 4.5), (8.5, 5.0), (11.5, 12.0), *arc(13, 17.3, 5.2, 5.6, 100, -140)]
]
SIX = [[(17.5, 4.5), (12.0, 9.0), *arc(13.2, 17.5, 4.7, 5.5, 165, 520)]]
SEVEN = [[(8.0, 5.0), (20.0, 5.0), (13.0, 23.5)]]
BARRED_SEVEN = [[(8.0, 5.0), (18.5, 5.0), (16.0, 23.5)], [(11.5, 14.5), (22.5, 14.0)]]
EIGHT = [
    [
        (14 + 4.8 * math.sin(2 * t), 14 - 9 * math.cos(t))
        for t in np.linspace(0, 2 * np.pi, 80).tolist()
    ]
]
NINE = [arc(13, 9.5, 4.7, 5, 0, 360), [(17.7, 8.0), (16.5, 23.5)]]
DIGITS = (ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE)
