"""Split networks for their tests: three networks, each beside the same one unsplit, and all that a network computes."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
from strategies import Array, cast, fast, numbers

from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D
from nnet.dense import Dense
from nnet.fast.split import Split
from nnet.layer import Layer
from nnet.sequential import Sequential

COUNTS = pytest.mark.parametrize("count", [1, 2, 3])


def dense(rng: np.random.Generator) -> Sequential:
    return Sequential(Dense(4, 5, rng, LeakyReLU()), Sequential(LeakyReLU(0.5), Dense(5, 2, rng, Tanh())))


def images(rng: np.random.Generator) -> Sequential:
    """A fast convolution behind one that is left to im2col."""
    return Sequential(
        fast(Conv2D(1, 8, rng, LeakyReLU())),
        fast(Conv2D(8, 32, rng, LeakyReLU())),
        Reshape(1568),
        Dense(1568, 1, rng),
    )


NETWORKS: dict[str, tuple[Callable[[np.random.Generator], Layer], tuple[int, ...]]] = {
    "dense": (dense, (4,)),
    "images": (images, (28, 28, 1)),
    "one layer": (lambda rng: Dense(4, 3, rng, LeakyReLU()), (4,)),
}
EVERY_NETWORK = pytest.mark.parametrize("name", NETWORKS)


def pair(name: str = "dense", dtype: type = np.float64) -> tuple[Split, Layer]:
    """A split network, and another one with the same weights that is not split."""
    plain = cast(NETWORKS[name][0](np.random.default_rng(0)), dtype)
    for key, w in plain.parameters().items():
        if key.endswith("b"):
            w[...] = numbers(np.random.default_rng(1), *w.shape)
    return Split(copy.deepcopy(plain)), plain


def batch(N: int, name: str = "dense", dtype: type = np.float64, seed: int = 2) -> Array:
    return numbers(np.random.default_rng(seed), N, *NETWORKS[name][1], dtype=dtype)


def everything(network: Layer, x: Array) -> dict[str, Array]:
    """All that a network computes for a batch, its gradients of two different calls included."""
    network.zero_grads()
    y, saved = network.forward(x)
    dy = np.cos(y)
    found = {"y": y, "pull": network.pull(dy, saved), "push": network.push(np.sin(x), saved)}
    network.accumulate(dy, saved)
    found |= {f"accumulate {key}": dw.copy() for key, dw in network.gradients().items()}
    network.zero_grads()
    dx = network.backward(dy, saved)
    assert dx is not None
    return found | {"dx": dx} | {f"backward {key}": dw.copy() for key, dw in network.gradients().items()}
