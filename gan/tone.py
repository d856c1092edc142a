"""Fit the grey levels of a generator's drawings to those of real digits.

A generator draws the right shapes in other grey levels: too little blank paper, too much faint grey. The tone curve is
a monotone map from G's output to grey levels. A value with a fraction r of all drawn pixels below it becomes the grey
level with a fraction r of all real pixels below it (histogram matching), or comes as close to it as `MOST_CHANGE`
permits. The curve only changes how drawings look: D sees G's own output, in training and when it judges a drawing.

A run fits the curve to each sheet. It depends only on G's weights, the sheet's latents and the training images, so it
needs no state, and a resumed run draws the same sheets.

Source: Gonzalez and Woods 2018, "Digital image processing", section 3.3.
"""

import numpy as np
from numpy.typing import NDArray

from gan.pictures import Pictures
from nnet.image_output import GREYS, NEVER, ToneCurve
from nnet.layer import Array, Layer
from nnet.sequential import Sequential

MOST_CHANGE = 0.25  # limit for a pixel, 32 grey levels; otherwise noise would get the blank paper of real digits
MOST_REAL = 4096  # number of real images that are counted; more would hardly change the curve
# No threshold is lower, so that an output of -1 stays paper when thresholds are stored in half precision.
LOWEST = -1 + 2**-10
WITHOUT_CURVE = (np.arange(1, GREYS) - 0.5) / 127.5 - 1  # the thresholds at which `to_ink` rounds up


def count_greys(images: Pictures) -> NDArray[np.int64]:
    """Return how many pixels have each grey level, (256,), in at most `MOST_REAL` evenly chosen images, (N, 28, 28)."""
    return np.bincount(images[:: -(-len(images) // MOST_REAL)].ravel(), minlength=GREYS)


def fit(drawn: Array, real_counts: NDArray[np.integer]) -> ToneCurve:
    """Return the curve that gives drawings the grey levels of real digits.

    Parameters
    ----------
    drawn : (N, 28, 28, 1) float32 in [-1, 1]
        The generator's output.
    real_counts : (256,)
        The output of `count_greys` for real digits.
    """
    values, counts = np.unique(np.nan_to_num(drawn, nan=-1), return_counts=True)
    below = np.cumsum(counts) - counts / 2  # drawn pixels below each value, and half of those equal to it
    real_share = np.cumsum(real_counts) / real_counts.sum()  # share of real pixels up to each level
    levels = np.searchsorted(real_share, below / drawn.size)  # (values,), ascending
    first = np.searchsorted(levels, np.arange(1, GREYS))  # (255,) index of the first value that reaches each level
    thresholds = np.clip(np.append(values, NEVER)[first], WITHOUT_CURVE - MOST_CHANGE, WITHOUT_CURVE + MOST_CHANGE)
    return ToneCurve(np.maximum(thresholds, LOWEST).astype(np.float32))


def with_curve(generator: Layer, curve: ToneCurve) -> Sequential:
    """Return the generator followed by the curve. It shares the generator's weights."""
    return Sequential(*(layer for _, layer in generator.leaves()), curve)


def without_curve(generator: Layer) -> Sequential:
    """Return the generator without its curve, if it has one, so that gradients can pass through it."""
    return Sequential(*(layer for _, layer in generator.leaves() if not isinstance(layer, ToneCurve)))
