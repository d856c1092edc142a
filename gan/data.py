"""The digits to learn from: the sample that ships with the project, or the full MNIST in a folder of your own.

`load()` gives the sample: 5,000 real digits, so that training works offline from the first minute. `load(DIR)` gives
the 60,000 of a folder that holds MNIST's files, gzipped or not. Nothing here reaches the network, but for the one
command that is asked to::

    python -m gan.data download [--to DIR]     # fetch the full MNIST, 11 MB
    python -m gan.data check [DIR]             # tell what is there and whether it is right
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.errors import InputError
from gan.mnist import checksums, idx

SAMPLE_DIRECTORY = Path(__file__).parent / "mnist"
DOWNLOAD_DIRECTORY = Path("data", "mnist")  # below the current folder


@dataclass(frozen=True)
class Dataset:
    """Images of digits and what they show.

    Attributes
    ----------
    images : ndarray of shape (N, 28, 28), uint8
        Ink is 255, paper 0, as MNIST stores it.
    labels : ndarray of shape (N,), uint8
        The digit each image shows, 0 to 9.
    name : str
        What people see wherever the data is named: "5,000-digit sample" or "60,000 digits of DIR".
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    name: str


def load(directory: Path | None = None) -> Dataset:
    """Load the digits to train on: a folder's training files, or the shipped sample if `directory` is None.

    Raises
    ------
    InputError
        If a file is missing, truncated, foreign or corrupt, or if there are not as many labels as images.
    """
    if directory is not None:
        return _load_pair(directory, "train", "{count:,} digits of {directory}")
    return _load_pair(SAMPLE_DIRECTORY, "sample", "{count:,}-digit sample")


def load_test(directory: Path) -> Dataset:
    """Load a folder's test files (``t10k-...``), which are never trained on; errors as in `load`."""
    return _load_pair(directory, "t10k", "{count:,} test digits of {directory}")


def only(dataset: Dataset, digit: int | None) -> Dataset:
    """Keep the images of one digit, or all of them if `digit` is None. The name stays: it tells which data is in use.

    Raises
    ------
    InputError
        If `digit` is not 0 to 9, or if the data holds no image of it.
    """
    if digit is None:
        return dataset
    if digit not in range(10):
        raise InputError(f"expected a digit from 0 to 9, received {digit}", "digits")
    chosen = dataset.labels == digit
    if not chosen.any():
        raise InputError(f"{dataset.name}: there is no image of the digit {digit} in it", "digits")
    return replace(dataset, images=dataset.images[chosen], labels=dataset.labels[chosen])


def to_unit(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn stored images into what the networks see: x / 127.5 - 1.

    Parameters
    ----------
    images : ndarray of shape (N, 28, 28), uint8
        Ink 255, paper 0.

    Returns
    -------
    ndarray of shape (N, 28, 28, 1), float32
        Ink +1, paper -1: the range of the generator's tanh.

    Raises
    ------
    TypeError
        If the images are not uint8: dividing numbers of another range would go wrong silently.
    """
    if images.dtype != np.uint8:
        raise TypeError(f"expected images of dtype uint8 (ink 255), received {images.dtype}")
    return (images.astype(np.float32) / np.float32(127.5) - np.float32(1))[..., None]  # (N, 28, 28, 1)


def to_ink(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Turn what the generator draws into images that can be stored; the inverse of `to_unit`.

    Parameters
    ----------
    images : ndarray of shape (N, 28, 28, 1) or (N, 28, 28), floating
        Ink +1, paper -1. Values outside are clipped; NaN, as a diverged network gives, becomes paper.

    Returns
    -------
    ndarray of shape (N, 28, 28), uint8
        Ink 255, paper 0, rounded to the nearest.
    """
    if images.ndim == 4:
        images = images[..., 0]  # (N, 28, 28)
    clipped = np.clip(np.nan_to_num(images.astype(np.float32), nan=-1), -1, 1)
    ink: NDArray[np.uint8] = np.rint((clipped + 1) * np.float32(127.5)).astype(np.uint8)
    return ink


def _load_pair(directory: Path, prefix: str, name: str) -> Dataset:
    """Load the images and the labels whose names begin with `prefix`; `name` may refer to `count` and `directory`."""
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
    if directory == SAMPLE_DIRECTORY:
        raise InputError(
            f"{directory / stem}.gz is missing from the shipped sample; check the project out again", "data"
        )
    if not directory.is_dir():
        state = f"{directory} is not a folder" if directory.exists() else f"the folder {directory} does not exist"
    else:
        state = f"{directory} does not hold {stem}"
    plain, dotted = stem, idx.names(stem)[-1]
    raise InputError(
        f"{state}; looked for {plain} and {dotted}, each with and without .gz. Fetch the full set with "
        f'"python -m gan.data download --to {directory}", or name the folder that holds it with --data DIR. '
        "To train a GAN on the shipped 5,000-digit sample, leave --data out",
        "data",
    )


def _download(arguments: argparse.Namespace) -> int:
    # Imported here, so that nothing but this command even loads the code that reaches the network.
    from gan.mnist.download import download

    download(arguments.to)
    print(f"The full MNIST is in {arguments.to}, verified. Train on it with: python train.py --data {arguments.to}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    """Print a line a file; 0 if all of them are there and right, else 2."""
    print("shipped sample")
    sample = checksums.check(SAMPLE_DIRECTORY, checksums.SAMPLE)
    print(*(f"  {verdict}" for verdict in sample), sep="\n")
    print(f"{arguments.directory}{'' if arguments.directory.is_dir() else ' (no such folder)'}")
    full = checksums.check(arguments.directory, checksums.FULL_SET)
    print(*(f"  {verdict}" for verdict in full), sep="\n")
    return 2 if any(verdict.problem for verdict in sample + full) else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``python -m gan.data`` and give its exit code: 0 done, 2 bad input or no network, 130 stopped by Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m gan.data", description="The digits to learn from.")
    commands = parser.add_subparsers(required=True, metavar="download | check")
    download = commands.add_parser("download", help="fetch the full MNIST (11 MB); a stopped download is resumed")
    folder: dict[str, Any] = {"type": Path, "default": DOWNLOAD_DIRECTORY, "metavar": "DIR"}
    download.add_argument("--to", help="the folder to fill (default: %(default)s)", **folder)
    download.set_defaults(run=_download)
    check = commands.add_parser("check", help="tell which files are there and whether they are right")
    check.add_argument("directory", nargs="?", help="the folder to check (default: %(default)s)", **folder)
    check.set_defaults(run=_check)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. What has arrived is kept; the same command goes on from there.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
