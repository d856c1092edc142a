"""Real digits dealt out in batches, in an order that a run can go on with."""

import numpy as np
from numpy.typing import NDArray

from gan.config import Config
from gan.data.dataset import Dataset, only
from gan.data.distort import GENTLE, distort
from gan.errors import InputError
from gan.pictures import to_unit


class Batches:
    """Real digits in a shuffled order, each once before any comes again; an order ends with its last whole batch.

    Parameters
    ----------
    data : Dataset of N images
    size : images a batch; at most N, else InputError
    rng : draws the order, and the forms
    bend : whether an image comes in a slightly other form each time (gan/data/distort.py)
    """

    def __init__(self, data: Dataset, size: int, rng: np.random.Generator, bend: bool = False) -> None:
        if size > len(data.images):
            raise InputError(
                f"batch: expected at most the {len(data.images):,} images there are, received {size}; lower --batch",
                "batch",
            )
        self.data, self.size, self.rng, self.bend = data, size, rng, bend
        self.order = rng.permutation(len(data.images))  # (N,)
        self.position = 0

    def next(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """The next batch: (size, 28, 28, 1) float32 in [-1, 1], and which digits they are, (size,)."""
        if self.position + self.size > len(self.order):
            self.order = self.rng.permutation(len(self.order))
            self.position = 0
        chosen = self.order[self.position : self.position + self.size]
        self.position += self.size
        images = self.data.images[chosen]
        return distort(images, self.rng, GENTLE) if self.bend else to_unit(images), self.data.labels[chosen]


def check_data(config: Config, data: Dataset) -> None:
    """InputError if there are too few images of the config's digit for a batch."""
    Batches(only(data, config.digit), config.batch, np.random.default_rng(0))
