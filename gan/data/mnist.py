"""Read MNIST, which ships with the project, and write it for other programs.

`gan/mnist` has a compressed file for each digit, `train-0.xz` to `test-9.xz`, with its
images in MNIST's order, 784 bytes each. `labels.xz` has one byte for each image in
MNIST's order: the labels of the 60,000 training images, then those of the 10,000 test
images. So the labels tell which file has each image. A file is read when its images are
needed. It is first compared with its sum in `SHA256SUMS`, and then unpacked only up to
the last image needed.
"""

import hashlib
import io
import lzma
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.base.files import open_regular, refuse_other_file
from gan.data import idx
from gan.data.dataset import Dataset, Rows
from gan.data.images_and_sheets import SIDE, Pictures
from nnet.durable_write import replacing

FOLDER = Path(__file__).parents[1] / "mnist"
TRAINING = 60_000  # training images; the others are for tests
# images of each digit that quick runs learn from, and that drawings are compared with
HEAD = 500
# `Dataset.sha256` of all training images, and of the first HEAD of each digit, one
# digit after the other.
MNIST_SHA256 = "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b"
HEAD_SHA256 = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"
REMEDY = "check out the project or install it again"


def dataset(part: str) -> Dataset:
    """Return the images of a part, "train" or "test".

    The labels are read at once, the images when they are first used. Both raise
    InputError if a file is damaged.
    """
    labels = labels_of(part)
    read = partial(read_rows, part)
    if part == "train":
        return Dataset(read, labels, "MNIST", known_sha256=MNIST_SHA256)
    return Dataset(read, labels, f"{len(labels):,} test digits of MNIST")


@cache
def labels_of(part: str) -> NDArray[np.uint8]:
    """Return the labels of a part in MNIST's order, (60000,) or (10000,), read-only."""
    labels = np.frombuffer(unpack("labels.xz"), np.uint8)
    return labels[:TRAINING] if part == "train" else labels[TRAINING:]


def read_rows(part: str, rows: Rows) -> Pictures:
    """Return images of a part, (n, 28, 28).

    `rows`, (n,), are their indices in MNIST's order.
    """
    labels = labels_of(part)
    images = np.empty((len(rows), SIDE, SIDE), np.uint8)
    for digit in np.unique(labels[rows]).tolist():
        chosen = labels[rows] == digit
        # the indices of the images in the digit's file
        places = np.searchsorted(np.flatnonzero(labels == digit), rows[chosen])
        size = (int(places.max()) + 1) * SIDE * SIDE
        content = np.frombuffer(unpack(f"{part}-{digit}.xz", size), np.uint8)
        images[chosen] = content.reshape(-1, SIDE, SIDE)[places]
    return images


def unpack(name: str, size: int = -1) -> bytes:
    """Return the first `size` unpacked bytes of a file, or all of them.

    Raise InputError if it is missing or damaged.
    """
    sums = FOLDER / "SHA256SUMS"
    file = FOLDER / name
    with open_regular(file, remedy=REMEDY) as opened:
        packed = opened.read()
    with open_regular(sums, remedy=REMEDY) as opened:
        lines = opened.read().decode("ascii", "replace").splitlines()
    found = hashlib.sha256(packed).hexdigest()
    expected = next((line[:64] for line in lines if line[64:].strip() == name), None)
    if expected is None:
        raise InputError(f"{sums} is damaged: it does not list {name}; {REMEDY}")
    if found != expected:
        problem = f"expected SHA-256 {expected[:12]}.., found {found[:12]}.."
        raise InputError(f"{file} is damaged: {problem}; {REMEDY}")
    with lzma.open(io.BytesIO(packed)) as content:
        return content.read(size)


def write(folder: Path) -> list[Path]:
    """Write MNIST's four files as other programs expect them, and return their paths.

    The folder is created if missing. Files that already have the right content stay
    unchanged. Raise InputError if a file of the same name has other content, and
    OSError if a file cannot be written.
    """
    refuse_other_file(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / stem for stem in idx.MNIST_FILES]
    arrays = []
    for part in ("train", "test"):
        arrays += [dataset(part).images, labels_of(part)]
    for path, array in zip(paths, arrays, strict=True):
        content = idx.pack(array)
        if not path.exists():
            with replacing(path) as beside:
                beside.write_bytes(content)
        elif path.read_bytes() != content:
            # Never overwritten, because it may be the user's own data.
            advice = "move it away, or name another folder"
            raise InputError(f"{path}: expected MNIST's content, found other; {advice}")
    return paths
