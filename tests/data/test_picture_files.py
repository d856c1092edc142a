"""gan/data/picture_files.py: sixteen bits, animations, and wrong arrays."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan import data
from gan.base.errors import InputError
from gan.data.picture_files import read_picture
from tests.helpers.letters import letter


def test_sixteen_bits_and_the_first_frame_of_an_animation_are_read(
    tmp_path: Path,
) -> None:
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
    (
        {"images": np.zeros((3, 28, 28))},
        r"received \(3, 28, 28\) of float64; convert them",
    ),
    ({"images": np.zeros((3, 28), np.uint8)}, r"received \(3, 28\) of uint8"),
    ({"images": np.zeros((0, 28, 28), np.uint8)}, "expected images, found none; add"),
    (
        {"images": np.eye(28, dtype=np.uint8)[None], "labels": np.zeros(2, int)},
        r"expected labels \(1,\), one for each",
    ),
    (
        {"images": np.eye(28, dtype=np.uint8)[None], "labels": np.zeros(1)},
        r"received \(1,\) of float64",
    ),
    (
        {"pictures": np.eye(28, dtype=np.uint8)[None]},
        "cannot read it: its arrays must be images and, .*; found pictures; name",
    ),
    (
        {"images": np.eye(28, dtype=np.uint8)[None], "y": np.zeros(1, int)},
        "found images, y; name",
    ),
    ({"images": np.array([{}])}, "it holds Python objects; save images as uint8, and"),
]


@pytest.mark.parametrize(("arrays", "message"), WRONG_ARRAYS)
def test_a_wrong_array_is_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=message):
        data.load(tmp_path / "a.npz")


def test_a_cut_array_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, images=np.eye(28, dtype=np.uint8)[None])
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole[:90] + b"xxxx" + whole[94:]):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="it is damaged or another file; save or"):
            data.load(path)
