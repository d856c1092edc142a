"""Find the real digit nearest to a drawing, and decide whether it is "near".

A classifier may be sure that pure noise is a 3, but noise is far from every real 3. So
`Near` also measures the distance to the nearest real digit. A drawing is near if that
distance is at most the 99th percentile of the same distance among real digits.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from gan.data import HEAD, Dataset, head, only
from gan.data.images_and_sheets import Pictures

# images per block; 128 x 8,192 distances take 4 MB, and larger blocks were slower
BLOCK = 128
TRAINING_BLOCK = 8192  # training images per block; 26 MB as float32
# fraction of the real digits that are near another real digit, by definition of "near"
NEAR = 0.99
MOST_OF_ALL = 2000  # real images that stand for all digits; takes milliseconds


def nearest_distances(
    images: Pictures, training: Pictures, skip: NDArray[np.integer] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Find the training image nearest to every image, by pixel distance.

    Parameters
    ----------
    images : (N, 28, 28) uint8
    training : (M, 28, 28) uint8; M is at least 1, or 2 with `skip`
    skip : (N,) integers, optional
        The index of a training image to ignore, such as the image's own copy.

    Returns
    -------
    distances : (N,) float64
        Euclidean, with pixels from 0 (paper) to 1 (ink); that of a copy is 0.
    indices : (N,) integers
        Those of the nearest training images; the lowest in case of a tie.
    """
    pixels = training[0].size
    best = np.full(len(images), np.inf, np.float32)
    indices = np.zeros(len(images), np.intp)
    for first in range(0, len(training), TRAINING_BLOCK):
        known = training[first : first + TRAINING_BLOCK]
        known = known.reshape(-1, pixels).astype(np.float32)  # 0 to 255
        # (m,); einsum takes a third of the time of a product and a sum
        squares = np.einsum("ij,ij->i", known, known)
        for start in range(0, len(images), BLOCK):
            rows = slice(start, min(start + BLOCK, len(images)))
            seen = images[rows].reshape(-1, pixels).astype(np.float32)
            # (rows, m), squared distances minus |image|^2
            block = squares - 2 * seen @ known.T
            if skip is not None:
                columns = skip[rows] - first
                inside = (columns >= 0) & (columns < len(known))
                block[inside, columns[inside]] = np.inf
            nearest = block.argmin(1)
            least = block[np.arange(len(block)), nearest]
            closer = least < best[rows]
            best[rows] = np.minimum(least, best[rows])
            indices[rows][closer] = nearest[closer] + first
    # The float32 search has errors of about 1e-6. Computing the distance again in
    # float64 makes it 0 for a copy.
    gaps = images.astype(np.float64) - training[indices]  # (N, 28, 28)
    return np.sqrt((gaps * gaps).sum((1, 2))) / 255, indices


def beside_nearest(images: Pictures, training: Pictures) -> Pictures:
    """Return every image followed by its nearest training image: (2N, 28, 28)."""
    _, indices = nearest_distances(images, training)
    pairs = np.stack([images, training[indices]], 1)  # (N, 2, 28, 28)
    return pairs.reshape(-1, *images.shape[1:])


class Near:
    """Decides whether drawings are near real digits.

    A drawing of a digit is compared with the first `HEAD` images of that digit. If its
    digit is unknown (None), it is compared with `MOST_OF_ALL` images, evenly chosen
    from the first `HEAD` of each digit. `reference(digit)` returns the images to
    compare with, and `limit(digit)` the distance up to which a drawing is near.
    """

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.reference = cache(self._reference)
        self.limit = cache(self._limit)

    def _reference(self, digit: int | None) -> Dataset:
        found = head(only(self.data, digit), HEAD)
        if digit is not None:
            return found
        count = len(found.labels)
        places = np.linspace(0, count - 1, min(MOST_OF_ALL, count))
        return found.take(places.astype(np.intp))

    def real(self, digit: int | None) -> Pictures:
        return self.reference(digit).images  # (n, 28, 28)

    def _limit(self, digit: int | None) -> float:
        """Return the distance up to which a drawing is near.

        It is the 99th percentile of the distance from a real digit to the nearest other
        real digit. The distance is Euclidean, with pixels from 0 to 1. With only one
        real digit, the limit is 0, so only an exact copy is near.
        """
        real = self.real(digit)
        if len(real) == 1:
            return 0.0
        distances, _ = nearest_distances(real, real, np.arange(len(real)))
        return float(np.quantile(distances, NEAR))

    def __call__(
        self, images: Pictures, digits: NDArray[np.integer] | None
    ) -> list[bool]:
        """Return whether each image, (N, 28, 28), is near a real image of its digit.

        `digits` is (N,); None means any digit.
        """
        near = np.empty(len(images), bool)
        for digit in [None] if digits is None else np.unique(digits).tolist():
            rows = np.full(len(images), True) if digits is None else digits == digit
            distances, _ = nearest_distances(images[rows], self.real(digit))
            near[rows] = distances <= self.limit(digit)
        return near.tolist()
