"""Gradient checks: compare a derivative with finite differences.

Along a direction u, a function changes at the rate <gradient, u>. A small step each way measures the same rate:
(f(x + h u) - f(x - h u)) / 2h. In float64, with h about the cube root of the precision, the two agree to about nine
digits if the derivative is right.

A LeakyReLU has kinks: where the step crosses one, the measured rate mixes two slopes. Tests use a small step
or slope 1.

Source: Baydin et al. 2018, "Automatic differentiation in machine learning: a survey", section 2.1.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nnet.layer import Array, Layer

STEP = 1e-5  # the cube root of float64's 1e-16: smaller loses digits to rounding, larger to curvature


class Check(NamedTuple):
    """One comparison: its name, the rate by the derivative, and the measured rate."""

    name: str
    analytic: float
    numeric: float

    @property
    def error(self) -> float:
        """The difference, relative to the larger of the two rates or to 1 if both are smaller."""
        return abs(self.analytic - self.numeric) / max(1.0, abs(self.analytic), abs(self.numeric))


def in_float64(layer: Layer) -> Layer:
    """Convert all weights and gradients of a layer to float64, and return the layer."""
    for _, leaf in layer.leaves():
        leaf.params = {key: w.astype(np.float64) for key, w in leaf.params.items()}
        leaf.grads = {key: dw.astype(np.float64) for key, dw in leaf.grads.items()}
    return layer


def directional(name: str, f: Callable[[], float], x: Array, dx: Array, rng: np.random.Generator) -> Check:
    """Check the gradient dx of f by x along one random direction.

    Parameters
    ----------
    name : of the check
    f : computes the value from x, which is changed in place and restored
    x, dx : float64 arrays of one shape
    rng : draws the direction
    """
    if x.dtype != np.float64:
        raise TypeError(f"gradcheck of {name}: expected float64, received {x.dtype}; cast the layer first")
    u = rng.standard_normal(x.shape)
    before = x.copy()
    x[...] = before + STEP * u
    above = f()
    x[...] = before - STEP * u
    below = f()
    x[...] = before
    return Check(name, float((dx * u).sum()), float((above - below) / (2 * STEP)))


def check_layer(layer: Layer, x: Array, rng: np.random.Generator) -> list[Check]:
    """Check `backward` of a float64 layer: return one Check for x and one for each weight.

    The function is sum(r * y) for a fixed random r, so dy = r.
    """
    y, saved = layer.forward(x)
    r = rng.standard_normal(y.shape)

    def f() -> float:
        return float((r * layer.forward(x)[0]).sum())

    layer.zero_grads()
    dx = layer.backward(r, saved)
    assert dx is not None
    gradients = layer.gradients()
    checks = [directional("x", f, x, dx, rng)]
    return checks + [directional(name, f, w, gradients[name], rng) for name, w in layer.parameters().items()]
