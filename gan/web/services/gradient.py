"""The gradient check of the page "How it works": one layer's analytic derivative beside the measured slope.

The layers are those of the two players, small, in float64, followed by tanh: LeakyReLU has a kink, and a finite
difference across it would mix two slopes (nnet/gradcheck.py).
"""

from collections.abc import Callable

import numpy as np

from nnet.activations import Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.gradcheck import Check, check_layer, in_float64
from nnet.layer import Layer

DECIMALS = 9
WRONG = 1e-6  # a larger error is not rounding: the derivative is wrong

Make = Callable[[np.random.Generator], Layer]

# name: (function that makes the layer, shape of an input)
LAYERS: dict[str, tuple[Make, tuple[int, ...]]] = {
    "dense": (lambda rng: Dense(5, 3, rng, Tanh()), (4, 5)),
    "convolution": (lambda rng: Conv2D(2, 3, rng, activation=Tanh()), (1, 4, 4, 2)),
    "transposed convolution": (lambda rng: ConvTranspose2D(3, 2, rng, activation=Tanh()), (1, 2, 2, 3)),
}


def check_gradient(name: str, seed: int) -> list[Check]:
    """Return one Check for the input x and one for every weight, along random directions."""
    rng = np.random.default_rng(seed)
    make, shape = LAYERS[name]
    layer = in_float64(make(rng))
    return check_layer(layer, rng.standard_normal(shape), rng)


def told(checks: list[Check]) -> dict[str, str | list[list[str]]]:
    """Return the checks as the page shows them: a row of cells each, and one sentence about all."""
    return {"rows": [cells(check) for check in checks], "verdict": verdict(checks)}


def cells(check: Check) -> list[str]:
    """Return (parameter, analytic gradient, numeric gradient) as text."""
    what = {"x": "input x", "b": "bias b"}.get(check.name, f"weights {check.name}")
    return [what, f"{check.analytic:.{DECIMALS}f}", f"{check.numeric:.{DECIMALS}f}"]


def verdict(checks: list[Check]) -> str:
    """Say what the largest error means. Errors are relative to the slope, or to 1 for smaller slopes."""
    worst = max(check.error for check in checks)
    return f"The largest error is {worst:.1e}: the derivative is {'right' if worst < WRONG else 'wrong'}."
