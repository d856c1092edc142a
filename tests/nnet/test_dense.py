"""The plain and fast dense layers compared with explicit sums, properties of all affine
layers, and initial weights.
"""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnet.activations import Activation, LeakyReLU, Tanh
from nnet.dense import Dense
from nnet.fast.accelerate import accelerate
from nnet.initializers import he_normal
from tests.helpers.strategies import (
    DTYPES,
    EVERY_AFFINE,
    EXAMPLES,
    cast,
    close,
    numbers,
)

SIDES = st.integers(1, 5)
ACTIVATIONS = st.sampled_from([None, LeakyReLU(0.3), Tanh()])


@given(
    N=SIDES, C=SIDES, K=SIDES, activation=ACTIVATIONS, dtype=DTYPES, fast=st.booleans()
)
# with our own products
@example(N=6, C=32, K=48, activation=None, dtype=np.float32, fast=True)
@example(N=6, C=32, K=5, activation=LeakyReLU(0.3), dtype=np.float64, fast=True)
@example(N=6, C=5, K=32, activation=LeakyReLU(0.3), dtype=np.float32, fast=True)
def test_dense_matches_formulas(
    N: int, C: int, K: int, activation: Activation | None, dtype: type, fast: bool
) -> None:
    rng = np.random.default_rng(0)
    layer = cast(Dense(C, K, rng, activation), dtype)
    layer = accelerate(layer) if fast else layer
    layer.params["b"][...] = numbers(rng, K)
    layer.grads["W"][...] = 1  # to which the gradient is added
    x, dy = numbers(rng, N, C, dtype=dtype), numbers(rng, N, K, dtype=dtype)
    W, b = (layer.params[key].astype(np.float64) for key in "Wb")
    y, saved = layer.forward(x)
    z = np.array(
        [
            [sum(x[n, c] * W[c, k] for c in range(C)) + b[k] for k in range(K)]
            for n in range(N)
        ]
    ).reshape(N, K)
    if isinstance(activation, Tanh):
        slope = 1 / np.cosh(z) ** 2
        close(y, np.tanh(z), dtype)
    else:
        slope = np.where(z > 0, 1, 1.0 if activation is None else 0.3)
        close(y, slope * z, dtype)
    dz = dy * slope
    dx = layer.backward(dy, saved)
    close(dx, np.einsum("nk,ck->nc", dz, W), dtype)
    close(layer.grads["W"] - 1, np.einsum("nc,nk->ck", x, dz), dtype)
    close(layer.grads["b"], dz.sum(0), dtype)


@EVERY_AFFINE
def test_initial_weights_are_float32_and_biases_zero(name: str) -> None:
    make, _ = EXAMPLES[name]
    layer = make(np.random.default_rng(0))
    assert {w.dtype for w in layer.params.values()} == {np.dtype(np.float32)}
    assert not layer.params["b"].any()
    assert layer.params["W"].all()


# Initial weights: their variance and distribution


GAINS = [
    (None, 1.0),
    (Tanh(), 1.0),
    (LeakyReLU(1), 1.0),
    (LeakyReLU(0.2), 2 / 1.04),
    (LeakyReLU(0.5), 1.6),
]


@pytest.mark.parametrize(("activation", "square"), GAINS)
@pytest.mark.parametrize("fan_in", [1, 64])
def test_the_variance_is_gain_squared_over_fan_in(
    activation: Activation | None, square: float, fan_in: int
) -> None:
    W = he_normal((200, 250), fan_in, np.random.default_rng(0), activation)
    assert W.shape == (200, 250)
    assert W.dtype.type == np.float32
    assert W.var() * fan_in == pytest.approx(square, rel=0.03)
    assert abs(W.mean()) * np.sqrt(fan_in) < 0.02
    assert np.mean(np.abs(W) < W.std()) == pytest.approx(0.6827, abs=0.01)
    assert np.mean(np.abs(W) < 2 * W.std()) == pytest.approx(0.9545, abs=0.01)
