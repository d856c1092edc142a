"""Check derivatives by comparing them with finite differences.

Along a direction u, a function changes at the rate <gradient, u>. A small step in each
direction measures the same rate: (f(x + h u) - f(x - h u)) / 2h. In float64, with h
near the cube root of machine epsilon, the two rates agree to about nine digits if the
derivative is right. To check one layer, run:

    import numpy as np
    from nnet import Dense, LeakyReLU
    from nnet.gradcheck import check_layer, in_float64

    rng = np.random.default_rng(0)
    layer = in_float64(Dense(5, 3, rng, LeakyReLU()))
    for check in check_layer(layer, rng.standard_normal((4, 5)), rng):
        # the two numbers agree to nine digits
        print(check.name, check.analytic, check.numeric)

A LeakyReLU has a kink at 0. If a step crosses the kink, the measured rate is a mixture
of two slopes. Tests avoid this with a small step or with slope 1.

Source: Baydin et al. 2018, "Automatic differentiation in machine learning: a survey",
section 2.1.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nnet.layer import Array, Layer

# About the cube root of machine epsilon. A smaller step loses digits to rounding, and a
# larger one to curvature.
STEP = 1e-5


class Check(NamedTuple):
    """One rate of change, computed from the derivative and measured."""

    name: str
    analytic: float  # computed from the derivative
    numeric: float  # measured

    @property
    def error(self) -> float:
        """The difference, relative to the larger rate, or to 1 if both are lower."""
        scale = max(1.0, abs(self.analytic), abs(self.numeric))
        return abs(self.analytic - self.numeric) / scale


def in_float64(layer: Layer) -> Layer:
    """Convert all weights and gradients of a layer to float64, and return the layer."""
    for _, leaf in layer.leaves():
        leaf.params = {key: w.astype(np.float64) for key, w in leaf.params.items()}
        leaf.grads = {key: dw.astype(np.float64) for key, dw in leaf.grads.items()}
    return layer


def directional(
    name: str, f: Callable[[], float], x: Array, dx: Array, rng: np.random.Generator
) -> Check:
    """Check dx, the gradient of f with respect to x, along one random direction.

    Both arrays are float64. f computes its value from the current content of x, which
    this function changes in place and restores.
    """
    if x.dtype != np.float64:
        raise TypeError(
            f"gradcheck of {name}: expected float64, received {x.dtype}; "
            "cast the layer first"
        )
    u = rng.standard_normal(x.shape)
    before = x.copy()
    x[...] = before + STEP * u
    above = f()
    x[...] = before - STEP * u
    below = f()
    x[...] = before
    numeric = (above - below) / (2 * STEP)
    return Check(name, float((dx * u).sum()), float(numeric))


def check_layer(layer: Layer, x: Array, rng: np.random.Generator) -> list[Check]:
    """Check `backward` of a float64 layer. Return a Check for x and for each weight.

    The function that is differentiated is sum(r * y) for a fixed random r, so dy = r.
    """
    y, saved = layer.forward(x)
    r = rng.standard_normal(y.shape)

    def f() -> float:
        return float((r * layer.forward(x)[0]).sum())

    layer.zero_grads()
    dx = layer.backward(r, saved)
    checks = [directional("x", f, x, dx, rng)]
    gradients = layer.gradients()
    for name, w in layer.parameters().items():
        checks.append(directional(name, f, w, gradients[name], rng))
    return checks
