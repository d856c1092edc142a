"""Read and write IDX files, the format in which MNIST was published.

An IDX file consists of a short header and one byte for each pixel or label. The first
four bytes of the header, the "magic number", give the type (08 for unsigned bytes) and
the number of axes (03 for images, 01 for labels). The length of each axis follows as a
big-endian four-byte integer. Nothing marks the end of the file, so a file is accepted
only if its length matches the header exactly.

Source: http://yann.lecun.com/exdb/mnist/, "File formats for the MNIST database".
"""

import gzip
import io
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.data.images_and_sheets import SIDE

UNSIGNED_BYTES = 0x08  # the only IDX type that MNIST uses
GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20  # bytes read at a time
MNIST_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
NOUNS = {3: "images", 1: "labels"}  # by the number of axes

Bytes = NDArray[np.uint8]


def read_images(path: Path | str) -> Bytes:
    """Read a file of images: (N, 28, 28) uint8, read-only, ink 255, paper 0.

    N is at least 1. Raise InputError if the file cannot be read, is corrupt, truncated
    or too long, is not an IDX file of images, or has images of another size.
    """
    return _read(Path(path), 3)


def read_labels(path: Path | str) -> Bytes:
    """Read a file of labels: (N,) uint8, read-only, 0 to 9; N is at least 1.

    Raise InputError like `read_images`.
    """
    labels = _read(Path(path), 1)
    wrong = np.flatnonzero(labels > 9)
    if wrong.size:
        index = wrong[0]
        found = f"received {labels[index]} for image {index:,}"
        remedy = "fetch or copy it again"
        raise InputError(f"{path}: expected labels 0 to 9, {found}; {remedy}", "data")
    return labels


def pack(array: Bytes) -> bytes:
    """Return the bytes of an IDX file that contains an array of 1 to 255 axes."""
    axes = array.ndim
    header = struct.pack(f">HBB{axes}I", 0, UNSIGNED_BYTES, axes, *array.shape)
    return header + array.tobytes()


def find(directory: Path, stem: str) -> Path | None:
    """Find a file such as train-images-idx3-ubyte, gzipped or not.

    Its name may have a dot in place of the dash before idx.
    """
    dotted = stem.replace("-idx", ".idx")
    paths = (directory / name for name in (f"{stem}.gz", stem, f"{dotted}.gz", dotted))
    return next(filter(Path.is_file, paths), None)


@contextmanager
def open_content(path: Path) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    """Open a file to read its uncompressed content; reading errors become `InputError`.

    The first bytes, not the name, decide whether the file is gzipped, because a browser
    may unpack a file but keep the ``.gz`` in its name.
    """
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] == GZIP_MAGIC:
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield unpacked
            else:
                yield file
    except (EOFError, zlib.error, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"{path} cannot be read: {reason}; fetch or copy it again"
        raise InputError(message, "data") from error


def _read(path: Path, axes: int) -> Bytes:
    """Read an IDX file with this number of axes, and check its length."""
    body = bytearray()
    with open_content(path) as file:
        header = file.read(4 + 4 * axes)
        shape = _parse_header(path, header, axes)
        expected = math.prod(shape)
        while len(body) <= expected and (piece := file.read1(CHUNK)):
            body += piece
    if len(body) != expected:
        size = len(header) + expected
        promise = f"{size:,} bytes for the {shape[0]:,} {NOUNS[axes]}"
        found = f"{len(header) + len(body):,}" if len(body) < expected else "more"
        raise InputError(
            f"{path}: expected {promise} its header announces, "
            f"found {found}; fetch or copy it again",
            "data",
        )
    return np.frombuffer(bytes(body), np.uint8).reshape(shape)


def _parse_header(path: Path, header: bytes, axes: int) -> tuple[int, ...]:
    noun = NOUNS[axes]
    length = 4 + 4 * axes
    magic = UNSIGNED_BYTES << 8 | axes
    found = int.from_bytes(header[:4], "big")
    if len(header) >= 4 and found != magic:
        expected = f"expected the magic number {magic} (0x{magic:08x}) at its start"
        problem = f"{path} is no IDX file of {noun}: {expected}"
        raise InputError(
            f"{problem}, found {found} (0x{found:08x}); fetch or copy it again", "data"
        )
    if len(header) < length:
        expected = f"expected a header of {length} bytes, found {len(header)}"
        raise InputError(f"{path} is truncated: {expected}", "data")
    shape = struct.unpack(f">{axes}I", header[4:])
    if axes == 3 and shape[1:] != (SIDE, SIDE):
        expected = f"expected images of {SIDE}x{SIDE} pixels"
        raise InputError(f"{path}: {expected}, found {shape[1]}x{shape[2]}", "data")
    if shape[0] == 0:
        expected = f"expected at least one of its {noun}, found none"
        raise InputError(f"{path}: {expected}", "data")
    return shape
