"""Images of digits, or of what a user draws, with their labels."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gan.cli.label_names import DIGITS
from gan.errors import InputError

FEW = 1000  # images of each label; the sample has 500 and the full MNIST 6,000
FEWEST = 100  # with fewer images of one's own, none is held out, and the networks memorize them


@dataclass(frozen=True)
class Dataset:
    """Images of digits with their labels."""

    images: NDArray[np.uint8]  # (N, 28, 28), ink 255, paper 0, as in MNIST
    labels: NDArray[np.uint8]  # (N,), the digit of each image, or the index of its label in `names`
    name: str  # to display: "5,000-digit sample", "60,000 digits of DIR" or "300 images of PATH"
    names: tuple[str, ...] = ()  # the labels of the user's own images; empty if they are the digits 0 to 9
    notes: tuple[str, ...] = ()  # what the user should know about the data, one line each
    path: str | None = None  # the folder or file that the images come from, None for the shipped sample

    @property
    def is_few(self) -> bool:
        """Whether there are few images of each label, as in the shipped sample."""
        return len(self.images) <= FEW * (len(self.names) or DIGITS)

    @property
    def is_memorized(self) -> bool:
        """Whether these are the user's own images, so few that none is held out and the networks memorize them."""
        return bool(self.notes) and len(self.images) < FEWEST

    @cached_property
    def sha256(self) -> str:
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        digest.update("\n".join(self.names).encode())
        return digest.hexdigest()


def only(dataset: Dataset, digit: int | None) -> Dataset:
    """Keep only the images of one digit, or all images if `digit` is None, under the same name.

    Raise InputError if `digit` is not 0 to 9 or the index of a label, or if the dataset has no image of it.
    """
    if digit is None:
        return dataset
    count = len(dataset.names) or DIGITS
    if digit not in range(count):
        raise InputError(f"expected a digit from 0 to {count - 1}, received {digit}", "digits")
    chosen = dataset.labels == digit
    if not chosen.any():
        label = dataset.names[digit] if dataset.names else f"the digit {digit}"
        raise InputError(f"{dataset.name}: contains no picture of {label}", "digits")
    return replace(dataset, images=dataset.images[chosen], labels=dataset.labels[chosen])
