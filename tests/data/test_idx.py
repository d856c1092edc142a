"""The IDX format of MNIST, and every kind of invalid file."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
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


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([*range(10), 9, 12], r"train-labels-idx1-ubyte.gz: label number 11 is 12; expected 0 to 9$"),
        ([0] * 5, f"found 12 images in .*{IMAGES}.gz and 5 labels in .*{LABELS}.gz$"),
    ],
)
def test_wrong_labels_are_refused(tmp_path: Path, labels: list[int], message: str) -> None:
    folder_of(tmp_path, labels=idx.pack(np.array(labels, np.uint8)))
    with pytest.raises(InputError, match=message):
        data.load(tmp_path)


@pytest.mark.parametrize("place", [2, 12, 4000, -6])  # in the header, in the body, in the checksum
def test_truncated_and_corrupt_gzip_data_are_refused(tmp_path: Path, place: int) -> None:
    path = folder_of(tmp_path) / f"{IMAGES}.gz"
    content = bytearray(path.read_bytes())
    flipped = bytes([*content[:place], content[place] ^ 0xFF, *content[place:][1:]])
    for damaged, message in (
        (bytes(content[:place]), "is truncated: its gzip data ends early; fetch"),
        (flipped, f"{IMAGES}.gz is corrupt gzip data .*; fetch or copy it again"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=message):
            data.load(tmp_path)


def header(magic: int, *lengths: int) -> bytes:
    return struct.pack(f">I{len(lengths)}I", magic, *lengths)


WRONG_IMAGES = {
    "empty": (b"", "is truncated: expected a header of 16 bytes, found 0"),
    "short header": (header(0x803, 12), "is truncated: expected a header of 16 bytes, found 8"),
    "short": (idx.pack(PICTURES)[:-9], "expected 9,424 bytes for the 12 images its header announces, found 9,415"),
    "announces terabytes": (header(0x803, 2**32 - 1, 28, 28), "4,294,967,295 images its header announces"),
    "long": (idx.pack(PICTURES) + b"x", "its header announces, found more;"),
    "foreign": (b"\x89PNG\r\n\x1a\n" * 9, "expected the magic number 2051 (0x00000803) at its start, found 2303741511"),
    "labels": (idx.pack(DIGITS), "is no IDX file of images: expected the magic number 2051 (0x00000803)"),
    "another size": (header(0x803, 1, 32, 30) + bytes(960), "expected images of 28x28 pixels, found 32x30"),
    "none": (header(0x803, 0, 28, 28), "expected at least one of its images, found none"),
}


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(("content", "message"), WRONG_IMAGES.values(), ids=WRONG_IMAGES.keys())
def test_a_wrong_file_is_named(tmp_path: Path, content: bytes, message: str, suffix: str) -> None:
    path = write(tmp_path / f"{IMAGES}{suffix}", content)
    write(tmp_path / LABELS, idx.pack(DIGITS))
    with pytest.raises(InputError) as caught:
        data.load(tmp_path)
    assert str(caught.value).startswith(f"{path}")
    assert message in str(caught.value)
    assert caught.value.field == "data"
