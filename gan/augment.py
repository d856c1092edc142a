"""Differentiable augmentation: D sees every image shifted a little and with a square cut out.

With few real images D memorizes them, and its gradient no longer tells what a digit looks like. So every image is
changed at random before D sees it, real images and fakes alike: D cannot recognize a real image by having seen it
before. If only the real images were changed, G would learn to draw shifted digits with holes.

The change T of one image is linear in its ink (x + 1, which is 0 for paper). S shifts it by a few pixels, then C sets
the square to paper. C is diagonal, 1 outside the square and 0 inside, so

    T = C S,      T^T = S^T C,      S^T: shift the other way

Pixels that leave the image are lost, and paper comes in on the other side; in the backward pass, zeros do. G's gradient
passes through the same change:

    d loss / d fake = T^T d loss / d (T fake)

The gradient penalty (gan/penalty.py) stays the same if it asks D to be flat where D is evaluated: at T x, with
g = dD/d(T x). That is what we do. For D and T together, the gradient by x would be T^T g, and the signal u_0 to push
forward T T^T g in place of g. T T^T is diagonal, 1 where a pixel of x is visible and 0 elsewhere. The only difference
would be that D's slope along paper inserted by the change costs nothing.

Source: Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training", section 3.2.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nnet.layer import Array

Augmentation = Callable[[Array], tuple[Array, Callable[[Array], Array]]]  # images -> (changed images, backward map)

REACH = 3  # the largest shift in pixels, in each direction: an eighth of the image, as in the source
HOLE = 7  # side of the square in pixels; the source cuts out half of the image's side, but a digit is thin


def no_augmentation(images: Array) -> tuple[Array, Callable[[Array], Array]]:
    """Show D the images themselves."""
    return images, lambda dimages: dimages


def move(images: Array, by: NDArray[np.integer]) -> Array:
    """Shift every image down and right by its two numbers in `by` (N, 2), from -REACH to REACH; 0 comes in."""
    N, H, W, _ = images.shape
    around = np.pad(images[..., 0], ((0, 0), (REACH, REACH), (REACH, REACH)))
    rows = np.arange(H) + REACH - by[:, :1]  # (N, H), the source of every row
    columns = np.arange(W) + REACH - by[:, 1:]  # (N, W)
    return around[np.arange(N)[:, None, None], rows[:, :, None], columns[:, None, :]][..., None]


def outside(corners: NDArray[np.integer], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a mask, False in the square of HOLE pixels a side with that upper left corner, (N, 2)."""
    _, H, W, _ = shape
    rows, columns = ((np.arange(n) - corners[:, [axis]]) for axis, n in enumerate((H, W)))  # (N, H), (N, W)
    inside = [(offset >= 0) & (offset < HOLE) for offset in (rows, columns)]
    return ~(inside[0][:, :, None] & inside[1][:, None, :])[..., None]  # (N, H, W, 1)


class Augment:
    """Change every image at random.

    Parameters
    ----------
    rng : np.random.Generator
        Draws the changes; its state is part of the run's state.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def __call__(self, images: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Return the changed images and the map that takes a gradient back to the originals.

        Parameters
        ----------
        images : (N, 28, 28, 1) in [-1, 1]

        Returns
        -------
        seen : (N, 28, 28, 1)
            T x, with paper (-1) where nothing is left.
        back : callable
            Maps the gradient by `seen` to the gradient by the images, both (N, 28, 28, 1).
        """
        N, H, W, _ = images.shape
        by = self.rng.integers(-REACH, REACH + 1, (N, 2))  # (N, 2)
        corners = self.rng.integers(1 - HOLE, (H, W), (N, 2))  # every square that overlaps the image
        mask = outside(corners, images.shape)
        seen = move(images + 1, by) * mask - 1
        return seen, lambda dseen: move(dseen * mask, -by)
