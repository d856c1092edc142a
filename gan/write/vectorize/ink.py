"""Ink of a drawing: its components, loops, amount and lean, and its skeleton.

A digit is mostly its topology: a 0 has one loop, an 8 has two, a 3 has none. Components and loops are counted on
boolean pictures where True is ink. Ink is connected through corners (8 neighbours), paper is not (4 neighbours).

A stroke in MNIST is two or three pixels wide, too few for a middle line. So the drawing is enlarged eight times by
smooth curves before thinning. Picture coordinates are rows and columns; points of the skeleton are (x, y) in units, one
unit being a pixel of the drawing: x = (column + 0.5) / ENLARGED.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.pixels import euler, label, moments
from gan.write.kernels.skeleton import depths, thinned

Picture = NDArray[np.uint8]  # (28, 28), or (n, 28, 28) of several; ink 255
Mask = NDArray[np.bool_]


def euler_number(ink: Mask) -> int:
    """Return the number of components minus the number of loops.

    Every ink pixel is a closed square; then components - loops = corners - edges + squares, the Euler characteristic
    (Gray 1971, "Local properties of binary images in two dimensions"). No search is needed.
    """
    return int(euler(ink))


def sizes(ink: Mask) -> NDArray[np.intp]:
    """Return the number of pixels of each connected component, (components,), in scan order from the top."""
    return np.bincount(label(ink)[0].ravel())[1:]


def loops(ink: Mask) -> int:
    """Return the number of regions of paper that the ink encloses."""
    return label(ink)[1] - euler_number(ink)


def amount_of_ink(picture: Picture) -> float:
    """Return the sum of the grey levels, in full pixels."""
    return moments(picture)[0] / 255


def lean(picture: Picture) -> float:
    """Return the shift to the right per pixel upwards, cov(x, -y) / var(y): 0 is upright or blank."""
    total, x, y, xy, yy = moments(picture)
    variance = total * yy - y * y  # of integers, so without rounding
    return (x * y - total * xy) / variance if variance > 0 else 0.0


def likeness(a: Picture, b: Picture) -> float:
    """Return the cosine of the angle between two pictures: 1 for the same drawing, 0 for no ink in common."""
    p, q = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    size = float(np.sqrt((p @ p) * (q @ q)))
    return float(p @ q) / size if size > 0 else 0.0


ENLARGED = 8  # samples per pixel: locates the middle of a thin stroke within a tenth of a pixel
EDGE = 0.42  # share of the darkest level at which the ink ends
SIZE = 28  # pixels of a drawing's side


def _spline_matrix() -> NDArray[np.float32]:
    """Return (SIZE * ENLARGED, SIZE): cubic B-spline weights of the pixels at each sample; paper outside."""
    at = (np.arange(SIZE * ENLARGED) + 0.5) / ENLARGED - 0.5  # in pixels, from the middle of the first
    d = np.abs(at[:, None] - np.arange(SIZE))
    near, far = (4 - 6 * d**2 + 3 * d**3) / 6, (2 - d) ** 3 / 6
    return np.where(d < 1, near, np.where(d < 2, far, 0)).astype(np.float32)


SPLINE = _spline_matrix()


def enlarge(picture: Picture) -> NDArray[np.float32]:
    """Interpolate a drawing, smoothly and without overshoot: (28, 28) uint8 to (224, 224) in 0 to 1.

    The pixels are the coefficients of cubic B-splines, so the surface passes near them, not through them.
    """
    grey: NDArray[np.float32] = SPLINE @ (picture.astype(np.float32) / np.float32(255)) @ SPLINE.T
    return grey


def ink_of(picture: Picture) -> Mask:
    """Return where the enlarged drawing has ink, (224, 224) bool; the picture must not be blank."""
    grey = enlarge(picture)
    ink: Mask = grey > EDGE * grey.max()
    return ink


def thin(ink: Mask) -> NDArray[np.intp]:
    """Return the skeleton of ink, (n, 2) rows and columns in scan order; see `kernels.skeleton.thinned`."""
    framed = np.zeros((ink.shape[0] + 2, ink.shape[1] + 2), np.uint8)
    framed[1:-1, 1:-1] = ink
    return thinned(framed) - 1


def depths_of(ink: Mask, points: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the distance from points (n, 2), rows and columns, to the nearest paper in units; 0 on paper.

    On the skeleton this is half the width of the ink.
    """
    return depths(ink, points) / ENLARGED


def depths_at(ink: Mask, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `depths_of` the samples that contain places (n, 2), x and y in units."""
    points = np.floor(places[:, ::-1] * ENLARGED).astype(np.intp)
    return depths_of(ink, np.clip(points, 0, len(ink) - 1))
