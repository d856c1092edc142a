"""Initial weights: their variance and distribution, and the size of the signal behind them."""

import numpy as np
import pytest

from nnet.activations import Activation, LeakyReLU, Tanh
from nnet.dense import Dense
from nnet.initializers import UNDRAWN, he_normal


@pytest.mark.parametrize(
    ("activation", "square"),
    [(None, 1.0), (Tanh(), 1.0), (LeakyReLU(1), 1.0), (LeakyReLU(0.2), 2 / 1.04), (LeakyReLU(0.5), 1.6)],
)
@pytest.mark.parametrize("fan_in", [1, 64])
def test_the_variance_is_gain_squared_over_fan_in(activation: Activation | None, square: float, fan_in: int) -> None:
    W = he_normal((200, 250), fan_in, np.random.default_rng(0), activation)
    assert W.dtype == np.float32
    assert W.shape == (200, 250)
    assert W.var() * fan_in == pytest.approx(square, rel=0.03)
    assert abs(W.mean()) * np.sqrt(fan_in) < 0.02
    assert np.mean(np.abs(W) < W.std()) == pytest.approx(0.6827, abs=0.01)
    assert np.mean(np.abs(W) < 2 * W.std()) == pytest.approx(0.9545, abs=0.01)


@pytest.mark.parametrize(
    ("activation", "linear", "square", "variance"),
    [(None, 1, 1, 1), (LeakyReLU(), 1.92, 1, 0.81), (Tanh(), 1, 0.39, 0.39)],
)
def test_a_dense_layer_keeps_the_mean_square(
    activation: Activation | None, linear: float, square: float, variance: float
) -> None:
    rng = np.random.default_rng(0)
    layer, x = Dense(512, 512, rng, activation), rng.standard_normal((512, 512), np.float32)
    z, (y, _) = layer.linear(x), layer.forward(x)
    measured = [(z * z).mean(), (y * y).mean(), y.var()]
    assert measured == pytest.approx([linear, square, variance], rel=0.03)


def test_undrawn_weights_are_zero() -> None:
    layer = Dense(30, 20, UNDRAWN, LeakyReLU())
    np.testing.assert_array_equal(layer.params["W"], np.zeros((30, 20), np.float32), strict=True)
