"""Make batches of real digits in random order, optionally distorted."""

import numpy as np
from numpy.typing import NDArray

from gan.data import Dataset
from gan.data.distortions import GENTLE, distort
from gan.data.images_and_sheets import to_unit
from gan.errors import InputError


class Batches:
    """Batches of real digits in shuffled order, in which every image appears once before any is repeated.

    An incomplete last batch is dropped. With `bend`, every image is distorted (GENTLE). Raise InputError if `size`
    exceeds the number of images.
    """

    def __init__(self, data: Dataset, size: int, rng: np.random.Generator, bend: bool = False) -> None:
        if size > len(data.labels):
            expected = f"expected at most the {len(data.labels):,} available images"
            raise InputError(f"batch: {expected}, received {size}; lower --batch", "batch")
        self.data, self.size, self.rng, self.bend = data, size, rng, bend
        self.order = rng.permutation(len(data.labels))  # (N,)
        self.position = 0

    def next(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return the next batch of images, (size, 28, 28, 1) float32 in [-1, 1], and their digits, (size,)."""
        if self.position + self.size > len(self.order):
            self.order = self.rng.permutation(len(self.order))
            self.position = 0
        chosen = self.order[self.position : self.position + self.size]
        self.position += self.size
        images = self.data.images[chosen]
        return distort(images, self.rng, GENTLE) if self.bend else to_unit(images), self.data.labels[chosen]
