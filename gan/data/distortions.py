"""Distort images of digits at random: rotate, shear, scale, shift and bend them.

If every real image is distorted differently each time, a network cannot memorize the
images and must learn what makes a digit. The classifier is trained this way (STRONG),
and so is a GAN with few real images (GENTLE). A GAN imitates its training images, so
the distorted shapes must be about as common in real handwriting as the original ones.

Every pixel of the new image takes its value from a source position in the old one,

    source = centre + A^-1 (pixel - centre - shift) + bend(pixel)

by bilinear interpolation (nnet/fast/kernels/bilinear_sampling.py). A rotates, shears
and scales. The bend is smooth: every point of a coarse grid is displaced at random, and
each pixel moves with the grid points around it.

The bend follows Simard et al. 2003, "Best practices for convolutional neural networks
applied to visual document analysis", section 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nnet.fast.kernels.bilinear_sampling import bilinear

# the inverses and the shifts of `random_maps`
Maps = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True)
class Forms:
    """The maximum amount of each kind of distortion."""

    turn: float  # rotation in radians, in either direction
    growth: float  # relative change of width and of height, up or down
    lean: float  # shear in pixels per pixel of height, to either side
    shift: float  # pixels, in each direction
    bend: float = 0.0  # standard deviation of a pixel's displacement, in pixels
    # amount of sharpening, which offsets the blur of the interpolation; see `sharpened`
    sharpen: float = 0.0


# For the classifier. With rotations above 11 degrees, some sevens would look like ones.
STRONG = Forms(turn=0.2, growth=0.12, lean=0.2, shift=1.0)
# For a GAN (docs/notebook.md). There is no shift because MNIST's digits are centred.
GENTLE = Forms(turn=0.1, growth=0.06, lean=0.1, shift=0.0, bend=0.35, sharpen=0.5)
NET = 5  # points along each side of the grid that bends an image
REACH = 0.7  # standard deviation of a point's bell-shaped influence, in grid spacings


def random_maps(n: int, rng: np.random.Generator, forms: Forms) -> Maps:
    """Draw n random distortions without bends.

    Return inverses, (n, 2, 2), and shifts in pixels, (n, 2). An inverse maps a position
    in the new image to one in the old, both as (y, x) from the centre.
    """
    turn = rng.uniform(-forms.turn, forms.turn, n)
    lean = rng.uniform(-forms.lean, forms.lean, n)
    grow = rng.uniform(1 - forms.growth, 1 + forms.growth, (n, 2))
    cos = np.cos(turn)
    sin = np.sin(turn)
    rotation = np.array([[cos, -sin], [sin, cos]]).transpose(2, 0, 1)  # (n, 2, 2)
    shear = np.tile(np.eye(2), (n, 1, 1))
    shear[:, 1, 0] = lean  # x changes with y
    inverses = rotation @ shear / grow[:, None]
    shifts = rng.uniform(-forms.shift, forms.shift, (n, 2))
    return inverses.astype(np.float32), shifts.astype(np.float32)


@cache
def near_points(pixels: int) -> NDArray[np.float32]:
    """Return how much each grid point moves each pixel along one axis, (pixels, NET).

    The squares of a pixel's weights add up to 1, so the displacements of pixels and of
    grid points have the same standard deviation.
    """
    place = np.linspace(0, NET - 1, pixels)[:, None]  # in grid spacings
    weight = np.exp(-0.5 * ((place - np.arange(NET)) / REACH) ** 2)
    return (weight / np.sqrt((weight**2).sum(1, keepdims=True))).astype(np.float32)


def random_bends(
    n: int, shape: Sequence[int], rng: np.random.Generator, forms: Forms
) -> NDArray[np.float32]:
    """Draw a random displacement (y, x) for every pixel: (n, H * W, 2) float32."""
    points = np.float32(forms.bend) * rng.standard_normal((n, 2, NET, NET), np.float32)
    rows, columns = map(near_points, shape)  # (H, NET), (W, NET)
    ways = rows @ points @ columns.T  # (n, 2, H, W)
    return np.moveaxis(ways.reshape(n, 2, -1), 1, 2)


def apply_maps(
    images: NDArray[np.uint8], maps: Maps, bends: NDArray[np.float32] | float
) -> NDArray[np.float32]:
    """Distort every image, (n, H, W), by its map and its bend.

    `maps` and `bends` are results of `random_maps` and `random_bends`; a bend of 0 is
    none. Everything outside the image counts as paper. The result, (n, H, W), has ink
    from 0 to 255.
    """
    n, H, W = images.shape
    inverses, shifts = maps
    centre = np.float32((H - 1) / 2), np.float32((W - 1) / 2)
    # pixel positions relative to the shifted centre
    down = np.arange(H, dtype=np.float32) - centre[0] - shifts[:, :1]  # (n, H)
    across = np.arange(W, dtype=np.float32) - centre[1] - shifts[:, 1:]  # (n, W)
    source = np.empty((n, H, W, 2), np.float32)
    for axis in range(2):  # A^-1 (y, x) is a row term plus a column term
        by_row = inverses[:, axis, :1] * down + centre[axis]  # (n, H)
        by_column = inverses[:, axis, 1:] * across  # (n, W)
        source[..., axis] = by_row[:, :, None] + by_column[:, None]
    ink = np.empty((n, H * W), np.float32)
    bilinear(images, source.reshape(n, -1, 2) + bends, ink)
    return ink.reshape(n, H, W)


def sharpened(ink: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """Sharpen images, (n, H, W) from 0 to 255.

    Every pixel grows by `amount` times its difference from its neighbours' mean.
    """
    wide = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    rows = wide[:, 1:-1]
    columns = wide[:, :, 1:-1]
    around = columns[:, :-2] + columns[:, 2:] + rows[:, :, :-2] + rows[:, :, 2:]
    return (ink + np.float32(amount) * (ink - around / 4)).clip(0, 255)


def distort(
    images: NDArray[np.uint8], rng: np.random.Generator, forms: Forms = STRONG
) -> NDArray[np.float32]:
    """Distort images at random: (n, H, W) uint8 -> (n, H, W, 1) float32 in [-1, 1]."""
    n, *shape = images.shape
    maps = random_maps(n, rng, forms)
    bends = random_bends(n, shape, rng, forms) if forms.bend else 0.0
    ink = apply_maps(images, maps, bends)
    if forms.sharpen:
        ink = sharpened(ink, forms.sharpen)
    return (ink / np.float32(127.5) - 1)[..., None]
