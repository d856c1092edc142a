"""The fast Adam gives the same weights and moments as the plain one on any number of threads."""

import numpy as np
import pytest

from nnet.activations import LeakyReLU
from nnet.dense import Dense
from nnet.fast.optimizers import FastAdam
from nnet.layer import Layer
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from tests.helpers.strategies import BOTH_DTYPES, EVERY_WEIGHTED, Array, as_bytes, build, cast, close, numbers, threads


def network(seed: int = 0, dtype: type = np.float64) -> Sequential:
    rng = np.random.default_rng(seed)
    chain = Sequential(Dense(3, 4, rng, LeakyReLU()), Dense(4, 2, rng))
    cast(chain, dtype)
    return chain


def set_gradients(layer: Layer, seed: int) -> None:
    """Set random gradients of very different magnitudes."""
    rng = np.random.default_rng(seed)
    for scale, dw in enumerate(layer.gradients().values()):
        dw[...] = 10.0 ** (scale - 2) * numbers(rng, *dw.shape)


def steps(layer: Layer, adam: Adam, seeds: range, rate: float = 0.1) -> dict[str, Array]:
    """Take one step per seed; return weights and moments."""
    for seed in seeds:
        set_gradients(layer, seed)
        adam.step(rate)
    return {**layer.parameters(), **adam.moments()}


def assert_same(results: dict[str, Array], expected: dict[str, Array], dtype: type) -> None:
    """Assert that names and dtypes are equal, and that numbers are equal up to rounding."""
    assert list(results) == list(expected)
    for name, array in results.items():
        assert array.dtype == expected[name].dtype == dtype
        close(array, expected[name], dtype)


@BOTH_DTYPES
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("beta1", "beta2", "epsilon"), [(0.9, 0.999, 1e-8), (0.0, 0.99, 1e-8), (0.5, 0.9, 0.1)])
def test_fast_adam_equals_plain_adam(beta1: float, beta2: float, epsilon: float, dtype: type, count: int) -> None:
    results = []
    for kind in (Adam, FastAdam):
        layer = network(dtype=dtype)
        with threads(count):
            adam = kind(layer, beta1=beta1, beta2=beta2, epsilon=epsilon)
            results.append(steps(layer, adam, range(6)))
    assert_same(results[1], results[0], dtype)


@EVERY_WEIGHTED
@BOTH_DTYPES
def test_fast_adam_equals_plain_adam_for_every_layer(name: str, dtype: type) -> None:
    results = []
    for kind in (Adam, FastAdam):
        layer, _ = build(name, dtype)
        with threads(2):
            results.append(steps(layer, kind(layer), range(2)))
    assert_same(results[1], results[0], dtype)


@BOTH_DTYPES
def test_every_thread_count_gives_the_same_bits(dtype: type) -> None:
    results = []
    for count in (1, 2, 3):
        layer = network(dtype=dtype)
        with threads(count):
            results.append(as_bytes(steps(layer, FastAdam(layer), range(3))))
    assert results[0] == results[1] == results[2]


def test_the_defaults_equal_those_of_plain_adam() -> None:
    fast, plain = FastAdam(network()), Adam(network())
    for name in ("beta1", "beta2", "epsilon", "t"):
        assert getattr(fast, name) == getattr(plain, name)
    assert list(fast.moments()) == list(plain.moments())


def test_weights_are_updated_in_place() -> None:
    layer = network()
    before = layer.parameters()
    assert as_bytes(before) != as_bytes(steps(layer, FastAdam(layer), range(1)))
    assert all(layer.parameters()[name] is w for name, w in before.items())


def test_a_noncontiguous_weight_is_refused() -> None:
    layer = Dense(3, 4, np.random.default_rng(0))
    layer.params["W"] = np.ones((3, 8), np.float32)[:, ::2]
    with pytest.raises(ValueError, match="expected contiguous arrays"):
        FastAdam(layer).step(0.1)
    assert (layer.params["W"] == 1).all()
