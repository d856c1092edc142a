"""Load the training digits: the sample that ships with the project, or the full MNIST data set in a folder.

`load()` returns the sample of 5,000 real digits, so that training works without a download. `load(DIR)` returns the
60,000 digits in a folder that contains MNIST's files, gzipped or not.

`batches` shuffles and distorts them, `nearest` measures distances to them, and `idx` reads, writes and verifies their
files. `make_sample` selected the sample. `download` is the only module that accesses the internet, and only the command
`python -m gan.data download` uses it.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.command_line import command
from gan.data import idx
from gan.errors import InputError

SAMPLE = Path(__file__).parent.parent / "mnist"  # the files of 5,000 real digits
DOWNLOAD_DIRECTORY = Path("data", "mnist")  # relative to the current folder


@dataclass(frozen=True)
class Dataset:
    """Images of digits with their labels.

    Attributes
    ----------
    images : ndarray of shape (N, 28, 28), uint8
        Ink is 255, paper 0, as in MNIST.
    labels : ndarray of shape (N,), uint8
        The digit of each image, 0 to 9.
    name : str
        The name to display: "5,000-digit sample" or "60,000 digits of DIR".
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    name: str


def load(directory: Path | str | None = None) -> Dataset:
    """Load the training digits from a folder, or the shipped sample if `directory` is None.

    Raises
    ------
    InputError
        If a file is missing, truncated, corrupt or of another format, or if there are not as many labels as images.
    """
    if directory is not None:
        return _load_pair(Path(directory), "train", "{count:,} digits of {directory}")
    return _load_pair(SAMPLE, "sample", "{count:,}-digit sample")


def load_test(directory: Path | str) -> Dataset:
    """Load the test files (``t10k-...``) in a folder. Training never uses them. Raise InputError as `load` does."""
    return _load_pair(Path(directory), "t10k", "{count:,} test digits of {directory}")


def only(dataset: Dataset, digit: int | None) -> Dataset:
    """Keep only the images of one digit, or all images if `digit` is None.

    The name of the dataset does not change, because it says where the images come from.

    Raises
    ------
    InputError
        If `digit` is not 0 to 9, or if the dataset has no image of it.
    """
    if digit is None:
        return dataset
    if digit not in range(10):
        raise InputError(f"expected a digit from 0 to 9, received {digit}", "digits")
    chosen = dataset.labels == digit
    if not chosen.any():
        raise InputError(f"{dataset.name}: contains no image of the digit {digit}", "digits")
    return replace(dataset, images=dataset.images[chosen], labels=dataset.labels[chosen])


def _load_pair(directory: Path, prefix: str, name: str) -> Dataset:
    """Load the image and label files whose names begin with `prefix`.

    The format string `name` may contain `{count}` and `{directory}`.
    """
    image_path = _find(directory, f"{prefix}-images-idx3-ubyte")
    label_path = _find(directory, f"{prefix}-labels-idx1-ubyte")
    images, labels = idx.read_images(image_path), idx.read_labels(label_path)
    if len(images) != len(labels):
        raise InputError(
            f"expected as many labels as images, found {len(images):,} images in {image_path} "
            f"and {len(labels):,} labels in {label_path}",
            "data",
        )
    return Dataset(images, labels, name.format(count=len(images), directory=directory))


def _find(directory: Path, stem: str) -> Path:
    path = idx.find(directory, stem)
    if path:
        return path
    if directory == SAMPLE:
        raise InputError(
            f"{directory / stem}.gz is missing from the shipped sample; check out the project again", "data"
        )
    if not directory.is_dir():
        state = f"{directory} is not a folder" if directory.exists() else f"the folder {directory} does not exist"
    else:
        state = f"{directory} does not hold {stem}"
    plain, dotted = stem, idx.names(stem)[-1]
    raise InputError(
        f"{state}; looked for {plain} and {dotted}, each with and without .gz. Fetch the full set with "
        f'"{command("gan.data")} download {directory}", or name the folder that holds it with --data DIR. '
        "To train a GAN on the shipped 5,000-digit sample, leave --data out",
        "data",
    )
