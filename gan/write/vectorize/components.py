"""Simple facts about a drawing: how many pieces and loops, how much ink, how far it leans, how like another it is.

A digit is mostly its topology: a 0 has one loop, an 8 has two, a 3 has none. Pieces and loops are counted on boolean
pictures where True is ink. Ink is joined through corners (8 neighbours), paper is not (4 neighbours). The rest is
measured on the grey picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.components import euler, label, moments

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
