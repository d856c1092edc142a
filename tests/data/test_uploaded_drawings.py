"""gan/data/uploaded_drawings.py: a page's files are read, and others are refused."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.data.uploaded_drawings import MAX_BYTES, MOST, read_upload
from tests.helpers.letters import drawings_file
from tests.helpers.players import noise_digits


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_all_drawings_are_read_with_their_labels(save: Any) -> None:
    images = noise_digits(120).images
    labels = np.array(["star", "cat"] * 60)
    for order in ("C", "F"):
        drawings = read_upload(
            drawings_file(save, images=images.copy(order), labels=labels)
        )
        np.testing.assert_array_equal(drawings.images, images)
    assert drawings.names == ("cat", "star")
    assert drawings.labels.tolist() == [1, 0] * 60
    assert drawings.is_own


def test_as_many_as_a_page_sends_are_read() -> None:
    images = np.ones((MOST + 1, 28, 28), np.uint8)
    labels = np.array([digit * 40 for digit in "0123456789"] * (MOST // 10) + ["0"])
    body = drawings_file(images=images[:MOST], labels=labels[:MOST])
    assert len(body) <= MAX_BYTES
    assert len(read_upload(body).images) == MOST
    with pytest.raises(InputError, match="1 to 3,000 drawings, received 3,001"):
        read_upload(drawings_file(images=images, labels=labels))


PIXELS = r"images \(N, 28, 28\) of uint8, received"
WORDS = r"labels \(12,\) of text, received"
INK = "ink, which is True, received"
FILE = "which is True, received another file"
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "no drawings": (
        "1 to 3,000 drawings, received 0",
        {"images": np.zeros((0, 28, 28), np.uint8), "labels": np.zeros(0, "U1")},
    ),
    "other pixels": (PIXELS, {"images": np.ones((12, 28, 28))}),
    "larger": (PIXELS, {"images": np.ones((12, 29, 28), np.uint8)}),
    "in colour": (PIXELS, {"images": np.ones((12, 28, 28, 3), np.uint8)}),
    "objects": (FILE, {"images": np.array([{}])}),
    "objects as labels": (FILE, {"labels": np.array(["A"] * 12, object)}),
    "numbers as labels": (WORDS, {"labels": np.arange(12)}),
    "too few labels": (WORDS, {"labels": np.array(["A"])}),
    "labels in a table": (WORDS, {"labels": np.array([["A"]] * 12)}),
    "ink unknown": (INK, {"ink": False}),
    "several marks": (INK, {"ink": np.ones(12, bool)}),
    "more": (FILE, {"more": 1}),
    "too large unpacked": (
        FILE,
        {
            "images": np.ones((MOST, 28, 28), np.uint8),
            "labels": np.array(["A"] * MOST, "U200"),
        },
    ),
}


@pytest.mark.parametrize(("message", "changes"), OTHERS.values(), ids=list(OTHERS))
def test_other_arrays_are_refused(message: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"expected .*{message}"):
        read_upload(drawings_file(**changes))


def test_what_cannot_be_trained_on_is_refused() -> None:
    with pytest.raises(InputError, match="with ink, found 12 blank of 12"):
        read_upload(drawings_file(images=np.zeros((12, 28, 28), np.uint8)))
    with pytest.raises(InputError, match="expected a label of 1 to 40 visible"):
        read_upload(drawings_file(labels=np.array(["x" * 41] * 12)))


def packed(images: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a file whose "images.npy", its last member, is these bytes."""
    with zipfile.ZipFile(io.BytesIO(drawings_file())) as drawings:
        contents = {name: drawings.read(name) for name in drawings.namelist()}
    del contents["images.npy"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
        archive.writestr("images.npy", images)
    return file.getvalue()


def with_header(shape: str, content: bytes = b"") -> bytes:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def bomb() -> bytes:
    return with_header("(12, 28, 28)", bytes(10 * MAX_BYTES))


def liar(method: int) -> bytes:
    """Return a bomb whose last member declares a smaller size in the directory."""
    bomb_file = bytearray(packed(bomb(), method))
    size = bomb_file.rindex(b"PK\x01\x02") + 24
    bomb_file[size : size + 4] = struct.pack("<I", 9500)
    return bytes(bomb_file)


def changed(offset: int, byte: int) -> bytes:
    """Return a valid file with another byte in its last entry of the directory."""
    whole = bytearray(packed(with_header("(12, 28, 28)", bytes(12 * 784))))
    whole[whole.rindex(b"PK\x01\x02") + offset] ^= byte
    return bytes(whole)


# functions, because a bomb takes time to make
DAMAGED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a picture": lambda: b"\x89PNG\r\n\x1a\n",
    "an array without a zip": lambda: with_header("(1,)", b"1"),
    "the beginning": lambda: drawings_file()[:5000],
    "encrypted": lambda: changed(8, 1),
    "a wrong checksum": lambda: changed(16, 255),
    "no array": lambda: packed(b"text"),
    "no shape": lambda: packed(with_header("'x'")),
    "a shape without data": lambda: packed(with_header("(99999999999, 28, 28)")),
    "a bomb": lambda: packed(bomb()),
    "a bomb that declares less": lambda: liar(zipfile.ZIP_DEFLATED),
    "a bomb of bzip2": lambda: liar(zipfile.ZIP_BZIP2),
    "a bomb of lzma": lambda: liar(zipfile.ZIP_LZMA),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=list(DAMAGED))
def test_damaged_and_hostile_files_are_refused_without_filling_the_memory(
    content: Callable[[], bytes],
) -> None:
    received = content()
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="received another file"):
            read_upload(received)
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
    finally:
        tracemalloc.stop()
