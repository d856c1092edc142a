"""Finish drawings as MNIST's digits are: their grey levels, and the same box.

A generator draws the right shapes in other grey levels: too little blank paper, too
much faint grey. The finish (nnet/output_layers.py) maps G's output to grey levels with
a monotone curve. A value with a fraction r of all drawn pixels below it becomes the
grey level with a fraction r of all real pixels below it (histogram matching), or comes
as close to it as `MOST_CHANGE` permits. Then faint ink outside the box becomes paper.
Real digits have none, so they would not change. The finish only changes how drawings
look: D sees G's own output, in training and when it judges a drawing.

G clips its output, so full ink always is 1, and would get one level. Real full ink has
the levels 252 to 255. Four in five such pixels of a digit have the same level, which is
lower in digits with more ink (correlation -0.3). So the finish gives all full ink of a
drawing one value, which depends on the amount of its ink, before it matches histograms.

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
from gan.rules.config import Config
from gan.rules.latents import picture_latents
from nnet.fast.accelerate import accelerate
from nnet.fast.parallel_forward import forward_on_threads
from nnet.layer import Array, Layer
from nnet.output_layers import BORDERS, GREYS, NEVER, STEPS, Finish, cells
from nnet.sequential import Sequential

# limit for a pixel, 32 grey levels; otherwise noise would get the blank paper of real
# digits
MOST_CHANGE = 0.25
# drawings to which the finish of a saved generator is fitted; 64 fit it less exactly
FITTED = 1024
PART = 64  # of these, drawn at once
# number of real images that are counted; more would hardly change the curve
MOST_REAL = 4096
# the thresholds of `to_ink`, which rounds
UNCHANGED = (np.arange(1, GREYS) - 0.5) / 127.5 - 1


def count_greys(images: Pictures) -> NDArray[np.int64]:
    """Return how many pixels have each grey level, (256,), in images (N, 28, 28).

    At most `MOST_REAL` evenly chosen images count.
    """
    return np.bincount(images[:: -(-len(images) // MOST_REAL)].ravel(), minlength=GREYS)


def fit(drawn: Array, real_counts: NDArray[np.integer]) -> Finish:
    """Return the finish that gives output of a generator real digits' grey levels.

    The output is (N, 28, 28, 1) in [-1, 1]. `real_counts`, (256,), is the output of
    `count_greys` for real digits.
    """
    counts = np.bincount(cells(drawn).ravel(), minlength=len(BORDERS))  # (5120,)
    # drawn pixels below each cell, and half of those in it
    below = np.cumsum(counts) - counts / 2
    # share of real pixels up to each level
    real_share = np.cumsum(real_counts) / real_counts.sum()
    levels = np.searchsorted(real_share, below / drawn.size)  # (5120,), ascending
    # (255,) the first cell that reaches each level
    first = np.searchsorted(levels, np.arange(1, GREYS))
    highest = np.where(UNCHANGED + MOST_CHANGE < 1, UNCHANGED + MOST_CHANGE, NEVER)
    thresholds = np.clip(
        np.append(BORDERS, NEVER)[first], UNCHANGED - MOST_CHANGE, highest
    )
    thresholds = np.maximum(thresholds, BORDERS[1])  # an output of -1 stays paper
    return Finish((np.ceil(thresholds * STEPS) / STEPS).astype(np.float32))


def fit_finish(
    generator: Layer,
    config: Config,
    real_counts: NDArray[np.integer],
    drawings: int = FITTED,
) -> Sequential:
    """Return the generator and a finish that is fitted to so many of its drawings.

    It shares the weights.
    """
    # the transformed filters of Winograd's algorithm would take 17 MB
    G = accelerate(generator, "im2col")
    parts = np.split(picture_latents(config, drawings), drawings // PART)
    return with_finish(
        generator,
        fit(
            np.concatenate([forward_on_threads(G, part) for part in parts]), real_counts
        ),
    )


def with_finish(generator: Layer, finish: Finish) -> Sequential:
    return Sequential(*(layer for _, layer in generator.leaves()), finish)


def without_finish(generator: Layer) -> Sequential:
    """Return the generator without its finish, which no gradients can pass."""
    return Sequential(
        *(layer for _, layer in generator.leaves() if not isinstance(layer, Finish))
    )
