"""Make the shipped sample: the first 500 images of each digit in MNIST's training set, zeros first.

    python -m tools.make_sample DIR

DIR is a folder with the full MNIST (`python -m gan.data download DIR`). gan/mnist/README.md has the expected SHA-256.
"""

import gzip
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan.cli.command_line import Parser, exit_code
from gan.data import SAMPLE, idx, load, load_test
from gan.errors import InputError

PER_DIGIT = 500
STEMS = ("sample-images-idx3-ubyte", "sample-labels-idx1-ubyte")


def make(data: Path, out: Path) -> None:
    """Write the sample's two files into the folder `out`, and print what was checked."""
    train, test = load(data), load_test(data)
    chosen = np.concatenate([np.flatnonzero(train.labels == digit)[:PER_DIGIT] for digit in range(10)])
    images, labels = train.images[chosen], train.labels[chosen]
    counts = np.bincount(labels, minlength=10).tolist()
    if counts != [PER_DIGIT] * 10:
        raise InputError(f"{data}: expected {PER_DIGIT} training images of each digit or more, found {counts}", "data")
    if leaked := len({image.tobytes() for image in images} & {image.tobytes() for image in test.images}):
        raise InputError(f"{data}: {leaked} of the images are in the test set; expected none", "data")
    print(f"{len(images):,} images, the first {PER_DIGIT} of each digit; none is in the test set")
    for stem, array in zip(STEMS, (images, labels), strict=True):
        content = idx.pack(array)
        # The gzip header contains no time, so that the same digits give the same bytes.
        (out / f"{stem}.gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
        print(f"{stem}: SHA-256 {hashlib.sha256(content).hexdigest()}")


def build_parser() -> Parser:
    parser = Parser("python -m tools.make_sample", description="Make the shipped sample.")
    parser.add_argument("data", type=Path, metavar="DIR", help="folder of the full MNIST")
    parser.add_argument("-o", "--out", type=Path, default=SAMPLE, metavar="DIR", help="(default: the sample's)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    return exit_code("tools.make_sample", lambda: make(**vars(build_parser().parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
