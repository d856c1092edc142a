"""A network whose batch is divided over threads does what the network does, whatever the number of threads."""

import copy
from collections.abc import Callable, Iterator
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from splits import COUNTS, EVERY_NETWORK, batch, everything, pair
from strategies import BOTH_DTYPES, as_bytes, cast, close, pull, threads

from gan.config import preset
from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels import parallel
from nnet.fast.kernels.parallel import LEAST_PRODUCTS
from nnet.fast.split import Split, products
from nnet.jvp import is_piecewise_linear
from nnet.layer import Layer
from nnet.optimizers import Adam
from nnet.sequential import Sequential


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    """Also puts the number back that was."""
    with threads(2):
        yield


# The same as the network


@EVERY_NETWORK
@BOTH_DTYPES
@COUNTS
@pytest.mark.parametrize("N", [1, 2, 5])
def test_it_is_the_network(name: str, dtype: type, count: int, N: int) -> None:
    split, whole = pair(name, dtype)
    x = batch(N, name, dtype)
    with threads(count):
        found = everything(split, x)
    expected = everything(whole, x)
    assert found.keys() == expected.keys()
    for key, array in found.items():
        assert array.dtype == dtype
        scale = max(1.0, float(np.abs(expected[key]).max()))
        close(array / scale, expected[key] / scale, dtype)


@given(N=st.integers(0, 9), count=st.integers(1, 4))
def test_any_batch_on_any_number_of_threads(N: int, count: int) -> None:
    split, whole = pair()
    x = batch(N)
    with threads(count):
        _, saved = split.forward(x)
        found = everything(split, x)
    assert len(saved.parts) == max(1, min(N, count))
    assert np.concatenate([part.x for part in saved.parts]).tobytes() == x.tobytes()
    for key, array in everything(whole, x).items():
        close(found[key], array)


@EVERY_NETWORK
@COUNTS
def test_an_empty_batch(name: str, count: int) -> None:
    split, whole = pair(name)
    x = batch(0, name)
    with threads(count):
        found = everything(split, x)
    for key, array in everything(whole, x).items():
        assert found[key].shape == array.shape, key
        assert not found[key].any(), key


@COUNTS
def test_without_dx(count: int) -> None:
    split, whole = pair()
    with threads(count):
        y, saved = split.forward(batch(5))
        assert split.backward(y, saved, need_dx=False) is None
    y, saved = whole.forward(batch(5))
    whole.backward(y, saved)
    for key, dw in split.gradients().items():
        close(dw, whole.gradients()[key])


@EVERY_NETWORK
@COUNTS
@BOTH_DTYPES
def test_it_repeats_bit_for_bit(name: str, count: int, dtype: type) -> None:
    (first, _), (second, _) = pair(name, dtype), pair(name, dtype)
    with threads(count):
        found = [as_bytes(everything(split, batch(7, name, dtype))) for split in (first, second, first)]
    assert found[0] == found[1] == found[2]


def test_names_and_arrays_are_the_network_s() -> None:
    split, whole = pair()
    split.forward(batch(5))
    assert list(split.parameters()) == list(split.gradients()) == list(whole.parameters())
    for key, w in split.parameters().items():
        assert w is split.network.parameters()[key]
        assert split.gradients()[key] is split.network.gradients()[key]
    assert [leaf for _, leaf in split.leaves()] == [leaf for _, leaf in split.network.leaves()]


@pytest.mark.parametrize("wrap", [lambda split: Sequential(split), lambda split: Sequential(LeakyReLU(1), split)])
def test_it_can_be_a_layer_of_a_chain(wrap: Callable[[Layer], Layer]) -> None:
    split, whole = pair()
    found, expected = everything(wrap(split), batch(5)), everything(whole, batch(5))
    for array, exact in zip(found.values(), expected.values(), strict=True):
        close(array, exact)


def test_a_layer_that_comes_twice_gets_both_gradients() -> None:
    layer = cast(Dense(4, 4, np.random.default_rng(0), LeakyReLU()), np.float64)
    whole, x = Sequential(layer, LeakyReLU(0.5), layer), batch(5)
    expected = everything(whole, x)
    for split in (Split(copy.deepcopy(whole)), accelerate(copy.deepcopy(whole))):
        for key, array in everything(split, x).items():
            close(array, expected[key])


def test_it_is_as_curved_as_its_network() -> None:
    assert is_piecewise_linear(Split(Sequential(LeakyReLU())))
    assert not is_piecewise_linear(Split(Sequential(LeakyReLU(), Tanh())))


# Gradients


@COUNTS
def test_gradients_add_up_until_they_are_zeroed(count: int) -> None:
    split, whole = pair()
    with threads(count):
        for network in (split, whole):
            y, saved = network.forward(batch(5))
            network.backward(y, saved)
            network.backward(-3 * y, saved, need_dx=False)
            y, saved = network.forward(batch(3, seed=5))
            network.backward(y, saved)
        for key, dw in split.gradients().items():
            close(dw, whole.gradients()[key])
        split.zero_grads()
        assert not any(dw.any() for dw in split.gradients().values())
        y, saved = split.forward(batch(5))
        assert not any(dw.any() for dw in split.gradients().values()), "of the shares none is left for later"
        whole.zero_grads()
        expected = everything(whole, batch(5))
        for key, dw in everything(split, batch(5)).items():
            close(dw, expected[key])


def test_a_frozen_network_gets_no_gradient_and_a_thawed_one_does() -> None:
    split, _ = pair()
    y, saved = split.forward(batch(5))
    free = split.backward(y, saved)
    once = as_bytes(split.gradients())
    with split.frozen():
        frozen = split.backward(y, saved)
        assert split.backward(y, saved, need_dx=False) is None
        pull(split, y, saved)
    assert as_bytes(split.gradients()) == once
    assert free is not None
    assert frozen is not None
    assert frozen.tobytes() == free.tobytes()
    split.backward(y, saved)
    assert as_bytes(split.gradients()) != once
    split.zero_grads()
    split.backward(y, saved)
    assert as_bytes(split.gradients()) == once


def test_frozen_from_the_start_and_thawed_later() -> None:
    split, whole = pair()
    with split.frozen():
        y, saved = split.forward(batch(5))
        split.backward(y, saved)
    assert not any(dw.any() for dw in split.gradients().values())
    split.backward(y, saved)
    y, saved = whole.forward(batch(5))
    whole.backward(y, saved)
    for key, dw in split.gradients().items():
        close(dw, whole.gradients()[key])


def test_one_layer_can_be_frozen() -> None:
    split, whole = pair()
    (_, first), *_ = split.leaves()
    y, saved = split.forward(batch(5))
    with first.frozen():
        split.backward(y, saved)
    moved = {key for key, dw in split.gradients().items() if dw.any()}
    assert moved == {"1.1.W", "1.1.b"}
    y, saved = whole.forward(batch(5))
    whole.backward(y, saved)
    for key in moved:
        close(split.gradients()[key], whole.gradients()[key])


@COUNTS
def test_an_optimizer_moves_it_as_the_network(count: int) -> None:
    split, whole = pair()
    with threads(count):
        for network in (split, whole):
            adam = Adam(network)
            for _ in range(3):
                network.zero_grads()
                y, saved = network.forward(batch(5))
                network.backward(y, saved)
                adam.step(0.1)
    for key, w in split.parameters().items():
        close(w, whole.parameters()[key])


def test_it_is_trainable_while_any_layer_of_its_network_is() -> None:
    split, _ = pair()
    layers = [layer for _, layer in split.leaves()]
    assert split.trainable
    with split.frozen():
        assert not any(one.trainable for one in (split, split.network, *layers))
        layers[0].trainable = True
        assert split.trainable
        assert split.network.trainable
    assert all(one.trainable for one in (split, split.network, *layers))
    split.trainable = False
    assert not any(layer.trainable for layer in layers)
    split.trainable = True
    assert all(layer.trainable for layer in layers)


# A layer with layers inside would share its gradients among the threads


class Pair(Layer):
    """A container that nobody but this file knows."""

    def __init__(self, one: Layer, other: Layer) -> None:
        super().__init__()
        self.both = one, other

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        return ((f"{index}.", layer) for index, layer in enumerate(self.both))


CONTAINERS: dict[str, Callable[[Layer], Layer]] = {
    "Pair": lambda layer: Pair(layer, Reshape(4)),
    "Split": Split,
}


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("wrap", [lambda container: container, lambda container: Sequential(Reshape(4), container)])
def test_a_container_of_another_kind_is_refused(name: str, wrap: Callable[[Layer], Layer]) -> None:
    network = wrap(CONTAINERS[name](Dense(4, 4, np.random.default_rng(0))))
    with pytest.raises(TypeError, match=f"^Split: expected a Sequential or a plain layer, received {name}$"):
        Split(network)


# What is too little to be divided


def test_multiplications_are_counted() -> None:
    rng = np.random.default_rng(0)
    D = Sequential(Conv2D(1, 8, rng), Conv2D(8, 32, rng, LeakyReLU()), Sequential(Reshape(1568), Dense(1568, 3, rng)))
    G = Sequential(Dense(4, 1568, rng), Reshape(7, 7, 32), ConvTranspose2D(32, 8, rng), ConvTranspose2D(8, 1, rng))
    for network, x, outer in ((D, np.ones((2, 28, 28, 1)), 1568 * 3), (G, np.ones((0, 4)), 4 * 1568)):
        _, saved = network.forward(x)
        assert products(network, saved) == 16 * 8 * 196 + 16 * 8 * 32 * 49 + outer


@pytest.mark.parametrize(("N", "expected"), [(1, 1), (3, 1), (4, 2), (5, 2), (6, 3), (9, 3)])
def test_every_share_is_worth_its_thread(N: int, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    split, whole = pair()  # of 4 x 5 and 5 x 2 weights
    with threads(3):
        monkeypatch.setattr(parallel, "LEAST_PRODUCTS", 60)  # of two samples
        y, saved = split.forward(batch(N))
        assert len(saved.parts) == expected
        split.backward(y, saved)
    y, saved = whole.forward(batch(N))
    whole.backward(y, saved)
    for key, dw in split.gradients().items():
        close(dw, whole.gradients()[key])


def test_the_smallest_preset_is_not_divided_and_the_shipped_one_is() -> None:
    parallel.set_threads(2)
    with patch.multiple(parallel, LEAST_PRODUCTS=LEAST_PRODUCTS):
        for config, parts in ((preset(3, network="quick"), 1), (preset(3), 2)):
            rng = np.random.default_rng(0)
            images = np.ones((2 * config.batch, 28, 28, 1), np.float32)
            _, saved = accelerate(config.build_discriminator(rng)).forward(images)
            assert len(saved.parts) == parts
