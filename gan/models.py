"""The generator and the discriminator, as chains of layers.

The generator turns random numbers into a 28x28 image: dense layers make a 7x7 feature map, two transposed convolutions
enlarge it to 14x14 and 28x28. The discriminator does the reverse: two convolutions halve the image twice, dense layers
turn the 7x7 map into one logit, high for real and low for fake. Pixels range from -1, paper, to 1, ink.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.layer import Layer
from nnet.sequential import Sequential

MAP = 7  # side of the smallest map: 28 halved twice


def build_generator(
    inputs: int, channels: tuple[int, int], rng: np.random.Generator, hidden: Sequence[int] = ()
) -> Sequential:
    """Build (N, inputs) -> (N, 28, 28, 1), float32, in [-1, 1].

    Parameters
    ----------
    inputs : numbers that it draws from
    channels : of the 14x14 map and of the 7x7 map
    rng : draws the weights
    hidden : widths of the dense layers before the 7x7 map
    """
    channels_14, channels_7 = channels
    widths = [inputs, *hidden, MAP * MAP * channels_7]
    dense: list[Layer] = [Dense(a, b, rng, LeakyReLU()) for a, b in pairwise(widths)]
    return Sequential(
        *dense,
        Reshape(MAP, MAP, channels_7),  # (N, 7, 7, channels_7)
        ConvTranspose2D(channels_7, channels_14, rng, activation=LeakyReLU()),  # (N, 14, 14, channels_14)
        ConvTranspose2D(channels_14, 1, rng, activation=Tanh()),  # (N, 28, 28, 1)
    )


def build_discriminator(
    outputs: int, channels: tuple[int, int], rng: np.random.Generator, hidden: Sequence[int] = ()
) -> Sequential:
    """Build (N, 28, 28, 1) in [-1, 1] -> (N, outputs) logits, float32.

    Parameters
    ----------
    outputs : logits for an image; 1 in a plain GAN
    channels : of the 14x14 map and of the 7x7 map
    rng : draws the weights
    hidden : widths of the dense layers after the 7x7 map
    """
    channels_14, channels_7 = channels
    widths = [MAP * MAP * channels_7, *hidden]
    dense: list[Layer] = [Dense(a, b, rng, LeakyReLU()) for a, b in pairwise(widths)]
    return Sequential(
        Conv2D(1, channels_14, rng, activation=LeakyReLU()),  # (N, 14, 14, channels_14)
        Conv2D(channels_14, channels_7, rng, activation=LeakyReLU()),  # (N, 7, 7, channels_7)
        Reshape(MAP * MAP * channels_7),
        *dense,
        Dense(widths[-1], outputs, rng),  # (N, outputs)
    )
