"""The two players, as chains of layers.

The generator turns random numbers into a 28x28 image: dense layers make a 7x7 map of features, two transposed
convolutions take it to 14x14 and to 28x28. The discriminator goes the other way: two convolutions halve the image
twice, dense layers turn the 7x7 map into one logit, high for real and low for fake. Pixels lie between -1, paper, and
1, ink.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.layer import Layer
from nnet.sequential import Sequential

MAP = 7  # pixels a side of the smallest map: 28 halved twice


def build_generator(
    inputs: int, channels: tuple[int, int], rng: np.random.Generator, hidden: Sequence[int] = ()
) -> Sequential:
    """(N, inputs) -> (N, 28, 28, 1), float32, in [-1, 1].

    Parameters
    ----------
    inputs : numbers from which it draws
    channels : of the 14x14 map and of the 7x7 map
    rng : draws the weights
    hidden : widths of the dense layers in front of the 7x7 map
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
    """(N, 28, 28, 1) in [-1, 1] -> (N, outputs) logits, float32.

    Parameters
    ----------
    outputs : logits an image; 1 in a plain GAN
    channels : of the 14x14 map and of the 7x7 map
    rng : draws the weights
    hidden : widths of the dense layers behind the 7x7 map
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
