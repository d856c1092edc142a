"""Measure the ink of a drawing: its components, loops, amount and lean.

The number of loops distinguishes digits: a 0 has one, an 8 has two, and a 3 has none.
Components and loops are counted on boolean pictures in which True is ink. Ink is
connected through corners (8 neighbours), but paper is not (4 neighbours).

A stroke in MNIST is two or three pixels wide, too narrow to locate its centreline. So
the drawing is smoothly enlarged eight times before thinning. Positions in pictures are
rows and columns. Points are (x, y) in units, where one unit is a pixel of the original
drawing: x = (column + 0.5) / ENLARGED.
"""

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.components_and_marks import label
from gan.write.kernels.skeleton import depths

Picture = NDArray[np.uint8]  # (28, 28), or (n, 28, 28) for several pictures; ink is 255
Mask = NDArray[np.bool_]

# samples per pixel, enough to locate the middle of a thin stroke within a tenth of a
# pixel
ENLARGED = 8
EDGE = 0.42  # lowest grey level of ink, as a fraction of the drawing's darkest level
SIZE = 28  # pixels per side of a drawing
# row or column numbers to the powers 0, 1 and 2, (SIZE, 3)
POWERS = np.arange(float(SIZE))[:, None] ** np.arange(3)


def sizes(ink: Mask) -> NDArray[np.intp]:
    """Return the number of pixels in each component, in scan order from the top."""
    return np.bincount(label(ink)[0].ravel())[1:]


def loops(ink: Mask) -> int:
    """Return the number of paper regions that the ink encloses."""
    _, count, euler = label(ink)
    return count - euler


def moments(picture: Picture) -> NDArray[np.float64]:
    """Return the moments of a picture up to order 2 in rows and columns, (3, 3).

    Entry (i, j) is the sum of w y^i x^j over the pixels, where w is the grey level, y
    the row and x the column. The entries are integers below 2^53, so they are exact in
    any order of summation.
    """
    rows, columns = picture.shape
    sums: NDArray[np.float64] = (
        POWERS[:rows].T.dot(picture.astype(np.float64)).dot(POWERS[:columns])
    )
    return sums


def amount_of_ink(picture: Picture) -> float:
    """Return the sum of a picture's grey levels, in units of a black pixel."""
    return float(moments(picture)[0, 0]) / 255


def lean(picture: Picture) -> float:
    """Return the slant: the rightward shift per pixel of height, cov(x, -y) / var(y).

    The result is 0 for a blank picture.
    """
    (total, x, _), (y, xy, _), (yy, _, _) = moments(picture).tolist()
    variance = total * yy - y * y  # exact, because these are integers
    return (x * y - total * xy) / variance if variance > 0 else 0.0


def likeness(a: Picture, b: Picture) -> float:
    """Return the cosine similarity of two pictures.

    It is 1 if they are equal, and 0 if no pixel has ink in both.
    """
    p = a.astype(np.float64).ravel()
    q = b.astype(np.float64).ravel()
    size = float(np.sqrt((p @ p) * (q @ q)))
    return float(p @ q) / size if size > 0 else 0.0


def _spline_matrix() -> NDArray[np.float32]:
    """Return each pixel's B-spline weight at each sample, (SIZE * ENLARGED, SIZE)."""
    # positions of the samples in pixels, from the centre of the first pixel
    at = (np.arange(SIZE * ENLARGED) + 0.5) / ENLARGED - 0.5
    d = np.abs(at[:, None] - np.arange(SIZE))
    near = (4 - 6 * d**2 + 3 * d**3) / 6
    far = (2 - d) ** 3 / 6
    return np.where(d < 1, near, np.where(d < 2, far, 0)).astype(np.float32)


SPLINE = _spline_matrix()


def enlarge(picture: Picture) -> NDArray[np.float32]:
    """Interpolate a drawing smoothly: (28, 28) uint8 to (224, 224) from 0 to 1.

    The pixels are the coefficients of cubic B-splines, so the surface passes near their
    values, not through them.
    """
    grey: NDArray[np.float32] = (
        SPLINE @ (picture.astype(np.float32) / np.float32(255)) @ SPLINE.T
    )
    return grey


def ink_of(picture: Picture) -> Mask:
    """Return where the enlarged drawing has ink, (224, 224) bool.

    The picture, (28, 28), must not be blank.
    """
    grey = enlarge(picture)
    ink: Mask = grey > EDGE * grey.max()
    return ink


def depths_of(ink: Mask, points: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the distance in units from points (n, 2) to the nearest paper.

    Points are rows and columns of enlarged ink, (224, 224).
    """
    return depths(ink, points) / ENLARGED


def depths_at(ink: Mask, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance in units from places (n, 2) to the nearest paper.

    Places are x and y in units. Each is rounded to the sample of `ink` that contains
    it.
    """
    samples = np.floor(places[:, ::-1] * ENLARGED).astype(np.intp)
    return depths_of(ink, np.clip(samples, 0, len(ink) - 1))
