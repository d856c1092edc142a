"""Simple facts about a drawing: how many pieces and loops, how much ink, how far it leans, how like another it is.

A digit is mostly its topology: a 0 has one loop, an 8 has two, a 3 has none. Pieces and loops are counted on boolean
pictures where True is ink. Ink is joined through corners (8 neighbours), paper is not (4 neighbours). The rest is
measured on the grey picture.

From a drawing to lines one point wide: enlarge it, take its ink, thin that down to the middle.

The first steps from a drawing to strokes (graph.py takes the next). A stroke of MNIST is two or three pixels wide, too
few for a middle. Enlarged eight times by smooth curves it has one.

Coordinates of pictures are rows and columns; a point of the middle line is (x, y) in units, one unit a pixel of the
drawing: x = (column + 0.5) / ENLARGED.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.pixels import euler, label, moments
from gan.write.kernels.skeleton import depths, thinned

Picture = NDArray[np.uint8]  # (28, 28), or (n, 28, 28) of several; ink 255
Mask = NDArray[np.bool_]


def euler_number(ink: Mask) -> int:
    """Number of pieces minus number of loops.

    Every ink pixel is taken as a closed square; then pieces - loops = corners - edges + squares, the Euler
    characteristic (Gray 1971, "Local properties of binary images in two dimensions"). No search is needed.

    Parameters
    ----------
    ink
        (rows, columns) bool.
    """
    return int(euler(ink))


def sizes(ink: Mask) -> NDArray[np.intp]:
    """How many points each connected piece of ink has, (pieces,), as a scan from the top meets them.

    Parameters
    ----------
    ink
        (rows, columns) bool.
    """
    return np.bincount(label(ink)[0].ravel())[1:]


def loops(ink: Mask) -> int:
    """How many stretches of paper the ink encloses."""
    return label(ink)[1] - euler_number(ink)


def amount_of_ink(picture: Picture) -> float:
    """Sum of the grey levels, in full pixels."""
    return moments(picture)[0] / 255


def lean(picture: Picture) -> float:
    """How far the ink moves to the right for each pixel upwards: cov(x, -y) / var(y). 0 is upright or blank."""
    total, x, y, xy, yy = moments(picture)
    variance = total * yy - y * y  # of whole numbers, so that nothing is rounded
    return (x * y - total * xy) / variance if variance > 0 else 0.0


def likeness(a: Picture, b: Picture) -> float:
    """Cosine of the angle between two pictures: 1 for the same drawing, 0 for no ink in common."""
    p, q = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    size = float(np.sqrt((p @ p) * (q @ q)))
    return float(p @ q) / size if size > 0 else 0.0


ENLARGED = 8  # points for each pixel of the drawing: the middle of a thin stroke lies within a tenth of a pixel then
EDGE = 0.42  # grey level, of the darkest, at which the ink ends
SIZE = 28  # pixels of a drawing's side


def _spline_matrix() -> NDArray[np.float32]:
    """(SIZE * ENLARGED, SIZE): weights of the pixels for every point of a line, cubic B-splines; beyond lies paper."""
    at = (np.arange(SIZE * ENLARGED) + 0.5) / ENLARGED - 0.5  # in pixels, from the middle of the first
    d = np.abs(at[:, None] - np.arange(SIZE))
    near, far = (4 - 6 * d**2 + 3 * d**3) / 6, (2 - d) ** 3 / 6
    return np.where(d < 1, near, np.where(d < 2, far, 0)).astype(np.float32)


SPLINE = _spline_matrix()


def enlarge(picture: Picture) -> NDArray[np.float32]:
    """The drawing between its pixels, smooth and without overshoot: (224, 224) of 0 to 1, from (28, 28) uint8.

    The pixels are the weights of cubic B-splines. So it passes near them, not through them, and stays between them.
    """
    grey: NDArray[np.float32] = SPLINE @ (picture.astype(np.float32) / np.float32(255)) @ SPLINE.T
    return grey


def ink_of(picture: Picture) -> Mask:
    """Where the enlarged drawing has ink, (224, 224); the picture must not be blank."""
    grey = enlarge(picture)
    ink: Mask = grey > EDGE * grey.max()
    return ink


def thin(ink: Mask) -> NDArray[np.intp]:
    """Points of ink's middle line: (n, 2) rows and columns, in the order of a scan from the top.

    Layer by layer its edge is taken off, as Guo and Hall 1989 do it: see gan/write/kernels/skeleton.py. Pieces stay
    pieces, loops stay loops.
    """
    framed = np.zeros((ink.shape[0] + 2, ink.shape[1] + 2), np.uint8)
    framed[1:-1, 1:-1] = ink
    return thinned(framed) - 1


def depths_of(ink: Mask, points: NDArray[np.intp]) -> NDArray[np.float64]:
    """How deep points of ink lie, (n, 2) rows and columns: the distance to the nearest paper in units; 0 on paper.

    Along the middle line that is half the ink's width.
    """
    return depths(ink, points) / ENLARGED


def depths_at(ink: Mask, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same of the points in which places (n, 2) lie, x and y in units."""
    points = np.floor(places[:, ::-1] * ENLARGED).astype(np.intp)
    return depths_of(ink, np.clip(points, 0, len(ink) - 1))
