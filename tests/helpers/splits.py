"""Split and unsplit networks for the tests of Split, and a helper that collects all results of a network."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import DTypeLike

from nnet import Conv2D, Dense, Layer, LeakyReLU, Reshape, Sequential, Tanh
from nnet.fast.accelerate import twin
from nnet.fast.split import Split
from tests.helpers.strategies import Array, cast, numbers, pull

COUNTS = pytest.mark.parametrize("count", [1, 2, 3])


def dense(rng: np.random.Generator) -> Sequential:
    return Sequential(Dense(4, 5, rng, LeakyReLU()), Sequential(LeakyReLU(0.5), Dense(5, 2, rng, Tanh())))


def images(rng: np.random.Generator) -> Sequential:
    """Return a network with two convolutions. In its fast twin, the first uses im2col, the second a fast kernel."""
    return Sequential(
        Conv2D(1, 8, rng, LeakyReLU()), Conv2D(8, 32, rng, LeakyReLU()), Reshape(1568), Dense(1568, 1, rng)
    )


NETWORKS: dict[str, tuple[Callable[[np.random.Generator], Layer], tuple[int, ...]]] = {
    "dense": (lambda rng: twin(dense(rng)), (4,)),
    "plain": (dense, (4,)),
    "images": (lambda rng: twin(images(rng)), (28, 28, 1)),
    "one layer": (lambda rng: twin(Dense(4, 3, rng, LeakyReLU())), (4,)),
}
EVERY_NETWORK = pytest.mark.parametrize("name", NETWORKS)


def pair(name: str = "dense", dtype: type = np.float64) -> tuple[Split, Layer]:
    """Return a split network and an unsplit one with equal weights."""
    whole = cast(NETWORKS[name][0](np.random.default_rng(0)), dtype)
    for key, w in whole.parameters().items():
        if key.endswith("b"):
            w[...] = numbers(np.random.default_rng(1), *w.shape)
    return Split(copy.deepcopy(whole)), whole


def batch(N: int, name: str = "dense", dtype: DTypeLike = np.float64, seed: int = 2) -> Array:
    return numbers(np.random.default_rng(seed), N, *NETWORKS[name][1], dtype=dtype)


def everything(network: Layer, x: Array) -> dict[str, Array]:
    """Return everything that a network computes for a batch: forward, frozen backward, and backward with gradients."""
    network.zero_grads()
    y, saved = network.forward(x)
    dy = np.cos(y)
    results = {"y": y, "frozen dx": pull(network, dy, saved)}
    assert not any(dw.any() for dw in network.gradients().values())
    dx = network.backward(dy, saved)
    return results | {"dx": dx} | {f"backward {key}": dw.copy() for key, dw in network.gradients().items()}
