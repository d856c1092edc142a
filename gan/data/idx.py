"""The IDX format, in which MNIST is distributed, gzipped or not.

An IDX file is a short header and then one byte for each pixel or label. The header's first four bytes, the "magic
number", tell the type (08: unsigned bytes) and the number of axes (03 for images, 01 for labels); then comes the length
of each axis, four bytes, high byte first. Nothing marks the end, so a file is only trusted if its length is exactly
what the header promises.

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

from gan.errors import InputError
from gan.pictures import SIDE

UNSIGNED_BYTES = 0x08  # the only IDX type that MNIST uses
GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20  # bytes read at a time

Bytes = NDArray[np.uint8]


def read_images(path: Path) -> Bytes:
    """Read a file of images.

    Returns
    -------
    ndarray of shape (N, 28, 28), uint8, read-only
        Ink is 255, paper 0; N is at least 1.

    Raises
    ------
    InputError
        If the file cannot be read, is corrupt, truncated, too long, no IDX file of images, or of another image size.
    """
    return _read(path, 3)


def read_labels(path: Path) -> Bytes:
    """Read a file of labels.

    Returns
    -------
    ndarray of shape (N,), uint8, read-only
        Digits 0 to 9; N is at least 1.

    Raises
    ------
    InputError
        As `read_images`, and if a label is above 9.
    """
    labels = _read(path, 1)
    wrong = np.flatnonzero(labels > 9)
    if wrong.size:
        raise InputError(f"{path}: label number {wrong[0]:,} is {labels[wrong[0]]}; expected 0 to 9", "data")
    return labels


def pack(array: Bytes) -> bytes:
    """Give the bytes of an IDX file that holds `array`, an array of uint8 with 1 to 255 axes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTES, array.ndim, *array.shape)
    return header + array.tobytes()


def names(stem: str) -> list[str]:
    """Give the names under which people keep a file, say ``train-images-idx3-ubyte``, in the order of the search."""
    dotted = stem.replace("-idx", ".idx")
    return [f"{stem}.gz", stem, f"{dotted}.gz", dotted]


def find(directory: Path, stem: str) -> Path | None:
    """Find the file in a folder under any of its `names`; None if there is none."""
    return next((path for path in (directory / name for name in names(stem)) if path.is_file()), None)


@contextmanager
def open_content(path: Path) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    """Open a file for reading its uncompressed content; what it cannot give becomes an `InputError`.

    Whether it is gzipped is seen from its first bytes, not from its name: browsers like to unpack a file and keep the
    ``.gz``. A gzip stream that ends early raises `EOFError`, which is left to the caller.
    """
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] == GZIP_MAGIC:
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield unpacked
            else:
                yield file
    except (zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is corrupt gzip data ({error}); fetch or copy it again", "data") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", "data") from error


def _read(path: Path, axes: int) -> Bytes:
    """Read an IDX file of `axes` axes, whose content is as long as its header promises to the byte."""
    with open_content(path) as file:
        header, _ = _take(file, 4 + 4 * axes)
        shape = _parse_header(path, header, axes)
        expected = math.prod(shape)
        body, ends_early = _take(file, expected + 1)  # one more than promised, to see whether the file ends there
    if len(body) != expected:
        state = "truncated" if len(body) < expected else "too long"
        found = f"{len(header) + len(body):,}" if len(body) < expected else "more"
        promise = f"expected {len(header) + expected:,} bytes for the {shape[0]:,} {_noun(axes)} its header announces"
        raise InputError(f"{path} is {state}: {promise}, found {found}; fetch or copy it again", "data")
    if ends_early:
        raise InputError(f"{path} is truncated: its gzip data ends before the checksum; fetch or copy it again", "data")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _take(file: io.BufferedReader | gzip.GzipFile, count: int) -> tuple[bytes, bool]:
    """Read `count` bytes, or all there are; also tell whether a gzip stream ended early, after the bytes that came."""
    pieces = bytearray()
    try:
        # read1, since read would lose what it already has when the stream breaks off.
        while piece := file.read1(min(CHUNK, count - len(pieces))) if len(pieces) < count else b"":
            pieces += piece
    except EOFError:
        return bytes(pieces), True
    return bytes(pieces), False


def _parse_header(path: Path, header: bytes, axes: int) -> tuple[int, ...]:
    """Check an IDX header and give the shape it announces."""
    noun, length = _noun(axes), 4 + 4 * axes
    magic = UNSIGNED_BYTES << 8 | axes
    if len(header) >= 4 and (found := int.from_bytes(header[:4], "big")) != magic:
        raise InputError(
            f"{path} is no IDX file of {noun}: expected the magic number {magic} (0x{magic:08x}) at its start, "
            f"found {found} (0x{found:08x})",
            "data",
        )
    if len(header) < length:
        raise InputError(f"{path} is truncated: expected a header of {length} bytes, found {len(header)}", "data")
    shape: tuple[int, ...] = struct.unpack(f">{axes}I", header[4:])
    if axes == 3 and shape[1:] != (SIDE, SIDE):
        raise InputError(f"{path}: expected images of {SIDE}x{SIDE} pixels, found {shape[1]}x{shape[2]}", "data")
    if shape[0] == 0:
        raise InputError(f"{path}: expected at least one of its {noun}, found none", "data")
    return shape


def _noun(axes: int) -> str:
    return "images" if axes == 3 else "labels"
