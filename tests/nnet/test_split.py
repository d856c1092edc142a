"""A network that splits its batch over threads gives the same results for any number of threads."""

import copy
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import DTypeLike

from gan.rules.config import preset
from nnet import Conv2D, ConvTranspose2D, Dense, Layer, LeakyReLU, Reshape, Saved, Sequential, Tanh
from nnet.dense import Affine
from nnet.fast.accelerate import accelerate, twin
from nnet.fast.kernels import thread_pool
from nnet.fast.kernels.thread_pool import LEAST_PRODUCTS
from nnet.fast.split import Split, products
from nnet.gradcheck import in_float64
from tests.helpers.strategies import BOTH_DTYPES, Array, cast, close, everything, numbers, threads


def dense(rng: np.random.Generator) -> Sequential:
    return Sequential(Dense(4, 5, rng, LeakyReLU()), Sequential(LeakyReLU(0.5), Dense(5, 2, rng, Tanh())))


def images(rng: np.random.Generator) -> Sequential:
    """Return a network with two convolutions. In its fast twin, the first uses im2col, the second a fast kernel."""
    convolutions = Conv2D(1, 8, rng, LeakyReLU()), Conv2D(8, 32, rng, LeakyReLU())
    return Sequential(*convolutions, Reshape(1568), Dense(1568, 1, rng))


NETWORKS: dict[str, tuple[Callable[[np.random.Generator], Layer], tuple[int, ...]]] = {
    "dense": (lambda rng: twin(dense(rng)), (4,)),
    "plain": (dense, (4,)),
    "images": (lambda rng: twin(images(rng)), (28, 28, 1)),
    "one layer": (lambda rng: twin(Dense(4, 3, rng, LeakyReLU())), (4,)),
}


def pair(name: str = "dense", dtype: type = np.float64) -> tuple[Split, Layer]:
    """Return a split network and an unsplit one with equal weights."""
    whole = cast(NETWORKS[name][0](np.random.default_rng(0)), dtype)
    for key, w in whole.parameters().items():
        if key.endswith("b"):
            w[...] = numbers(np.random.default_rng(1), *w.shape)
    return Split(copy.deepcopy(whole)), whole


def batch(N: int, name: str = "dense", dtype: DTypeLike = np.float64) -> Array:
    return numbers(np.random.default_rng(2), N, *NETWORKS[name][1], dtype=dtype)


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    """Use two threads, and restore the previous number afterwards."""
    with threads(2):
        yield


def assert_same(split: Layer, whole: Layer, x: Array) -> None:
    """Assert that both networks compute the same for x, forward and backward."""
    result, expected = everything(split, x), everything(whole, x)
    assert result.keys() == expected.keys()
    for key, array in result.items():
        assert array.dtype == x.dtype
        scale = max(1.0, float(np.abs(expected[key]).max(initial=0)))
        close(array / scale, expected[key] / scale, x.dtype)


@pytest.mark.parametrize("name", NETWORKS)
@BOTH_DTYPES
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("N", [0, 1, 2, 5])
def test_a_split_network_equals_the_network(name: str, dtype: type, count: int, N: int) -> None:
    split, whole = pair(name, dtype)
    with threads(count):
        assert_same(split, whole, batch(N, name, dtype))


def test_a_shared_layer_gets_both_gradients() -> None:
    layer = cast(Dense(4, 4, np.random.default_rng(0), LeakyReLU()), np.float64)
    whole = Sequential(layer, LeakyReLU(0.5), layer)
    for split in (Split(copy.deepcopy(whole)), accelerate(copy.deepcopy(whole))):
        assert_same(split, whole, batch(5))


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
        monkeypatch.setattr(thread_pool, "LEAST_PRODUCTS", 60)  # the products for two samples
        assert len(split.forward(batch(N))[1].parts) == expected
        assert_same(split, whole, batch(N))


def test_the_quick_preset_is_not_split_and_the_shipped_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_pool, "LEAST_PRODUCTS", LEAST_PRODUCTS)
    for config, parts in ((preset(3, network="quick"), 1), (preset(3), 2)):
        images = np.ones((2 * config.batch, 28, 28, 1), np.float32)
        _, saved = accelerate(config.build_discriminator(np.random.default_rng(0))).forward(images)
        assert len(saved.parts) == parts


# The network may change


def other_arrays(network: Layer) -> None:
    for _, leaf in network.leaves():
        leaf.params = {key: 2 * w for key, w in leaf.params.items()}


def other_activation(network: Layer) -> None:
    (_, first), *_ = network.leaves()
    assert isinstance(first, Affine)
    first.activation = LeakyReLU(0.7)


@pytest.mark.parametrize("change", [in_float64, other_arrays, other_activation])
def test_changes_of_the_network_reach_every_share(change: Callable[[Layer], object]) -> None:
    split, whole = pair(dtype=np.float32)
    everything(split, batch(6, dtype=np.float32))
    for network in (split, whole):
        change(network)
    assert_same(split, whole, batch(6, dtype=next(iter(whole.parameters().values())).dtype))


# for_each_share


def test_for_each_share_gives_every_share_its_part() -> None:
    split, _ = pair()
    x, weight = batch(7), np.arange(7.0)
    thread_pool.set_threads(3)
    _, saved = split.forward(x)

    def inspect(network: Layer, x: Array, weight: Array, part: Saved) -> tuple[list[float], bool]:
        same = np.array_equal(part.x, x) and np.array_equal(network.forward(x)[0], part.y)
        return weight.tolist(), same

    assert split.for_each_share(inspect, x, weight, saved) == [([0, 1], True), ([2, 3], True), ([4, 5, 6], True)]
    assert split.for_each_share(lambda network, weight: weight.sum(), weight) == [1, 5, 15]
    assert split.for_each_share(lambda network, x: len(x), batch(0)) == [0]
    thread_pool.set_threads(1)  # the parts depend on `saved`, not on the current number of threads
    assert [len(values) for values, _ in split.for_each_share(inspect, x, weight, saved)] == [2, 2, 3]


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_an_error_in_a_share_leaves_no_state(failing: int) -> None:
    split, whole = pair()
    thread_pool.set_threads(3)
    y, saved = split.forward(batch(6))

    def fail(network: Layer, dy: Array, part: Saved) -> None:
        network.backward(dy, part)
        if part.x is saved.parts[failing].x:
            raise ArithmeticError(f"share {failing}")

    with pytest.raises(ArithmeticError, match=f"share {failing}"):
        split.for_each_share(fail, y, saved)
    assert_same(split, whole, batch(6))
