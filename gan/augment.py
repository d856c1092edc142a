"""Differentiable augmentation: D never sees an image as it is, but moved a little and with a square cut out of it.

With few real images D soon knows them by heart, and its gradient no longer says what a digit looks like. So every image
is changed by chance before D sees it, real ones and fakes alike: if D still tells them apart, it is not because it has
met that picture before. Were only the real ones changed, G would learn to draw moved digits with holes.

The change T of one image is linear in its ink (x + 1, which is 0 for paper): move it by a few pixels, S, then set the
square to paper, C. With C diagonal, 1 outside of the square and 0 inside,

    T = C S,      T^T = S^T C,      S^T: move it the other way

What leaves the picture is lost, and paper comes in on the other side; going back, zeros do. G's gradient passes through
the same change:

    d loss / d fake = T^T d loss / d (T fake)

In the gradient penalty (gan/penalty.py) nothing changes, if it asks D to be flat where D is asked: at T x, with
g = dD/d(T x). That is what we do. Asked of D and T together, the gradient by x would be T^T g, and the signal u_0 to be
pushed forward T T^T g in place of g. T T^T is diagonal, 1 where a pixel of x can be seen and 0 elsewhere: all that
would change is that D's slope along paper that the change put there costs nothing.

Source: Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training", section 3.2.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nnet.layer import Array

Look = Callable[[Array], tuple[Array, Callable[[Array], Array]]]  # images -> (what D sees, the way back of a gradient)

REACH = 3  # pixels that an image moves at most, up, down, left or right: an eighth of it, as in the source
HOLE = 7  # pixels a side of the square; the source cuts out half of the image's side, but a digit is thin


def as_it_is(images: Array) -> tuple[Array, Callable[[Array], Array]]:
    """No augmentation: D sees the images themselves."""
    return images, lambda dimages: dimages


def move(images: Array, by: NDArray[np.integer]) -> Array:
    """Move every image down and to the right by its two numbers of `by` (N, 2), -REACH to REACH; 0 comes in."""
    N, H, W, _ = images.shape
    around = np.pad(images[..., 0], ((0, 0), (REACH, REACH), (REACH, REACH)))
    rows = np.arange(H) + REACH - by[:, :1]  # (N, H), where every row comes from
    columns = np.arange(W) + REACH - by[:, 1:]  # (N, W)
    return around[np.arange(N)[:, None, None], rows[:, :, None], columns[:, None, :]][..., None]


def outside(corners: NDArray[np.integer], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """False in the square of HOLE pixels a side with that upper left corner, (N, 2); it may lie beyond the image."""
    _, H, W, _ = shape
    rows, columns = ((np.arange(n) - corners[:, [axis]]) for axis, n in enumerate((H, W)))  # (N, H), (N, W)
    hit = [(place >= 0) & (place < HOLE) for place in (rows, columns)]
    return ~(hit[0][:, :, None] & hit[1][:, None, :])[..., None]  # (N, H, W, 1)


class Augment:
    """Change every image in a way of its own.

    Parameters
    ----------
    rng : np.random.Generator
        Draws the changes; its state belongs to the run's.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def __call__(self, images: Array) -> tuple[Array, Callable[[Array], Array]]:
        """What D sees of the images, and the map that takes a gradient back to them.

        Parameters
        ----------
        images : (N, 28, 28, 1) in [-1, 1]

        Returns
        -------
        seen : (N, 28, 28, 1)
            T x, with paper (-1) where nothing is left.
        back : callable
            (N, 28, 28, 1), a gradient by what was seen, to (N, 28, 28, 1), the gradient by the images.
        """
        N, H, W, _ = images.shape
        by = self.rng.integers(-REACH, REACH + 1, (N, 2))  # (N, 2)
        corners = self.rng.integers(1 - HOLE, (H, W), (N, 2))  # every square that meets the image
        kept = outside(corners, images.shape)
        seen = move(images + 1, by) * kept - 1
        return seen, lambda dseen: move(dseen * kept, -by)
