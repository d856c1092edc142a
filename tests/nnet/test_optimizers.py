"""Adam compared with the algorithm in its paper, and the running average of weights."""

import copy
from collections.abc import Callable

import numpy as np
import pytest

from nnet import Adam, Dense, Layer, LeakyReLU, Sequential
from nnet.fast.accelerate import accelerate
from nnet.fast.optimizers import FastAdam, RunningAverage
from tests.helpers.strategies import (
    BOTH_DTYPES,
    Array,
    as_bytes,
    build,
    cast,
    close,
    numbers,
)

BOTH_KINDS = pytest.mark.parametrize("kind", [Adam, FastAdam])


def by_the_paper(
    theta: Array,
    gradients: list[Array],
    alphas: list[float],
    beta1: float,
    beta2: float,
    epsilon: float,
) -> tuple[Array, Array, Array]:
    """Return theta, m and v after algorithm 1 of Kingma and Ba 2015, line by line."""
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, (g, alpha) in enumerate(zip(gradients, alphas, strict=True), 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (np.sqrt(v_hat) + epsilon)
    return theta, m, v


def network(seed: int = 0, dtype: type = np.float64) -> Sequential:
    rng = np.random.default_rng(seed)
    chain = Sequential(Dense(3, 4, rng, LeakyReLU()), Dense(4, 2, rng))
    cast(chain, dtype)
    return chain


def set_gradients(layer: Layer, rng: np.random.Generator) -> dict[str, Array]:
    """Set random gradients of very different magnitudes, and return copies of them."""
    for scale, dw in enumerate(layer.gradients().values()):
        dw[...] = 10.0 ** (scale - 2) * numbers(rng, *dw.shape)
    return {name: dw.astype(np.float64) for name, dw in layer.gradients().items()}


@BOTH_KINDS
def test_adam_without_a_network_is_refused(kind: type[Adam]) -> None:
    with pytest.raises(ValueError, match="expected networks, as in"):
        kind()


@pytest.mark.parametrize("accelerated", [Sequential, accelerate])
@BOTH_KINDS
def test_a_layer_that_stands_twice_moves_once(
    kind: type[Adam], accelerated: Callable[[Layer], Layer]
) -> None:
    rng = np.random.default_rng(0)
    layer, other = (Dense(4, 4, rng) for _ in range(2))
    expected = copy.deepcopy(layer)
    for one in (layer, expected):
        one.grads["W"][...] = 1
    network = accelerated(Sequential(layer, other, Sequential(layer)))
    adam = kind(network, Sequential(layer))
    assert len(adam.moments()) == 8  # m and v of two weights of two layers
    kind(expected).step(0.1)
    adam.step(0.1)
    assert as_bytes(layer.parameters()) == as_bytes(expected.parameters())


@BOTH_DTYPES
@BOTH_KINDS
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"beta1": 0.0, "beta2": 0.99, "epsilon": 1e-8},
        {"beta1": 0.5, "beta2": 0.9, "epsilon": 0.1},
    ],
)
def test_steps_match_the_algorithm_of_the_paper(
    options: dict[str, float], kind: type[Adam], dtype: type
) -> None:
    networks = [network(seed, dtype) for seed in range(2)]
    rng = np.random.default_rng(1)
    layer = Sequential(*networks)
    adam = kind(*networks, **options)
    first = {name: w.astype(np.float64) for name, w in layer.parameters().items()}
    # the defaults are those of the paper
    values = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8} | options
    rates = [0.1, 0.1, 0.03, 0.2, 0.1]
    gradients = list[dict[str, Array]]()
    for rate in rates:
        gradients.append(set_gradients(layer, rng))
        adam.step(rate)
    moments = adam.moments()
    for name, w in layer.parameters().items():
        theta, m, v = by_the_paper(
            first[name], [each[name] for each in gradients], rates, **values
        )
        close(w, theta, dtype)
        close(moments[f"m.{name}"], m, dtype)
        close(moments[f"v.{name}"], v, dtype)
        newest: Array = gradients[-1][name].astype(dtype)
        assert np.array_equal(layer.gradients()[name], newest)
    state = [*layer.parameters().values(), *moments.values()]
    assert {array.dtype for array in state} == {np.dtype(dtype)}
    assert adam.t == 5


@BOTH_KINDS
def test_frozen_weights_have_no_moments_and_stay(kind: type[Adam]) -> None:
    layer = network()
    adam = kind(layer)
    with layer.layers[0].frozen():
        set_gradients(layer, np.random.default_rng(0))
        adam.step(0.1)
        assert set(adam.moments()) == {"m.0.1.W", "m.0.1.b", "v.0.1.W", "v.0.1.b"}
    state = {**layer.parameters(), **adam.moments()}
    still = {name for name, moment in adam.moments().items() if not moment.any()}
    assert still == {"m.0.0.W", "m.0.0.b", "v.0.0.W", "v.0.0.b"}
    before = as_bytes(state)
    with layer.layers[0].frozen():
        adam.step(0.1)
    moved = {name for name, array in state.items() if array.tobytes() != before[name]}
    assert moved == {f"{part}1.{key}" for part in ("", "m.0.", "v.0.") for key in "Wb"}


# The running average


def test_the_average_matches_the_formula_also_for_a_frozen_network() -> None:
    network, _ = build("chain")
    average = RunningAverage(network)
    expected = {name: w.copy() for name, w in network.parameters().items()}
    rng = np.random.default_rng(0)
    for t, decay in (
        (1, 2 / 11),
        (2, 3 / 12),
        (90, 0.91),
        (8989, 8990 / 8999),
        (8990, 0.999),
        (10**6, 0.999),
    ):
        for name, w in network.parameters().items():
            w[...] = numbers(rng, *w.shape)
            expected[name] = decay * expected[name] + (1 - decay) * w
        with network.frozen():
            average.update(t)
        for name, w in average.network.parameters().items():
            close(w, expected[name])
