"""A network that splits its batch over threads gives the same results for any number of threads."""

import copy
from collections.abc import Callable, Iterator
from unittest.mock import patch

import numpy as np
import pytest

from gan.rules.config import preset
from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels import parallel
from nnet.fast.kernels.parallel import LEAST_PRODUCTS
from nnet.fast.split import Split, products
from nnet.jvp import is_piecewise_linear
from nnet.layer import Layer
from nnet.sequential import Sequential
from tests.helpers.splits import COUNTS, EVERY_NETWORK, batch, everything, pair
from tests.helpers.strategies import BOTH_DTYPES, cast, close, threads


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    """Use two threads, and restore the previous number afterwards."""
    with threads(2):
        yield


# Equivalence to the whole network


@EVERY_NETWORK
@BOTH_DTYPES
@COUNTS
@pytest.mark.parametrize("N", [1, 2, 5])
def test_a_split_network_equals_the_network(name: str, dtype: type, count: int, N: int) -> None:
    split, whole = pair(name, dtype)
    x = batch(N, name, dtype)
    with threads(count):
        result = everything(split, x)
    expected = everything(whole, x)
    assert result.keys() == expected.keys()
    for key, array in result.items():
        assert array.dtype == dtype
        scale = max(1.0, float(np.abs(expected[key]).max()))
        close(array / scale, expected[key] / scale, dtype)


@EVERY_NETWORK
@COUNTS
def test_an_empty_batch(name: str, count: int) -> None:
    split, whole = pair(name)
    x = batch(0, name)
    with threads(count):
        result = everything(split, x)
    for key, array in everything(whole, x).items():
        assert result[key].shape == array.shape, key
        assert not result[key].any(), key


def test_names_and_arrays_are_those_of_the_network() -> None:
    split, whole = pair()
    split.forward(batch(5))
    assert list(split.parameters()) == list(split.gradients()) == list(whole.parameters())
    for key, w in split.parameters().items():
        assert w is split.network.parameters()[key]
        assert split.gradients()[key] is split.network.gradients()[key]
    assert [leaf for _, leaf in split.leaves()] == [leaf for _, leaf in split.network.leaves()]


@pytest.mark.parametrize("wrap", [lambda split: Sequential(split), lambda split: Sequential(LeakyReLU(1), split)])
def test_a_split_network_may_be_a_layer_of_a_chain(wrap: Callable[[Layer], Layer]) -> None:
    split, whole = pair()
    result, expected = everything(wrap(split), batch(5)), everything(whole, batch(5))
    for array, exact in zip(result.values(), expected.values(), strict=True):
        close(array, exact)


def test_a_shared_layer_gets_both_gradients() -> None:
    layer = cast(Dense(4, 4, np.random.default_rng(0), LeakyReLU()), np.float64)
    whole, x = Sequential(layer, LeakyReLU(0.5), layer), batch(5)
    expected = everything(whole, x)
    for split in (Split(copy.deepcopy(whole)), accelerate(copy.deepcopy(whole))):
        for key, array in everything(split, x).items():
            close(array, expected[key])


def test_piecewise_linearity_is_that_of_the_network() -> None:
    assert is_piecewise_linear(Split(Sequential(LeakyReLU())))
    assert not is_piecewise_linear(Split(Sequential(LeakyReLU(), Tanh())))


# Gradients


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


# Unknown containers are refused because their inner layers would share gradients between threads


class OtherContainer(Layer):
    """A container class that is defined only in this file."""

    def __init__(self, one: Layer, other: Layer) -> None:
        super().__init__()
        self.both = one, other

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        return ((f"{index}.", layer) for index, layer in enumerate(self.both))


CONTAINERS: dict[str, Callable[[Layer], Layer]] = {
    "OtherContainer": lambda layer: OtherContainer(layer, Reshape(4)),
    "Split": Split,
}


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("wrap", [lambda container: container, lambda container: Sequential(Reshape(4), container)])
def test_an_unknown_container_is_refused(name: str, wrap: Callable[[Layer], Layer]) -> None:
    network = wrap(CONTAINERS[name](Dense(4, 4, np.random.default_rng(0))))
    with pytest.raises(TypeError, match=f"^Split: expected a Sequential or a plain layer, received {name}$"):
        Split(network)


# Small workloads are not split


def test_products_are_counted() -> None:
    rng = np.random.default_rng(0)
    D = Sequential(Conv2D(1, 8, rng), Conv2D(8, 32, rng, LeakyReLU()), Sequential(Reshape(1568), Dense(1568, 3, rng)))
    G = Sequential(Dense(4, 1568, rng), Reshape(7, 7, 32), ConvTranspose2D(32, 8, rng), ConvTranspose2D(8, 1, rng))
    for network, x, outer in ((D, np.ones((2, 28, 28, 1)), 1568 * 3), (G, np.ones((0, 4)), 4 * 1568)):
        _, saved = network.forward(x)
        assert products(network, saved) == 16 * 8 * 196 + 16 * 8 * 32 * 49 + outer


@pytest.mark.parametrize(("N", "expected"), [(1, 1), (3, 1), (4, 2), (5, 2), (6, 3), (9, 3)])
def test_small_batches_use_fewer_shares(N: int, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    split, whole = pair()  # dense layers with 4 x 5 and 5 x 2 weights
    with threads(3):
        monkeypatch.setattr(parallel, "LEAST_PRODUCTS", 60)  # the products for two samples
        y, saved = split.forward(batch(N))
        assert len(saved.parts) == expected
        split.backward(y, saved)
    y, saved = whole.forward(batch(N))
    whole.backward(y, saved)
    for key, dw in split.gradients().items():
        close(dw, whole.gradients()[key])


def test_the_quick_preset_is_not_split_and_the_shipped_one_is() -> None:
    parallel.set_threads(2)
    with patch.multiple(parallel, LEAST_PRODUCTS=LEAST_PRODUCTS):
        for config, parts in ((preset(3, network="quick"), 1), (preset(3), 2)):
            rng = np.random.default_rng(0)
            images = np.ones((2 * config.batch, 28, 28, 1), np.float32)
            _, saved = accelerate(config.build_discriminator(rng)).forward(images)
            assert len(saved.parts) == parts
