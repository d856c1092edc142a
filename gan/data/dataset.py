"""Images of digits, or of what a user draws, with their labels."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.base.labels import DIGITS
from gan.data.images_and_sheets import Pictures

FEW = 1000  # images of each label up to which they are few; MNIST has 6,000
FEWEST = 100  # with fewer images of each label, the networks may memorize them

Rows = NDArray[np.integer]


@dataclass(frozen=True)
class Dataset:
    """Images with their labels.

    `take`, `only` and `head` return a part of a dataset, which reads only its own
    images.
    """

    # the images, (N, 28, 28), or a function that reads those with the given indices
    source: Pictures | Callable[[Rows], Pictures]
    # (n,), the digit of each image, or the index of its label in `names`
    labels: NDArray[np.uint8]
    name: str  # to display: "MNIST", "60,000 digits of DIR" or "300 images of PATH"
    # the labels of the user's own images; empty if they are the digits 0 to 9
    names: tuple[str, ...] = ()
    # what the user should know about the data, one line each
    notes: tuple[str, ...] = ()
    # the folder or file that the images come from; None for MNIST, which is part of
    # the project
    path: str | None = None
    is_own: bool = False  # whether these are the user's own images
    # (n,), the index of each image in `source`; None for all images in order
    rows: Rows | None = None
    known_sha256: str | None = None  # of the whole source, if it is known beforehand

    @cached_property
    def images(self) -> Pictures:
        """The images, (n, 28, 28) uint8, ink 255, paper 0, as in MNIST."""
        if callable(self.source):
            return self.source(self.indices)
        return self.source if self.rows is None else self.source[self.rows]

    @property
    def indices(self) -> Rows:
        """The index in the source of each image, (n,)."""
        return np.arange(len(self.labels)) if self.rows is None else self.rows

    @property
    def each(self) -> float:
        """The mean number of images of a label or digit."""
        return len(self.labels) / (len(self.names) or DIGITS)

    @property
    def is_few(self) -> bool:
        return self.each <= FEW

    @property
    def is_memorized(self) -> bool:
        """Whether the user's own images are so few that networks may memorize them."""
        return self.is_own and self.each < FEWEST

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the images, labels and names.

        For a part of MNIST's training images, it is the SHA-256 of all of them.
        """
        if self.known_sha256:
            return self.known_sha256
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        digest.update("\n".join(self.names).encode())
        return digest.hexdigest()

    def take(self, places: Rows | NDArray[np.bool_] | slice) -> "Dataset":
        """Return the part with the images at `places`: indices, a mask or a slice."""
        rows = self.indices[places]
        return replace(self, labels=self.labels[places], rows=rows)


def only(dataset: Dataset, digit: int | None) -> Dataset:
    """Keep only the images of one digit, or all images if `digit` is None.

    The dataset keeps its name. Raise InputError if `digit` is not 0 to 9 or the index
    of a label, or if the dataset has no image of it.
    """
    if digit is None:
        return dataset
    count = len(dataset.names) or DIGITS
    if digit not in range(count):
        expected = f"expected a number from 0 to {count - 1}"
        raise InputError(f"{expected}, received {digit}", "digits")
    chosen = dataset.labels == digit
    if not chosen.any():
        label = dataset.names[digit] if dataset.names else f"the digit {digit}"
        raise InputError(f"{dataset.name}: contains no picture of {label}", "digits")
    return dataset.take(chosen)


def head(dataset: Dataset, count: int | None) -> Dataset:
    """Keep only the first `count` images of each label, or all if it is None.

    The result is ordered by label.
    """
    if count is None:
        return dataset
    labels = dataset.labels
    places = np.concatenate(
        [np.flatnonzero(labels == label)[:count] for label in np.unique(labels)]
    )
    part = dataset.take(places)
    if len(places) == len(labels):
        return part
    kind = "label" if dataset.names else "digit"
    return replace(part, name=f"{dataset.name}, {count} of each {kind}")
