"""gan/data/picture_files.py: files that are damaged, hostile or something else."""

import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan import data
from gan.data.picture_files import read_picture
from gan.errors import InputError
from tests.helpers.letters import letter


def test_sixteen_bits_and_the_first_frame_of_an_animation_are_read(tmp_path: Path) -> None:
    deep = np.zeros((28, 28), np.uint16)
    deep[10:18, 10:18] = 40_000
    Image.fromarray(deep).save(tmp_path / "a.png")
    frames = [letter(0), letter(1)]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    letter(0).save(tmp_path / "c.png")
    assert read_picture(tmp_path / "a.png").max() == 40_000 // 257
    first, alone = (read_picture(tmp_path / name) for name in ("b.gif", "c.png"))
    np.testing.assert_allclose(first.astype(int), alone, atol=2)


WRONG_ARRAYS = [
    ({"images": np.zeros((3, 28, 28))}, r"received \(3, 28, 28\) of float64; convert them"),
    ({"images": np.zeros((3, 28), np.uint8)}, r"received \(3, 28\) of uint8"),
    ({"images": np.zeros((0, 28, 28), np.uint8)}, r"received \(0, 28, 28\) of uint8"),
    ({"images": np.eye(28, dtype=np.uint8)[None], "labels": np.zeros(2, int)}, r"expected labels \(1,\) of text"),
    ({"images": np.eye(28, dtype=np.uint8)[None], "labels": np.zeros(1)}, r"received \(1,\) of float64"),
    ({"pictures": np.eye(28, dtype=np.uint8)[None]}, 'in a .npz file named "images" .* cannot be read: .*images'),
    ({"images": np.array([{}])}, "it cannot be read: Object arrays cannot be loaded"),
]


@pytest.mark.parametrize(("arrays", "message"), WRONG_ARRAYS)
def test_a_wrong_array_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=message):
        data.load(tmp_path / "a.npz")


INK = np.eye(28, dtype=np.uint8)[None] * 255


def packed(content: bytes = b"no array", method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    """Return a .npz file whose "images" are these bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("images.npy", content)
    return bytearray(file.getvalue())


def stored(header: bytes) -> bytes:
    """Return a .npy file with this header."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def damaged_arrays() -> dict[str, bytes]:
    """Return files that raise errors of different classes in zipfile and NumPy."""
    file = io.BytesIO()
    np.savez_compressed(file, images=INK)
    stream, encrypted, unknown, liar = (bytearray(file.getvalue()) for _ in range(4))
    stream[60:70] = bytes(10)
    central = encrypted.index(b"PK\x01\x02")
    encrypted[6] = encrypted[central + 8] = 1
    unknown[8] = unknown[central + 10] = 77
    liar[central + 24 : central + 28] = struct.pack("<I", 200)
    return {
        "zlib.error": bytes(stream), "RuntimeError": bytes(encrypted), "NotImplementedError": bytes(unknown),
        "a size that is too small": bytes(liar), "bytes": bytes(packed()), "no shape": stored(b"()"), "nothing": b"",
        "TokenError": stored(b"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 28, 28"),
        "a shape without data": stored(b"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999, 28, 28)}"),
    }  # fmt: skip


@pytest.mark.parametrize(("name", "content"), damaged_arrays().items())
@pytest.mark.parametrize("ending", [".npy", ".npz"])
def test_a_damaged_array_is_refused(tmp_path: Path, name: str, content: bytes, ending: str) -> None:
    (tmp_path / f"a{ending}").write_bytes(content)
    with pytest.raises(InputError, match=f"a{ending}: expected ") as caught:
        data.load(tmp_path / f"a{ending}")
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


def test_odd_labels_and_pipes_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=INK, labels=np.array(["1" * 5000]))
    with pytest.raises(InputError, match="expected a label of 1 to 40 visible characters"):
        data.load(tmp_path / "a.npz")
    os.mkfifo(tmp_path / "pipe.npy")
    with pytest.raises(InputError, match="found a pipe or a device"):
        data.load(tmp_path / "pipe.npy")
