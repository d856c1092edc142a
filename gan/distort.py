"""The same digit, written a little differently: turned, leant, larger or smaller, moved.

A classifier that sees every training image in a new form each time learns what makes a digit rather than the 60,000
pictures themselves. Only the classifier's training uses this; the GAN learns from the images as they are.

Every pixel of the new picture looks up where it lies in the old one,

    source = centre + A^-1 (pixel - centre - shift)

and takes a mean of the four pixels around that place, weighted by nearness (bilinear interpolation).
"""

import numpy as np
from numpy.typing import NDArray

TURN = 0.2  # radians, standard 11 degrees: more would make other people's sevens and ones alike
GROWTH = 0.12  # of either axis, up to so much larger or smaller
LEAN = 0.2  # pixels to the side for a pixel upwards
SHIFT = 1.0  # pixels: MNIST has its digits centred


def random_maps(n: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw n small changes of form.

    Returns
    -------
    inverses : (n, 2, 2) float32, from a place in the new picture to one in the old, both as (y, x) from the centre
    shifts : (n, 2) float32, pixels
    """
    turn, lean = rng.uniform(-TURN, TURN, n), rng.uniform(-LEAN, LEAN, n)
    grow = rng.uniform(1 - GROWTH, 1 + GROWTH, (n, 2))
    cos, sin = np.cos(turn), np.sin(turn)
    rotation = np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)  # (n, 2, 2)
    shear = np.tile(np.eye(2), (n, 1, 1))
    shear[:, 1, 0] = lean  # x moves with y
    inverses = rotation @ shear / grow[:, None]
    return inverses.astype(np.float32), rng.uniform(-SHIFT, SHIFT, (n, 2)).astype(np.float32)


def apply_maps(
    images: NDArray[np.uint8], inverses: NDArray[np.float32], shifts: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Draw every image anew.

    Parameters
    ----------
    images : (n, H, W) uint8; beyond the border there is paper
    inverses, shifts : as `random_maps` returns them

    Returns
    -------
    (n, H, W, 1) float32 in [-1, 1], as `gan.data.to_unit` gives it
    """
    n, H, W = images.shape
    centre = np.array([H - 1, W - 1], np.float32) / 2
    pixels = np.indices((H, W), np.float32).reshape(2, -1).T  # (HW, 2)
    source = (pixels - centre - shifts[:, None]) @ inverses.transpose(0, 2, 1) + centre  # (n, HW, 2)
    source = source.clip(-1, np.array([H, W], np.float32)) + 1  # places in the picture with a pixel of paper around
    corner = np.minimum(source.astype(np.int32), [H, W])  # (n, HW, 2): the upper left of the four
    fy, fx = np.moveaxis(source - corner.astype(np.float32), -1, 0)  # (n, HW): how far beyond it, 0 to 1

    padded = np.pad(images, ((0, 0), (1, 1), (1, 1))).astype(np.float32).ravel()
    stride = W + 2
    index = np.arange(n)[:, None] * ((H + 2) * stride) + corner[..., 0] * stride + corner[..., 1]  # (n, HW)
    upper = padded[index] * (1 - fx) + padded[index + 1] * fx
    lower = padded[index + stride] * (1 - fx) + padded[index + stride + 1] * fx
    ink = upper * (1 - fy) + lower * fy  # (n, HW), 0 to 255
    return (ink / np.float32(127.5) - 1).reshape(n, H, W, 1)


def distort(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw every image anew, each in a form of its own: (n, H, W) uint8 -> (n, H, W, 1) float32 in [-1, 1]."""
    return apply_maps(images, *random_maps(len(images), rng))
