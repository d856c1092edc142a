"""Build the generator and the discriminator as sequences of layers.

The generator turns random numbers into a 28x28 image. Its dense layers make a 7x7
feature map, which two transposed convolutions enlarge to 14x14 and then 28x28. The
discriminator does the reverse: two convolutions halve the side, and dense layers turn
the 7x7 map into a logit, high for real images and low for fakes.
Pixels range from -1 (paper) to 1 (ink).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.layer import Layer
from nnet.sequential import Sequential

MAP = 7  # side of the smallest feature map: 28 halved twice


def build_generator(
    inputs: int,
    channels: tuple[int, int],
    rng: np.random.Generator,
    hidden: Sequence[int] = (),
) -> Sequential:
    """Build the generator, (N, inputs) -> (N, 28, 28, 1) float32 in [-1, 1].

    `channels` are those of the 14x14 map and of the 7x7 map. `hidden` are the widths of
    the dense layers before the 7x7 map.
    """
    channels_14, channels_7 = channels
    widths = [inputs, *hidden, MAP * MAP * channels_7]
    f = LeakyReLU()  # the activation of all layers but the last
    dense: list[Layer] = [Dense(a, b, rng, f) for a, b in pairwise(widths)]
    return Sequential(
        *dense,
        Reshape(MAP, MAP, channels_7),  # (N, 7, 7, channels_7)
        ConvTranspose2D(channels_7, channels_14, rng, f),  # (N, 14, 14, channels_14)
        ConvTranspose2D(channels_14, 1, rng, Tanh()),  # (N, 28, 28, 1)
    )


def build_discriminator(
    outputs: int,
    channels: tuple[int, int],
    rng: np.random.Generator,
    hidden: Sequence[int] = (),
) -> Sequential:
    """Build the discriminator, (N, 28, 28, 1) in [-1, 1] -> (N, outputs) logits.

    A plain GAN has one output. `channels` are as in `build_generator`. `hidden` are the
    widths of the dense layers after the 7x7 map.
    """
    channels_14, channels_7 = channels
    widths = [MAP * MAP * channels_7, *hidden]
    f = LeakyReLU()  # the activation of all layers but the last
    dense: list[Layer] = [Dense(a, b, rng, f) for a, b in pairwise(widths)]
    return Sequential(
        Conv2D(1, channels_14, rng, f),  # (N, 14, 14, channels_14)
        Conv2D(channels_14, channels_7, rng, f),  # (N, 7, 7, channels_7)
        Reshape(MAP * MAP * channels_7),  # (N, 49 channels_7)
        *dense,
        Dense(widths[-1], outputs, rng),  # (N, outputs)
    )
