"""Recommend a config for training data, and draw batches of the data's images."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.data import HEAD, Dataset, head, only
from gan.data.dataset import FEWEST
from gan.data.distortions import GENTLE, distort
from gan.data.images_and_sheets import to_unit
from gan.data.mnist import HEAD_SHA256, MNIST_SHA256
from gan.rules.run_config import Config, preset


def preset_for(
    data: Dataset, digit: int | None, of: Callable[..., Config] = preset, **changes: Any
) -> Config:
    """Return the recommended Config for a digit or label of the data.

    A run on a user's own images learns from all of them. If there are at most `FEWEST`
    per label, they are distorted. The default batch is no larger than the data. `of` is
    called with the arguments of `preset` to get the config, which is then adapted to
    the data.
    """
    if data.path:
        changes = {"names": data.names, "images": None} | changes
    if data.is_own and data.each <= FEWEST:
        changes = {"bend": True} | changes
    config = of(digit, few=data.is_few, **changes)
    count = len(only(data, digit).labels)
    if "batch" in changes or count >= config.batch:
        return config
    return replace(config, batch=count)


class Batches:
    """Batches of real digits in shuffled order.

    Every image appears once before any is repeated, except that an incomplete last
    batch is dropped. With `bend`, every image is distorted (GENTLE). Raise InputError
    if `size` exceeds the number of images.
    """

    def __init__(
        self, data: Dataset, size: int, rng: np.random.Generator, bend: bool = False
    ) -> None:
        if size > len(data.labels):
            expected = f"expected at most the {len(data.labels):,} available images"
            raise InputError(
                f"batch: {expected}, received {size}; lower --batch", "batch"
            )
        self.data = data
        self.size = size
        self.rng = rng
        self.bend = bend
        self.order = rng.permutation(len(data.labels))  # (N,)
        self.position = 0

    def next(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return the next batch of images and their digits, (size,).

        The images are (size, 28, 28, 1) float32 in [-1, 1].
        """
        if self.position + self.size > len(self.order):
            self.order = self.rng.permutation(len(self.order))
            self.position = 0
        chosen = self.order[self.position : self.position + self.size]
        self.position += self.size
        images = self.data.images[chosen]
        real = distort(images, self.rng, GENTLE) if self.bend else to_unit(images)
        return real, self.data.labels[chosen]


def batches_of(config: Config, data: Dataset, rng: np.random.Generator) -> Batches:
    """Return batches of the images of the config's digit, or of all digits.

    Raise InputError if the labels of the data differ from those of the config, or if
    there are too few images to fill a batch.
    """
    refuse_other_labels(config, data)
    images = head(only(data, config.digit), config.images)
    return Batches(images, config.batch, rng, config.bend)


def refuse_other_labels(config: Config, data: Dataset) -> None:
    if config.names != data.names:
        expected = ", ".join(config.names) or "the digits 0 to 9"
        found = ", ".join(data.names) or "the digits 0 to 9"
        advice = "pass the --data that the run started with"
        if not config.names:
            advice += ", or none for MNIST"
        raise InputError(
            f"{data.name}: expected images of {expected}, found {found}; {advice}",
            "data",
        )


def check_data(config: Config, data: Dataset) -> None:
    """Raise InputError if the data does not suit the config, as `batches_of` does."""
    batches_of(config, data, np.random.default_rng(0))


def identity(config: Config, data: Dataset) -> str:
    """Return the SHA-256 that identifies the images that a run learns from.

    It is HEAD_SHA256 if they are the first HEAD images of each of MNIST's digits. For
    any other part of a dataset, it is that of the whole dataset.
    """
    is_head = config.images == HEAD and data.sha256 == MNIST_SHA256
    return HEAD_SHA256 if is_head else data.sha256
