"""The fast Adam moves as the plain one does, alike on every number of threads, and holds the same moments."""

from contextlib import nullcontext

import numpy as np
import pytest
from strategies import BOTH_DTYPES, EVERY_WEIGHTED, Array, as_bytes, build, cast, close, numbers, threads

from nnet.activations import LeakyReLU
from nnet.dense import Dense
from nnet.fast.accelerate import accelerate, twin
from nnet.fast.optimizers import FastAdam
from nnet.layer import Layer
from nnet.optimizers import Adam
from nnet.sequential import Sequential


def network(seed: int = 0, dtype: type = np.float64) -> Sequential:
    rng = np.random.default_rng(seed)
    chain = Sequential(Dense(3, 4, rng, LeakyReLU()), Dense(4, 2, rng))
    cast(chain, dtype)
    return chain


def set_gradients(layer: Layer, seed: int) -> None:
    """Random gradients of very different sizes."""
    rng = np.random.default_rng(seed)
    for scale, dw in enumerate(layer.gradients().values()):
        dw[...] = 10.0 ** (scale - 2) * numbers(rng, *dw.shape)


def steps(layer: Layer, adam: Adam, seeds: range, rate: float = 0.1) -> dict[str, Array]:
    """Some steps; all that has moved."""
    for seed in seeds:
        set_gradients(layer, seed)
        adam.step(rate)
    return {**layer.parameters(), **adam.moments()}


def same(found: dict[str, Array], expected: dict[str, Array], dtype: type) -> None:
    """The same names, dtypes and, up to rounding, numbers."""
    assert list(found) == list(expected)
    for name, array in found.items():
        assert array.dtype == expected[name].dtype == dtype
        close(array, expected[name], dtype)


@BOTH_DTYPES
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("beta1", "beta2", "epsilon"), [(0.9, 0.999, 1e-8), (0.0, 0.99, 1e-8), (0.5, 0.9, 0.1)])
def test_it_moves_as_the_plain_one(beta1: float, beta2: float, epsilon: float, dtype: type, count: int) -> None:
    found = []
    for kind in (Adam, FastAdam):
        layer = network(dtype=dtype)
        with threads(count):
            adam = kind(layer, beta1=beta1, beta2=beta2, epsilon=epsilon)
            found.append(steps(layer, adam, range(6)))
    same(found[1], found[0], dtype)


@EVERY_WEIGHTED
@BOTH_DTYPES
def test_it_moves_every_kind_of_layer_as_the_plain_one(name: str, dtype: type) -> None:
    found = []
    for kind in (Adam, FastAdam):
        layer, _ = build(name, dtype)
        with threads(2):
            found.append(steps(layer, kind(layer), range(2)))
    same(found[1], found[0], dtype)


@BOTH_DTYPES
def test_every_thread_count_moves_to_the_same_bits(dtype: type) -> None:
    found = []
    for count in (1, 2, 3):
        layer = network(dtype=dtype)
        with threads(count):
            found.append(as_bytes(steps(layer, FastAdam(layer), range(3))))
    assert found[0] == found[1] == found[2]


def test_the_usual_numbers_are_the_plain_ones() -> None:
    fast, plain = FastAdam(network()), Adam(network())
    for name in ("beta1", "beta2", "epsilon", "t"):
        assert getattr(fast, name) == getattr(plain, name)
    assert list(fast.moments()) == list(plain.moments())


def test_gradients_are_only_read() -> None:
    layer = network()
    set_gradients(layer, 1)
    before = as_bytes(layer.gradients())
    FastAdam(layer).step(0.01)
    assert as_bytes(layer.gradients()) == before


def test_weights_move_in_place() -> None:
    layer = network()
    before = layer.parameters()
    assert as_bytes(before) != as_bytes(steps(layer, FastAdam(layer), range(1)))
    assert all(layer.parameters()[name] is w for name, w in before.items())


def test_only_the_frozen_part_stays() -> None:
    layer = network()
    adam = FastAdam(layer)
    state = steps(layer, adam, range(1))
    before = as_bytes(state)
    with layer.layers[0].frozen():
        adam.step(0.1)
    moved = {name for name, array in state.items() if array.tobytes() != before[name]}
    assert moved == {f"{kind}1.{key}" for kind in ("", "m.0.", "v.0.") for key in "Wb"}
    assert adam.t == 2


def test_one_of_two_networks_can_be_frozen() -> None:
    first, second = network(1), network(2)
    adam = FastAdam(first, second)
    for layer in (first, second):
        set_gradients(layer, 1)
    before = as_bytes(first.parameters()), as_bytes(second.parameters())
    with first.frozen():
        adam.step(0.1)
    assert as_bytes(first.parameters()) == before[0]
    assert as_bytes(second.parameters()) != before[1]


@pytest.mark.parametrize("kind", [Adam, FastAdam])
def test_an_accelerated_network_is_moved_as_the_plain_one(kind: type[Adam]) -> None:
    plain, fast = network(), accelerate(network())
    for layer in (plain, fast):
        adam = kind(layer)
        for seed in range(3):
            set_gradients(layer, seed)
            with layer.frozen() if seed == 1 else nullcontext():
                adam.step(0.1)
    assert as_bytes(fast.parameters()) == as_bytes(plain.parameters())
    assert list(adam.moments()) == list(Adam(plain).moments())


def test_going_on_from_saved_moments_is_the_same_bit_for_bit() -> None:
    whole, half = network(dtype=np.float32), network(dtype=np.float32)
    steps(whole, FastAdam(whole), range(6))
    first = FastAdam(half)
    steps(half, first, range(3))
    second = FastAdam(half)
    second.t = first.t
    for name, moment in second.moments().items():
        moment[...] = first.moments()[name]
    steps(half, second, range(3, 6))
    assert as_bytes(half.parameters()) == as_bytes(whole.parameters())


def test_it_goes_on_from_the_plain_ones_moments() -> None:
    whole, half = network(), network()
    expected = steps(whole, Adam(whole), range(6))
    plain, fast = Adam(half), FastAdam(twin(half))
    steps(half, plain, range(3))
    fast.t = plain.t
    for name, moment in fast.moments().items():
        moment[...] = plain.moments()[name]
    same(steps(half, fast, range(3, 6)), expected, np.float64)


def test_a_weight_with_gaps_in_memory_is_refused() -> None:
    layer = Dense(3, 4, np.random.default_rng(0))
    layer.params["W"] = np.ones((3, 8), np.float32)[:, ::2]
    with pytest.raises(ValueError, match="expected contiguous arrays"):
        FastAdam(layer).step(0.1)
    assert (layer.params["W"] == 1).all()


def test_layers_without_weights_have_no_moments() -> None:
    adam = FastAdam(build("tanh")[0])
    adam.step(0.1)
    assert (adam.moments(), adam.t) == ({}, 1)
