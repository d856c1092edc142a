"""Which real digit is nearest to a drawing, by its pixels, and how near is near.

A classifier may be sure of a 3 where there is but noise. Noise lies far from every real 3, so `Near` asks that, too: a
drawing is near if it is no farther from its nearest real digit than 99 of 100 real ones are from theirs.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan.data.dataset import Dataset, only
from gan.pictures import Pictures

BLOCK = 128  # rows of a block: 128 x 8,192 distances are 4 MB; more rows were slower
TRAINING_BLOCK = 8192  # training images of a block: as float32 26 MB
NEAR = 0.99  # part of the real digits that are near one another
MOST_REAL, MOST_OF_ALL = 500, 2000  # of a digit, of all: so many are looked through in milliseconds


def nearest_distances(
    images: Pictures, training: Pictures, skip: NDArray[np.integer] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The nearest training image of every image, by its pixels.

    Parameters
    ----------
    images, training : (N, 28, 28) and (M, 28, 28) uint8, M at least 1 (2 with skip)
    skip : (N,) integers, optional
        A training image that does not count, one an image: itself, where the images are taken from there.

    Returns
    -------
    distances : (N,) float64
        Euclidean, a pixel counting from 0 (paper) to 1 (ink): 0 is a copy.
    indices : (N,) integers, which training image it is; the first of several equals
    """
    if len(training) < (1 if skip is None else 2):
        raise ValueError(f"expected training images to compare with, received {len(training)}")
    best = np.full(len(images), np.inf, np.float32)
    indices = np.zeros(len(images), np.intp)
    for first in range(0, len(training), TRAINING_BLOCK):
        known = training[first : first + TRAINING_BLOCK].reshape(-1, training[0].size).astype(np.float32) / 255
        squares = (known * known).sum(1)  # (m,)
        for start in range(0, len(images), BLOCK):
            rows = slice(start, min(start + BLOCK, len(images)))
            seen = images[rows].reshape(-1, training[0].size).astype(np.float32) / 255
            block = squares - 2 * seen @ known.T  # (rows, m): squared distances, but for |image|^2
            if skip is not None:
                mine = np.flatnonzero((skip[rows] >= first) & (skip[rows] < first + len(known)))
                block[mine, skip[rows][mine] - first] = np.inf
            nearest = block.argmin(1)
            least = block[np.arange(len(block)), nearest]
            closer = least < best[rows]
            best[rows] = np.where(closer, least, best[rows])
            indices[rows] = np.where(closer, nearest + first, indices[rows])
    # Which one it is was found with float32's rounding, about 1e-5. The distance is computed anew: that of a copy is 0.
    gaps = images.astype(np.float64) - training[indices]  # (N, 28, 28)
    return np.sqrt((gaps * gaps).sum((1, 2))) / 255, indices


class Near:
    """Whether drawings are near real digits.

    Parameters
    ----------
    data : Dataset
        The real ones. Of a digit `MOST_REAL` are looked at, of all together `MOST_OF_ALL`, evenly spread over them.
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._looked_at: dict[int | None, Dataset] = {}
        self._limits: dict[int | None, float] = {}

    def looked_at(self, digit: int | None) -> Dataset:
        """The real ones of a digit that are looked at; None: of any."""
        if digit not in self._looked_at:
            most, all_of_it = MOST_OF_ALL if digit is None else MOST_REAL, only(self._data, digit)
            count = len(all_of_it.images)
            places = np.linspace(0, count - 1, min(most, count)).astype(np.intp)  # they may be sorted
            chosen = replace(all_of_it, images=all_of_it.images[places], labels=all_of_it.labels[places])
            self._looked_at[digit] = chosen
        return self._looked_at[digit]

    def real(self, digit: int | None) -> Pictures:
        """Their images, (n, 28, 28) uint8."""
        return self.looked_at(digit).images

    def limit(self, digit: int | None) -> float:
        """How far 99 of 100 real ones lie from their nearest at most: Euclidean, a pixel counting from 0 to 1.

        0, which only a copy keeps to, where there is but one.
        """
        if digit not in self._limits:
            real, limit = self.real(digit), 0.0
            if len(real) > 1:
                distances, _ = nearest_distances(real, real, np.arange(len(real)))
                limit = float(np.quantile(distances, NEAR))
            self._limits[digit] = limit
        return self._limits[digit]

    def __call__(self, images: Pictures, digits: NDArray[np.integer] | None) -> list[bool]:
        """Whether each image, (N, 28, 28), is near a real one of the digit asked for, (N,); None: of any digit."""
        if digits is None:
            distances, _ = nearest_distances(images, self.real(None))
            return [bool(distance <= self.limit(None)) for distance in distances]
        near = np.empty(len(images), bool)
        for digit in np.unique(digits).tolist():
            rows = np.flatnonzero(digits == digit)
            near[rows] = nearest_distances(images[rows], self.real(digit))[0] <= self.limit(digit)
        return near.tolist()
