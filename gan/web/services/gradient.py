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

DECIMALS = 9
WRONG = 1e-6  # an error so large is no rounding: the derivative is wrong

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


def told(checks: list[Check]) -> dict[str, str | list[list[str]]]:
    """The checks as the page shows them: the cells of a row each, and one sentence about all."""
    return {"rows": [cells(check) for check in checks], "verdict": verdict(checks)}


def cells(check: Check) -> list[str]:
    """What was moved, the slope by the derivative, the slope as measured."""
    what = {"x": "input x", "b": "bias b"}.get(check.name, f"weights {check.name}")
    return [what, f"{check.analytic:.{DECIMALS}f}", f"{check.numeric:.{DECIMALS}f}"]


def verdict(checks: list[Check]) -> str:
    """What the largest error says. An error is relative to the slope, or to 1 where the slope is smaller."""
    worst = max(check.error for check in checks)
    return f"The largest error is {worst:.1e}: the derivative is {'right' if worst < WRONG else 'wrong'}."
