"""Differentiable augmentation: shift every image slightly and erase a square before D sees it.

With few real images, D memorizes them, and its gradient no longer tells G what a digit looks like. To prevent that,
every image, real or fake, is changed at random before D sees it. If only the real images were changed, G would learn to
draw shifted digits with holes.

The change T of one image is linear in its ink (x + 1, which is 0 for paper). S shifts the image by a few pixels, then C
sets the square to paper. C is diagonal, with 1 outside the square and 0 inside, so

    T = C S,      T^T = S^T C,      where S^T shifts in the opposite direction

Pixels that leave the image are lost, and paper fills the opposite side; in the backward pass, zeros fill it. G's
gradient passes through the same change:

    d loss / d fake = T^T d loss / d (T fake)

The gradient penalty (gan/rules/penalty.py) needs no change because we penalize the gradient at D's actual input, T x,
so g = dD/d(T x). If we penalized D and T together, the gradient with respect to x would be T^T g, and the signal u_0 to
push forward would be T T^T g instead of g. T T^T is diagonal, with 1 where a pixel of x is visible and 0 elsewhere. The
only difference would be that D's slope at the inserted paper pixels would not be penalized.

Source: Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training", section 3.2.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nnet.layer import Array

Augmentation = Callable[[Array], tuple[Array, Callable[[Array], Array]]]  # images -> (changed images, backward map)

REACH = 3  # the largest shift in each direction, in pixels: about an eighth of the side, as in the source
HOLE = 7  # side of the square in pixels; the paper uses half the image's side, but digits have thin strokes


def no_augmentation(images: Array) -> tuple[Array, Callable[[Array], Array]]:
    """Return the images unchanged, with an identity backward map."""
    return images, lambda dimages: dimages


def move(images: Array, by: NDArray[np.integer]) -> Array:
    """Shift each image down and right by its row of `by`, (N, 2), -REACH to REACH, and fill the gap with 0."""
    N, H, W, _ = images.shape
    around = np.pad(images[..., 0], ((0, 0), (REACH, REACH), (REACH, REACH)))
    rows = np.arange(H) + REACH - by[:, :1]  # (N, H), index of the source row of every row
    columns = np.arange(W) + REACH - by[:, 1:]  # (N, W)
    return around[np.arange(N)[:, None, None], rows[:, :, None], columns[:, None, :]][..., None]


def outside(corners: NDArray[np.integer], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return an (N, H, W, 1) mask that is False in each HOLE x HOLE square, given the top-left corners, (N, 2)."""
    _, H, W, _ = shape
    rows, columns = ((np.arange(n) - corners[:, [axis]]) for axis, n in enumerate((H, W)))  # (N, H), (N, W)
    inside = [(offset >= 0) & (offset < HOLE) for offset in (rows, columns)]
    return ~(inside[0][:, :, None] & inside[1][:, None, :])[..., None]  # (N, H, W, 1)


class Augment:
    """Shift every image at random and erase a random square.

    Parameters
    ----------
    rng : np.random.Generator
        Chooses the changes; its state is part of the run's state.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def __call__(self, images: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Return the changed images and a function that maps a gradient back to the originals.

        Parameters
        ----------
        images : (N, 28, 28, 1) in [-1, 1]

        Returns
        -------
        seen : (N, 28, 28, 1)
            T x, with paper (-1) where pixels were erased or shifted in.
        back : callable
            Maps the gradient with respect to `seen` to the gradient with respect to the images, both (N, 28, 28, 1).
        """
        N, H, W, _ = images.shape
        by = self.rng.integers(-REACH, REACH + 1, (N, 2))  # (N, 2)
        corners = self.rng.integers(1 - HOLE, (H, W), (N, 2))  # every square that overlaps the image
        mask = outside(corners, images.shape)
        seen = move(images + 1, by) * mask - 1
        return seen, lambda dseen: move(dseen * mask, -by)
