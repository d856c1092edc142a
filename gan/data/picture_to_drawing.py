"""Turn a picture into a drawing as in MNIST: 28 x 28 grey levels, ink 255 on paper 0.

Everything is computed with whole numbers, rounded half up.
static/js/logic/picture-to-drawing.js does the same, byte for byte.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gan.data.images_and_sheets import SIDE, Pictures

# Lowest contrast of a picture that is not blank, in grey levels. Compression changes
# white paper by less.
FAINT = 8


def to_grey(image: Image.Image) -> Pictures:
    """Return a picture in grey, (H, W) uint8.

    Transparent pixels get the colour of the paper. If most of the border is
    transparent, everything else is ink, and the paper is white or black, whichever
    differs more from the ink. Otherwise, the paper has the mean colour of the border.
    """
    if image.mode.startswith("I"):  # 16 bits; Pillow would clip them to 255
        return (np.asarray(image).clip(0, 65535) // 257).astype(np.uint8)
    if "A" not in image.mode and "transparency" not in image.info:
        return np.asarray(image.convert("L"))
    pixels = np.asarray(image.convert("RGBA").convert("LA"), np.int32)  # (H, W, 2)
    grey, alpha = np.moveaxis(pixels, -1, 0)  # (H, W) each
    opaque = grey * alpha
    edge = border(alpha)
    if edge.sum() < 128 * edge.size:
        ink = divided(opaque.sum(), max(1, alpha.sum()))
        paper = 255 if ink < 128 else 0
    else:
        paper = divided(border(opaque).sum(), edge.sum())
    return divided(opaque + paper * (255 - alpha), 255).astype(np.uint8)


def fit(grey: Pictures) -> Pictures:
    """Scale a picture, (H, W) uint8, so that its longer side has 28 pixels."""
    longer = max(grey.shape)
    height, width = (max(1, int(divided(SIDE * side, longer))) for side in grey.shape)
    return _scale_rows(_scale_rows(grey, width).T, height).T


def to_ink(grey: Pictures) -> Pictures | None:
    """Return a picture with paper 0 and its strongest ink 255, or None if it is blank.

    The paper is the median of the border. If the paper is lighter than the mean of the
    picture, ink is what is darker than the paper, otherwise what is lighter.
    """
    edge = np.sort(border(grey))
    paper = int(edge[edge.size // 2])
    side = -1 if paper * grey.size > grey.sum() else 1
    ink = (side * (grey.astype(np.int64) - paper)).clip(0)
    if ink.max() < FAINT:
        return None
    return divided(255 * ink, ink.max()).astype(np.uint8)


def pad(small: list[Pictures]) -> Pictures:
    """Centre pictures of at most 28x28 pixels on blank ones: (N, 28, 28)."""
    images = np.zeros((len(small), SIDE, SIDE), np.uint8)
    for image, picture in zip(images, small, strict=True):
        height, width = picture.shape
        top = (SIDE - height) // 2
        left = (SIDE - width) // 2
        image[top : top + height, left : left + width] = picture
    return images


def border(picture: NDArray[Any]) -> NDArray[Any]:
    """Return the outermost pixels, (H, W) -> (2H + 2W,); corners count twice."""
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def divided(total: Any, by: Any) -> Any:
    """Divide whole numbers, rounded half up."""
    return (2 * total + by) // (2 * by)


def _scale_rows(picture: Pictures, size: int) -> Pictures:
    """Scale each row, (H, W) -> (H, size).

    Every new pixel is a weighted mean of the old ones around it, with triangular
    weights as in Pillow. The sums are whole numbers, which float64 holds exactly if W
    is at most 20 million.
    """
    width = picture.shape[1]
    if width == size:
        return picture
    new = np.arange(1, 2 * size, 2)[:, None]  # new centres, in half pixels
    distance = abs(np.arange(1, 2 * width, 2) * size - new * width)
    weights = (2 * max(width, size) - distance).clip(0).astype(np.float64)  # (size, W)
    return divided(picture @ weights.T, weights.sum(1)).astype(np.uint8)
