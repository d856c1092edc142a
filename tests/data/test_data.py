"""The digits: MNIST, folders, and every kind of invalid file."""

import gzip
import lzma
import re
import shutil
import struct
from functools import cache
from pathlib import Path
from unittest.mock import Mock, call

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan import data
from gan.base.errors import InputError
from gan.data import idx, mnist
from gan.data.__main__ import main
from gan.data.images_and_sheets import to_ink, to_unit
from tests.helpers.commands import assert_refused
from tests.helpers.digits import (
    DIGITS,
    IMAGES,
    LABELS,
    PICTURES,
    folder_of,
    make_pipe,
    write,
)

# MNIST


@cache
def read(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes())


def read_one(digit: int, place: int) -> bytes:
    return read(mnist.FOLDER / f"train-{digit}.xz")[784 * place :][:784]


@pytest.mark.parametrize(("part", "count"), [("train", 60_000), ("test", 10_000)])
def test_mnist_has_its_images_in_the_order_of_its_labels(part: str, count: int) -> None:
    every = mnist.dataset(part)
    labels = np.frombuffer(read(mnist.FOLDER / "labels.xz"), np.uint8)
    own = labels[:count] if part == "train" else labels[-count:]
    assert np.array_equal(every.labels, own)
    assert every.images.shape == (count, 28, 28)
    for digit in range(10):
        assert every.images[every.labels == digit].tobytes() == read(
            mnist.FOLDER / f"{part}-{digit}.xz"
        )


def test_the_sums_that_stand_for_mnist_and_its_head_are_those_of_their_images() -> None:
    for part, expected in (
        (data.load(), mnist.MNIST_SHA256),
        (data.head(data.load(), data.HEAD), mnist.HEAD_SHA256),
    ):
        assert part.sha256 == mnist.MNIST_SHA256
        assert data.Dataset(part.images, part.labels, "").sha256 == expected


@given(st.lists(st.integers(0, 999), max_size=20))
def test_any_images_are_read_in_any_order(rows: list[int]) -> None:
    """Compare with images at their places in the digits' files.

    A place is the number of images of the same digit before the image.
    """
    labels = data.load().labels
    images = [
        read_one(int(labels[row]), int((labels[:row] == labels[row]).sum()))
        for row in rows
    ]
    part = data.load().take(np.array(rows, np.intp))
    assert part.images.tobytes() == b"".join(images)
    assert part.labels.tolist() == labels[rows].tolist()


def test_only_the_files_that_are_needed_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unpack = Mock(side_effect=mnist.unpack)
    monkeypatch.setattr(mnist, "unpack", unpack)
    data.head(data.only(data.load(), 3), 2).images.sum()
    data.load_test().take(np.flatnonzero(data.load_test().labels == 7)[:1]).images.sum()
    assert unpack.mock_calls == [call("train-3.xz", 2 * 784), call("test-7.xz", 784)]


MISSING = "cannot be read: No such file or directory; check out"
DAMAGED_MNIST: list[tuple[str, bytes | str | None, str]] = [
    ("train-3.xz", None, f"train-3.xz {MISSING}"),
    ("train-3.xz", b"", "train-3.xz is damaged: expected SHA-256 "),
    ("train-3.xz", "pipe", "train-3.xz cannot be read: it is not a regular file"),
    ("SHA256SUMS", None, f"SHA256SUMS {MISSING}"),
    ("SHA256SUMS", b"\xff\n", "SHA256SUMS is damaged: it does not list train-3.xz"),
    ("SHA256SUMS", "pipe", "SHA256SUMS cannot be read: it is not a regular file"),
]


@pytest.mark.parametrize(("name", "content", "message"), DAMAGED_MNIST)
def test_a_damaged_file_of_mnist_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes | str | None,
    message: str,
) -> None:
    folder = tmp_path / "mnist"
    shutil.copytree(mnist.FOLDER, folder)
    (folder / name).unlink()
    if isinstance(content, bytes):
        (folder / name).write_bytes(content)
    elif content:
        make_pipe(folder / name)
    monkeypatch.setattr(mnist, "FOLDER", folder)
    with pytest.raises(InputError) as caught:
        data.only(data.load(), 3).images.sum()
    assert message in str(caught.value)


def test_written_files_are_mnist_and_other_files_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        mnist, "dataset", lambda part: data.Dataset(PICTURES, DIGITS, part)
    )
    monkeypatch.setattr(mnist, "labels_of", lambda part: DIGITS)
    assert main(["write", str(tmp_path / "new")]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.name for path in paths} == set(idx.MNIST_FILES)
    for kind in ("images-idx3", "labels-idx1"):
        test, train = (
            tmp_path / "new" / f"{prefix}-{kind}-ubyte" for prefix in ("t10k", "train")
        )
        assert test.read_bytes() == train.read_bytes()
    np.testing.assert_array_equal(data.load(tmp_path / "new").images, PICTURES)
    before = paths[0].stat().st_mtime_ns
    paths[-1].unlink()
    assert main(["write", str(tmp_path / "new")]) == 0
    assert paths[0].stat().st_mtime_ns == before
    assert paths[-1].exists()
    paths[1].write_bytes(b"mine")
    capsys.readouterr()
    assert_refused(
        main,
        ["write", str(tmp_path / "new")],
        "gan.data",
        "expected MNIST's content, found other",
        capsys,
    )
    assert paths[1].read_bytes() == b"mine"


# A folder


# a browser may unpack a file but keep its name
@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize("name", ["{}", "{}.gz", "dotted", "dotted.gz"])
def test_a_folder_is_read_with_every_file_name(
    tmp_path: Path, name: str, is_packed: bool
) -> None:
    for stem, array in ((IMAGES, PICTURES), (LABELS, DIGITS)):
        path = tmp_path / name.format(stem).replace(
            "dotted", stem.replace("-idx", ".idx")
        )
        content = idx.pack(array)
        path.write_bytes(gzip.compress(content) if is_packed else content)
    dataset = data.load(tmp_path)
    np.testing.assert_array_equal(dataset.images, PICTURES)
    np.testing.assert_array_equal(dataset.labels, DIGITS)
    assert dataset.name == f"12 digits of {tmp_path}"


# Missing and invalid files


def test_a_missing_file_is_named_with_remedies(tmp_path: Path) -> None:
    (folder_of(tmp_path) / f"{LABELS}.gz").unlink()
    with pytest.raises(InputError, match=f"{LABELS} beside MNIST's other files"):
        data.load(tmp_path)
    (tmp_path / f"{IMAGES}.gz").unlink()
    with pytest.raises(InputError) as caught:
        data.load(tmp_path)
    assert str(caught.value).startswith(
        f"{tmp_path}: expected train-images-idx3-ubyte and MNIST's other files, or "
    )
    assert str(caught.value).endswith("found none; leave --data out to use MNIST")
    for path, found in (
        (tmp_path / "nowhere", "found no such folder"),
        (write(tmp_path / "file", b""), "received an"),
    ):
        expected = f"^{re.escape(str(path))}: expected .*, {found}"
        with pytest.raises(InputError, match=expected):
            data.load(path)


# The format


WRONG_LABELS = [
    (
        [*range(10), 9, 10],
        "labels-idx1-ubyte.gz: expected labels 0 to 9, received 10 for image 11; fetch",
    ),
    ([0] * 5, f"found 12 images in .*{IMAGES}.gz and 5 labels in .*{LABELS}.gz; take"),
]


@pytest.mark.parametrize(("labels", "message"), WRONG_LABELS)
def test_wrong_labels_are_refused(
    tmp_path: Path, labels: list[int], message: str
) -> None:
    folder_of(tmp_path, labels=idx.pack(np.array(labels, np.uint8)))
    with pytest.raises(InputError, match=message):
        data.load(tmp_path)


# in the header, in the body, in the checksum
@pytest.mark.parametrize("place", [2, 12, 4000, -6])
def test_truncated_and_corrupt_gzip_data_are_refused(
    tmp_path: Path, place: int
) -> None:
    path = folder_of(tmp_path) / f"{IMAGES}.gz"
    content = bytearray(path.read_bytes())
    truncated = bytes(content[:place])
    content[place] ^= 0xFF
    for damaged in (truncated, bytes(content)):
        path.write_bytes(damaged)
        with pytest.raises(
            InputError, match=f"{IMAGES}.gz cannot be read: .*; fetch or copy it again"
        ):
            data.load(tmp_path)


def header(*lengths: int) -> bytes:
    return struct.pack(">4I", 0x803, *lengths)


WRONG_IMAGES = {
    "empty": (b"", "is truncated: expected a header of 16 bytes, found 0"),
    "short": (
        idx.pack(PICTURES)[:-9],
        "expected 9,424 bytes for the 12 images its header announces, found 9,415",
    ),
    "announces terabytes": (
        header(2**32 - 1, 28, 28),
        "4,294,967,295 images its header announces",
    ),
    "long": (idx.pack(PICTURES) + b"x", "its header announces, found more;"),
    "foreign": (
        b"\x89PNG\r\n\x1a\n" * 9,
        "expected the magic number 2051 (0x00000803) at its start, found 2303741511",
    ),
    "another size": (
        header(1, 32, 30) + bytes(960),
        "expected images of 28x28 pixels, found 32x30",
    ),
    "none": (
        header(0, 28, 28),
        "expected at least one of its images, found none",
    ),
}


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(
    ("content", "message"), WRONG_IMAGES.values(), ids=WRONG_IMAGES.keys()
)
def test_a_wrong_file_is_named(
    tmp_path: Path, content: bytes, message: str, suffix: str
) -> None:
    path = write(tmp_path / f"{IMAGES}{suffix}", content)
    write(tmp_path / LABELS, idx.pack(DIGITS))
    with pytest.raises(InputError) as caught:
        data.load(tmp_path)
    assert str(caught.value).startswith(f"{path}")
    assert message in str(caught.value)
    assert caught.value.field == "data"


# One digit, and the two ranges of a pixel


def test_only_keeps_images_of_one_digit() -> None:
    dataset = data.Dataset(PICTURES, DIGITS, "twelve")
    threes = data.only(dataset, 3)
    np.testing.assert_array_equal(threes.images, PICTURES[[3, 10, 11]])
    assert threes.labels.tolist() == [3, 3, 3]
    assert threes.name == "twelve"
    assert data.only(dataset, None) is dataset
    named = data.Dataset(PICTURES[:3], DIGITS[:3], "three", ("A", "B", "C", "D"))
    for images, digit, message in (
        (dataset, -1, "expected a number from 0 to 9, received -1"),
        (dataset, 10, "expected a number from 0 to 9, received 10"),
        (
            data.Dataset(PICTURES[:3], DIGITS[:3], "three"),
            4,
            "three: contains no picture of the digit 4",
        ),
        (named, 3, "three: contains no picture of D"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            data.only(images, digit)
        assert caught.value.field == "digits"


def test_pixel_values_round_trip() -> None:
    images = np.resize(np.arange(256, dtype=np.uint8), (1, 28, 28))
    unit = to_unit(images)
    assert unit.shape == (1, 28, 28, 1)
    assert unit.dtype.name == "float32"
    assert unit.min() == -1
    assert unit.max() == 1
    assert (unit[images == 255] == 1).all()
    np.testing.assert_array_equal(to_ink(unit), images)
    np.testing.assert_array_equal(to_ink(unit[..., 0].astype(np.float64)), images)
    with pytest.raises(
        TypeError, match=r"expected images of dtype uint8 .*received float64"
    ):
        to_unit(images / 255)  # type: ignore[arg-type]


def test_ink_is_clipped_and_rounded_and_nan_is_paper() -> None:
    values = np.array(
        [-3, -1, -0.9961, 0.0, 0.5, 1, 1.7, np.inf, -np.inf, np.nan], np.float32
    )
    ink = to_ink(np.resize(values, (1, 28, 28, 1)))
    assert ink.shape == (1, 28, 28)
    assert ink.dtype.type == np.uint8
    assert ink.ravel()[:10].tolist() == [0, 0, 0, 128, 191, 255, 255, 255, 0, 0]
