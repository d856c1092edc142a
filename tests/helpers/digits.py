"""Real digits, a few random ones, and helpers that write them as MNIST files."""

import gzip
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gan.data import HEAD, head, idx, load, only
from gan.data.images_and_sheets import Pictures

# 500 digits of each kind, one kind after the other; fast to read
SAMPLE = head(load(), HEAD)
IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"
RNG = np.random.default_rng(7)
PICTURES = RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8)
DIGITS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 3], np.uint8)


@cache
def real_digits(digit: int) -> Pictures:
    """Return 500 images of a digit."""
    return only(SAMPLE, digit).images


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(
        gzip.compress(content, mtime=0) if path.suffix == ".gz" else content
    )
    return path


def folder_of(directory: Path, labels: bytes = idx.pack(DIGITS)) -> Path:
    """Write the training files into a folder and return it."""
    write(directory / f"{IMAGES}.gz", idx.pack(PICTURES))
    write(directory / f"{LABELS}.gz", labels)
    return directory


def make_pipe(path: Path) -> None:
    """Create a named pipe, from which a reader would wait forever."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("Windows has no pipes in folders")
    os.mkfifo(path)
