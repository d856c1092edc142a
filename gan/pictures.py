"""Digits side by side on one sheet of paper: dark ink on white, as people write, where MNIST stores light on dark."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GAP = 2  # pixels of paper around every digit


def sheet(images: NDArray[np.uint8], columns: int | None = None) -> Image.Image:
    """Lay images out in rows.

    Parameters
    ----------
    images : (n, H, W) uint8, ink 255
    columns : images a row; None makes the sheet about square

    Returns
    -------
    Image : mode "L" (grey), ink 0, paper 255
    """
    n, H, W = images.shape
    columns = columns or int(np.ceil(np.sqrt(n)))
    rows = -(-n // columns)
    paper = np.full((rows * (H + GAP) + GAP, columns * (W + GAP) + GAP), 255, np.uint8)
    for index, image in enumerate(images):
        top, left = GAP + index // columns * (H + GAP), GAP + index % columns * (W + GAP)
        paper[top : top + H, left : left + W] = 255 - image
    return Image.fromarray(paper)


def save_png(image: Image.Image, path: Path) -> None:
    """Write a PNG beside its final name, then rename: a reader never meets half a picture."""
    beside = path.with_name(f".{path.name}.part")
    image.save(beside, "PNG", optimize=True)
    beside.replace(path)
