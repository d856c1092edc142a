"""A gradient that can be checked: for the page "How it works", one layer's derivative beside the slope as measured.

The layers are those of the two players, small, in float64, with a tanh behind them: a LeakyReLU has a kink, and a step
across it would measure a mix of two slopes (nnet/gradcheck.py).
"""

from collections.abc import Callable

import numpy as np

from nnet.activations import Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.gradcheck import Check, check_layer, in_float64
from nnet.layer import Layer

Make = Callable[[np.random.Generator], Layer]

# By the name that the page asks for: what makes the layer, and the shape of an input.
LAYERS: dict[str, tuple[Make, tuple[int, ...]]] = {
    "dense": (lambda rng: Dense(5, 3, rng, Tanh()), (4, 5)),
    "convolution": (lambda rng: Conv2D(2, 3, rng, activation=Tanh()), (1, 4, 4, 2)),
    "transposed convolution": (lambda rng: ConvTranspose2D(3, 2, rng, activation=Tanh()), (1, 2, 2, 3)),
}


def check_gradient(name: str, seed: int) -> list[Check]:
    """One Check for the input x and one for every weight, along directions that the seed draws."""
    rng = np.random.default_rng(seed)
    make, shape = LAYERS[name]
    layer = in_float64(make(rng))
    return check_layer(layer, rng.standard_normal(shape), rng)


def as_json(checks: list[Check]) -> list[dict[str, str | float]]:
    """The checks as the page reads them."""
    return [{**check._asdict(), "error": check.error} for check in checks]
