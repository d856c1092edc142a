"""Convert pictures of digits between network input, stored images and sheets.

A sheet shows dark ink on white paper, as people write. MNIST stores light digits on a
dark background.
"""

import base64
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gan.base.errors import InputError
from nnet.durable_write import replacing

Pictures = NDArray[np.uint8]  # (N, 28, 28), ink 255, paper 0, as MNIST stores them

GAP = 2  # pixels of paper around every digit
SIDE = 28  # side of a digit's image in pixels
# maximum side of a sheet that is read, in pixels; fits 136 drawings in a row
LONGEST_SIDE = 4096


def to_unit(images: Pictures) -> NDArray[np.float32]:
    """Convert stored images to network input by x / 127.5 - 1.

    (N, 28, 28) uint8 -> (N, 28, 28, 1) float32. Ink is +1 and paper -1, the range of
    the generator's tanh. Raise TypeError if the images are not uint8, because values in
    another range would silently give wrong results.
    """
    if images.dtype != np.uint8:
        expected = "expected images of dtype uint8 (ink 255)"
        raise TypeError(f"{expected}, received {images.dtype}")
    return (images.astype(np.float32) / np.float32(127.5) - np.float32(1))[..., None]


def to_ink(images: NDArray[np.floating]) -> Pictures:
    """Convert the generator's output to images for storage.

    (N, 28, 28, 1) or (N, 28, 28) -> (N, 28, 28) uint8. This is the inverse of
    `to_unit`. Values outside of [-1, 1] are clipped, and NaN from a diverged network
    becomes paper.
    """
    if images.ndim == 4:
        images = images[..., 0]  # (N, 28, 28)
    clipped = np.clip(np.nan_to_num(images.astype(np.float32), nan=-1), -1, 1)
    return np.rint((clipped + 1) * np.float32(127.5)).astype(np.uint8)


def sheet(images: Pictures, columns: int | None = None) -> Image.Image:
    """Arrange images, (n, H, W) uint8 with ink 255, on a sheet, where ink is 0.

    `columns` is the number of images in a row; None makes the sheet about square.
    """
    n, H, W = images.shape
    columns = columns or int(np.ceil(np.sqrt(n)))
    rows = -(-n // columns)
    cells = np.full((rows * columns, H + GAP, W + GAP), 255, np.uint8)
    cells[:n, GAP:, GAP:] = 255 - images
    grid = cells.reshape(rows, columns, H + GAP, W + GAP).swapaxes(1, 2)
    paper = grid.reshape(rows * (H + GAP), -1)
    return Image.fromarray(np.pad(paper, ((0, GAP), (0, GAP)), constant_values=255))


def drawings_on(path: Path | str, longest: int = LONGEST_SIDE) -> Pictures:
    """Return the drawings on a sheet that a run saved, (n, 28, 28) uint8, ink 255.

    This is the inverse of `sheet`. Raise InputError if the file is not such a sheet, or
    if a side is longer than `longest` pixels.
    """
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            if max(picture.size) > longest:
                # Checked before decoding, because a huge picture could fill the memory.
                raise ValueError(f"it has {picture.width}x{picture.height} pixels")
            paper = np.asarray(picture.convert("L"))
    except Exception as error:
        # Pillow has no base class for the errors that broken files cause.
        raise InputError(f"{path}: expected a picture of a run: {error}") from error
    step = SIDE + GAP
    rows = (paper.shape[0] - GAP) // step
    columns = (paper.shape[1] - GAP) // step
    if paper.shape != (rows * step + GAP, columns * step + GAP) or rows * columns == 0:
        expected = f"expected rows of drawings of {SIDE}x{SIDE} pixels"
        raise InputError(f"{path}: {expected}, found {paper.shape[::-1]} pixels")
    cells = paper[GAP:, GAP:].reshape(rows, step, columns, step)[:, :SIDE, :, :SIDE]
    return 255 - cells.swapaxes(1, 2).reshape(rows * columns, SIDE, SIDE)


def to_png(image: Image.Image, level: int = 6) -> bytes:
    """Encode a picture as PNG, ten times as fast as `save_png` but 3 % larger.

    Level 1 is faster, but 10 % larger.
    """
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=level)
    return file.getvalue()


def save_png(image: Image.Image, path: Path | str) -> None:
    """Write a picture as PNG, whatever the file name's ending.

    Raise OSError if the folder is not writable.
    """
    with replacing(path) as part:
        image.save(part, "PNG", optimize=True)


def in_base64(image: Image.Image | NDArray[np.uint8]) -> str:
    """Encode a picture, or grey levels (H, W), as PNG in base64."""
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    return base64.b64encode(to_png(picture)).decode("ascii")
