"""Load the training images: the sample that ships with the project, the full MNIST data set, or your own images.

`load()` returns the sample of 5,000 real digits, so that training works without a download. `load(PATH)` returns the
60,000 digits in a folder that contains MNIST's files, gzipped or not, or the user's own images (`own_images`).

`batches` shuffles and distorts them, `nearest` measures distances to them, and `idx` reads, writes and verifies MNIST's
files. `make_sample` selected the sample. `download` is the only module that accesses the internet, and only the command
`python -m gan.data download` uses it.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.cli.command_line import command
from gan.cli.labels import DIGITS
from gan.data import idx, own_images
from gan.errors import InputError

SAMPLE = Path(__file__).parents[1] / "mnist"  # the files of 5,000 real digits
DOWNLOAD_DIRECTORY = Path("data", "mnist")  # relative to the current folder
FEW = 1000  # images of each label; the sample has 500 and the full MNIST 6,000


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
        return bool(self.notes) and len(self.images) < own_images.FEWEST

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the images, the labels and their names, in hex."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        digest.update("\n".join(self.names).encode())
        return digest.hexdigest()


def load(directory: Path | str | None = None) -> Dataset:
    """Load the training images: MNIST's files in a folder, the user's own images (`own_images`), or the shipped sample.

    Raise InputError if a file is missing, truncated, corrupt or of another format, or if there are not as many labels
    as images.
    """
    if directory is None:
        sample = _load_pair(SAMPLE, "sample")
        return replace(sample, name=f"{len(sample.images):,}-digit sample", path=None)
    return _load_own(Path(directory), False) or _load_pair(Path(directory), "train")


def load_test(directory: Path | str) -> Dataset:
    """Load the images that training never uses: MNIST's test files (``t10k-...``), or held-out images of one's own.

    Raise InputError as `load` does.
    """
    path = Path(directory)
    if own := _load_own(path, True):
        return own
    data = _load_pair(path, "t10k")
    return replace(data, name=f"{len(data.images):,} test digits of {path}")


def _load_own(path: Path, held_out: bool) -> Dataset | None:
    """Load the user's own images, or the part that is held out. Return None if the path has others or none."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(f"{path}: expected a folder or a file, found a pipe or a device; choose another", "data")
    has_idx = path.is_dir() and any(idx.find(path, stem) for stem in idx.MNIST_SHA256)
    if has_idx or not own_images.is_own(path):
        return None
    own = own_images.read(path, held_out)
    name = f"{len(own.images):,} {'held-out ' if held_out else ''}images of {path}"
    return Dataset(own.images, own.labels, name, own.names, own.notes, str(path))


def _load_pair(directory: Path, prefix: str) -> Dataset:
    """Load the image and label files whose names begin with `prefix`."""
    image_path = _find(directory, f"{prefix}-images-idx3-ubyte")
    label_path = _find(directory, f"{prefix}-labels-idx1-ubyte")
    images, labels = idx.read_images(image_path), idx.read_labels(label_path)
    if len(images) != len(labels):
        found = f"found {len(images):,} images in {image_path} and {len(labels):,} labels in {label_path}"
        raise InputError(f"expected as many labels as images, {found}", "data")
    return Dataset(images, labels, f"{len(images):,} digits of {directory}", path=str(directory))


def _find(directory: Path, stem: str) -> Path:
    path = idx.find(directory, stem)
    if path is None:
        found = "found none" if directory.is_dir() else "found no such folder"
        expected = f"expected {stem} and MNIST's other files, or pictures, such as {directory / 'A' / '1.png'}"
        fetch = f'Fetch MNIST with "{command("gan.data")} download {directory}", or leave --data out to use the sample'
        raise InputError(f"{directory}: {expected}, {found}. {fetch}", "data")
    return path


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
