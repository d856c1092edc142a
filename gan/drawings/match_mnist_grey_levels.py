"""Finish drawings like MNIST's digits: the same grey levels, and all ink in a box.

The box has 20 x 20 pixels. A generator draws the right shapes in other grey levels: too
little blank paper, too much faint grey. The finish (nnet/clipped_tanh_and_finish.py)
maps G's output to grey levels with a monotone curve. A value with a fraction r of all
drawn pixels below it becomes the grey level with a fraction r of all real pixels below
it (histogram matching), or comes as close to it as `MOST_CHANGE` permits. Then faint
ink outside the box becomes paper. Real digits have none, so they would not change. The
finish only changes how drawings look: D sees G's own output, in training and when it
judges a drawing.

G clips its output, so full ink is always 1 and would always get the same level. Real
full ink has the levels 252 to 255. Four in five such pixels of a digit have the same
level, which is lower in digits with more ink (correlation -0.3). So before it matches
histograms, the finish gives all full ink of a drawing one value, which depends on how
much ink the drawing has.

A run fits the curve to each sheet, and to more drawings when it saves its generator.
The curve depends only on G's weights, the run's latents and the training images, so it
needs no state, and a resumed run draws the same sheets.

Source: Gonzalez and Woods 2018, "Digital image processing", section 3.3; LeCun et al.
1998, "Gradient-based learning applied to document recognition", section III.A, for the
box.
"""

import numpy as np
from numpy.typing import NDArray

from gan.data.images_and_sheets import Pictures
from gan.rules.latents import picture_latents
from gan.rules.run_config import Config
from nnet.clipped_tanh_and_finish import BORDERS, GREYS, NEVER, STEPS, Finish, cells
from nnet.fast.accelerate import accelerate
from nnet.fast.parallel_forward import forward_on_threads
from nnet.layer import Array, Layer
from nnet.sequential import Sequential

# Maximum change of a pixel's value, 32 grey levels. Without a limit, even noise would
# get as much blank paper as real digits.
MOST_CHANGE = 0.25
# drawings to which the finish of a saved generator is fitted; 64 fit it less exactly
FITTED = 1024
PART = 64  # drawings made at a time, to fit the finish
# Maximum number of real images that are counted. More would hardly change the curve.
MOST_REAL = 4096
# Thresholds that change no grey level: the values at which `to_ink` rounds up.
UNCHANGED = (np.arange(1, GREYS) - 0.5) / 127.5 - 1


def count_greys(images: Pictures) -> NDArray[np.int64]:
    """Return how many pixels of images, (N, 28, 28), have each grey level, (256,).

    At most `MOST_REAL` evenly chosen images are counted.
    """
    step = -(-len(images) // MOST_REAL)
    return np.bincount(images[::step].ravel(), minlength=GREYS)


def fit(drawn: Array, real_counts: NDArray[np.integer]) -> Finish:
    """Return the layer, a `Finish`, that gives drawings the grey levels of real digits.

    `drawn` is a generator's output, (N, 28, 28, 1) in [-1, 1]. `real_counts`, (256,),
    is the output of `count_greys` for real digits.
    """
    counts = np.bincount(cells(drawn).ravel(), minlength=len(BORDERS))  # (5120,)
    # drawn pixels below each cell, and half of those in it
    below = np.cumsum(counts) - counts / 2
    # share of real pixels up to each level
    real_share = np.cumsum(real_counts) / real_counts.sum()
    levels = np.searchsorted(real_share, below / drawn.size)  # (5120,), ascending
    # (255,) the first cell that reaches each level
    first = np.searchsorted(levels, np.arange(1, GREYS))
    lowest = UNCHANGED - MOST_CHANGE
    highest = UNCHANGED + MOST_CHANGE
    highest[highest >= 1] = NEVER
    thresholds = np.clip(np.append(BORDERS, NEVER)[first], lowest, highest)
    thresholds = np.maximum(thresholds, BORDERS[1])  # an output of -1 stays paper
    return Finish((np.ceil(thresholds * STEPS) / STEPS).astype(np.float32))


def fit_finish(
    generator: Layer,
    config: Config,
    real_counts: NDArray[np.integer],
    drawings: int = FITTED,
) -> Sequential:
    """Return the generator followed by a finish that is fitted to its drawings.

    `drawings`, a multiple of PART, is the number of drawings to fit to. The result
    shares the generator's weights.
    """
    # The transformed filters of Winograd's algorithm would take 17 MB.
    G = accelerate(generator, "im2col")
    parts = np.split(picture_latents(config, drawings), drawings // PART)
    drawn = np.concatenate([forward_on_threads(G, part) for part in parts])
    return with_finish(generator, fit(drawn, real_counts))


def with_finish(generator: Layer, finish: Finish) -> Sequential:
    return Sequential(*(layer for _, layer in generator.leaves()), finish)


def without_finish(generator: Layer) -> Sequential:
    """Return the generator without its finish, so that gradients can pass through."""
    return Sequential(
        *(layer for _, layer in generator.leaves() if not isinstance(layer, Finish))
    )
