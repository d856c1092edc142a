"""Derivatives by finite differences, one array element at a time."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nnet.layer import Layer, Saved

Arrays = Mapping[str, NDArray[Any]]
# finite-difference step; rounding in float64 then causes an error of about 1e-10
STEP = 1e-6
# along a direction in which all elements move, so that few activations come close to a
# kink
SHORT_STEP = 1e-7


def numeric_gradient(f: Callable[[], float], w: NDArray[Any]) -> NDArray[np.float64]:
    """Return df/dw, computed for one element of w at a time as (f(w + h) - f(w - h)) /
    2h.

    Restore w.
    """
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        before = w[index]
        w[index] = before + STEP
        above = f()
        w[index] = before - STEP
        gradient[index] = (above - f()) / (2 * STEP)
        w[index] = before
    return gradient


def assert_gradients(
    f: Callable[[], float], weights: Arrays, gradients: Arrays
) -> None:
    """Assert that these are the gradients of f, along two random directions of each
    weight.

    Restore the weights.
    """
    rng = np.random.default_rng(0)
    for name, w in weights.items():
        before = w.copy()
        for direction in rng.standard_normal((2, *w.shape)):
            w[...] = before + SHORT_STEP * direction
            above = f()
            w[...] = before - SHORT_STEP * direction
            measured = (above - f()) / (2 * SHORT_STEP)
            w[...] = before
            assert (gradients[name] * direction).sum() == pytest.approx(
                measured, rel=1e-5, abs=1e-7
            ), name


def distance_to_kinks(network: Layer, saved: Saved) -> float:
    """Return the smallest distance of any LeakyReLU's input from its kink at 0, in a
    forward pass of a Sequential with slopes of 0.2.
    """
    inner = [
        part.y
        for (_, layer), part in zip(network.leaves(), saved.parts, strict=True)
        if layer.params
    ][:-1]
    return min(float(np.abs(np.where(y > 0, y, y / 0.2)).min()) for y in inner)
