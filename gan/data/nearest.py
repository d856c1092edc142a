"""The nearest real digit to a drawing, by pixels, and a threshold for "near".

A classifier may be sure of a 3 where there is only noise. Noise lies far from every real 3, so `Near` tests that as
well: a drawing is near if it is no farther from its nearest real digit than 99 % of real digits are from theirs.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan.data.dataset import Dataset, only
from gan.pictures import Pictures

BLOCK = 128  # rows of a block: 128 x 8,192 distances are 4 MB; more rows were slower
TRAINING_BLOCK = 8192  # training images of a block: as float32 26 MB
NEAR = 0.99  # fraction of the real digits that count as near each other
MOST_REAL, MOST_OF_ALL = 500, 2000  # of one digit, of all: few enough to search in milliseconds


def nearest_distances(
    images: Pictures, training: Pictures, skip: NDArray[np.integer] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Find the nearest training image of every image, by pixels.

    Parameters
    ----------
    images, training : (N, 28, 28) and (M, 28, 28) uint8, M at least 1 (2 with skip)
    skip : (N,) integers, optional
        For each image, the index of a training image to ignore: itself, if the images are training images.

    Returns
    -------
    distances : (N,) float64
        Euclidean, with pixels from 0 (paper) to 1 (ink): 0 is a copy.
    indices : (N,) integers, of the nearest training image; the first one of a tie
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
                skipped = np.flatnonzero((skip[rows] >= first) & (skip[rows] < first + len(known)))
                block[skipped, skip[rows][skipped] - first] = np.inf
            nearest = block.argmin(1)
            least = block[np.arange(len(block)), nearest]
            closer = least < best[rows]
            best[rows] = np.where(closer, least, best[rows])
            indices[rows] = np.where(closer, nearest + first, indices[rows])
    # The search rounds to float32, about 1e-5. The distance is computed again in float64, so that of a copy is 0.
    gaps = images.astype(np.float64) - training[indices]  # (N, 28, 28)
    return np.sqrt((gaps * gaps).sum((1, 2))) / 255, indices


class Near:
    """Tests whether drawings are near real digits.

    Parameters
    ----------
    data : Dataset
        The real digits. `MOST_REAL` of a digit, or `MOST_OF_ALL` of all, evenly spaced, are compared.
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._references: dict[int | None, Dataset] = {}
        self._limits: dict[int | None, float] = {}

    def reference(self, digit: int | None) -> Dataset:
        """Return the real digits to compare with: of one digit, or of all (None)."""
        if digit not in self._references:
            most, data = MOST_OF_ALL if digit is None else MOST_REAL, only(self._data, digit)
            count = len(data.images)
            places = np.linspace(0, count - 1, min(most, count)).astype(np.intp)  # evenly spaced: they may be sorted
            self._references[digit] = replace(data, images=data.images[places], labels=data.labels[places])
        return self._references[digit]

    def real(self, digit: int | None) -> Pictures:
        """Return the images of `reference`, (n, 28, 28) uint8."""
        return self.reference(digit).images

    def limit(self, digit: int | None) -> float:
        """Return the largest distance of 99 % of the real digits from their nearest: Euclidean, pixels from 0 to 1.

        If there is only one, it is 0, which only a copy satisfies.
        """
        if digit not in self._limits:
            real, limit = self.real(digit), 0.0
            if len(real) > 1:
                distances, _ = nearest_distances(real, real, np.arange(len(real)))
                limit = float(np.quantile(distances, NEAR))
            self._limits[digit] = limit
        return self._limits[digit]

    def __call__(self, images: Pictures, digits: NDArray[np.integer] | None) -> list[bool]:
        """Return whether each image, (N, 28, 28), is near a real one of its requested digit, (N,), or of any (None)."""
        if digits is None:
            distances, _ = nearest_distances(images, self.real(None))
            return [bool(distance <= self.limit(None)) for distance in distances]
        near = np.empty(len(images), bool)
        for digit in np.unique(digits).tolist():
            rows = np.flatnonzero(digits == digit)
            near[rows] = nearest_distances(images[rows], self.real(digit))[0] <= self.limit(digit)
        return near.tolist()
