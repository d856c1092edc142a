"""Small pictures of three letters, without a font."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from gan.data.images_and_sheets import in_base64

LETTERS = "ABC"
STROKES = (
    [(10, 52), (30, 10), (50, 52), (40, 32), (20, 32)],
    [(14, 10), (14, 52), (40, 50), (44, 40), (14, 31), (40, 24), (38, 12), (14, 10)],
    [(50, 16), (34, 10), (16, 20), (12, 34), (20, 50), (36, 54), (50, 46)],
)


def letter(kind: int, shift: int = 0) -> Image.Image:
    """Return a picture of a letter, (60, 60), dark on light."""
    picture = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(picture).line(
        [(x + shift, y) for x, y in STROKES[kind % len(STROKES)]], 0, 4
    )
    return picture


def folder_of_letters(folder: Path, each: int = 20) -> Path:
    """Write `each` slightly different pictures of A, B and C into subfolders."""
    shifts = np.random.default_rng(0).integers(-4, 5, (len(LETTERS), each))
    for kind, name in enumerate(LETTERS):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, shift in enumerate(shifts[kind].tolist()):
            letter(kind, shift).save(folder / name / f"{number}.png")
    return folder


def drawings_file(
    save: Callable[..., None] = np.savez, count: int = 12, **changes: Any
) -> bytes:
    """Return a .npz file of drawings as a page sends it, with `changes`."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 5:25, 12:16] = 255
    arrays = {"images": images, "labels": np.array([*LETTERS] * 4), "ink": True}
    file = io.BytesIO()
    save(file, **(arrays | changes))
    return file.getvalue()


LETTER = in_base64(letter(0))
