"""The IDX format of MNIST, and every kind of invalid file."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gan import data
from gan.data import idx
from gan.errors import InputError
from tests.helpers.digits import DIGITS, IMAGES, LABELS, PICTURES, folder_of, write


@given(
    images=hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.just(28), st.just(28))),
    labels=hnp.arrays(np.uint8, st.integers(1, 300), elements=st.integers(0, 9)),
    suffix=st.sampled_from(["", ".gz"]),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, images: idx.Bytes, labels: idx.Bytes, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("round")
    np.testing.assert_array_equal(idx.read_images(write(folder / f"i{suffix}", idx.pack(images))), images)
    np.testing.assert_array_equal(idx.read_labels(write(folder / f"l{suffix}", idx.pack(labels))), labels)


def test_the_format_by_hand(tmp_path: Path) -> None:
    """Compare with bytes written by hand from the format's specification: two labels, and the header of one image."""
    assert idx.pack(np.array([5, 9], np.uint8)) == bytes.fromhex("00000801 00000002 0509")
    assert idx.pack(PICTURES[:1])[:16] == bytes.fromhex("00000803 00000001 0000001c 0000001c")
    assert idx.read_labels(write(tmp_path / "l", bytes.fromhex("00000801 00000002 0509"))).tolist() == [5, 9]


def header(magic: int, *lengths: int) -> bytes:
    return struct.pack(f">I{len(lengths)}I", magic, *lengths)


WRONG_IMAGES = {
    "empty": (b"", "is truncated: expected a header of 16 bytes, found 0"),
    "short header": (header(0x803, 12), "is truncated: expected a header of 16 bytes, found 8"),
    "short": (
        idx.pack(PICTURES)[:-9],
        ": expected 9,424 bytes for the 12 images its header announces, found 9,415; fetch or copy",
    ),
    "a header that announces terabytes": (
        header(0x803, 2**32 - 1, 28, 28),
        ": expected 3,367,254,359,296 bytes for the 4,294,967,295 images its header announces, found 16;",
    ),
    "long": (
        idx.pack(PICTURES) + b"x",
        ": expected 9,424 bytes for the 12 images its header announces, found more;",
    ),
    "foreign": (
        b"\x89PNG\r\n\x1a\n" * 9,
        "is no IDX file of images: expected the magic number 2051 (0x00000803) at its start, "
        "found 2303741511 (0x89504e47)",
    ),
    "labels": (
        idx.pack(DIGITS),
        "is no IDX file of images: expected the magic number 2051 (0x00000803) at its start, found 2049 (0x00000801)",
    ),
    "another size": (header(0x803, 1, 32, 30) + bytes(960), ": expected images of 28x28 pixels, found 32x30"),
    "none": (header(0x803, 0, 28, 28), ": expected at least one of its images, found none"),
}


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(("content", "message"), WRONG_IMAGES.values(), ids=WRONG_IMAGES.keys())
def test_a_wrong_file_is_named(tmp_path: Path, content: bytes, message: str, suffix: str) -> None:
    path = write(tmp_path / f"{IMAGES}{suffix}", content)
    write(tmp_path / LABELS, idx.pack(DIGITS))
    with pytest.raises(InputError) as caught:
        data.load(tmp_path)
    assert str(caught.value).startswith(f"{path}{'' if message[0] == ':' else ' '}{message}")
    assert caught.value.field == "data"


def test_a_label_above_nine_is_refused(tmp_path: Path) -> None:
    folder_of(tmp_path, labels=idx.pack(np.array([*range(10), 9, 12], np.uint8)))
    with pytest.raises(InputError, match=r"train-labels-idx1-ubyte.gz: label number 11 is 12; expected 0 to 9$"):
        data.load(tmp_path)


def test_different_numbers_of_images_and_labels_are_refused(tmp_path: Path) -> None:
    folder_of(tmp_path, labels=idx.pack(DIGITS[:5]))
    with pytest.raises(InputError, match=f"found 12 images in .*{IMAGES}.gz and 5 labels in .*{LABELS}.gz$"):
        data.load(tmp_path)


@pytest.mark.parametrize("length", [5, 5000, -8])  # in the header, in the body, without the checksum
def test_a_gzip_stream_that_ends_early_is_refused(tmp_path: Path, length: int) -> None:
    path = folder_of(tmp_path) / f"{IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError, match="is truncated: its gzip data ends early; fetch"):
        data.load(tmp_path)


@pytest.mark.parametrize("position", [12, 4000, -6])
def test_corrupt_gzip_data_is_refused(tmp_path: Path, position: int) -> None:
    path = folder_of(tmp_path) / f"{IMAGES}.gz"
    content = bytearray(path.read_bytes())
    content[position] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{IMAGES}.gz is corrupt gzip data .*; fetch or copy it again"):
        data.load(tmp_path)


@settings(max_examples=150, deadline=None)
@given(start=st.sampled_from([b"", header(0x803), header(0x803, 1, 28, 28), idx.GZIP_MAGIC, b""]), rest=st.binary())
def test_any_bytes_raise_input_error_only(tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes) -> None:
    path = tmp_path_factory.mktemp("junk") / "file"
    path.write_bytes(start + rest)
    with pytest.raises(InputError) as caught:
        idx.read_images(path)
    assert str(path) in str(caught.value)
