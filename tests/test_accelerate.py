"""Fast twins: the same numbers as the plain network's, over the same weights, each layer with a method of its own."""

from collections.abc import Callable

import numpy as np
import pytest
from strategies import BOTH_DTYPES, PIECEWISE_LINEAR, TWINS, Array, build, close, pull

from nnet import jvp
from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.conv import Conv2D, ConvTranspose2D
from nnet.dense import Dense
from nnet.fast.accelerate import METHODS, accelerate, twin
from nnet.fast.layers import FastConv2D, FastConvolution, FastConvTranspose2D, FastDense, PackedDense
from nnet.fast.split import Split
from nnet.jvp import accumulate, push
from nnet.layer import Layer
from nnet.optimizers import Adam
from nnet.sequential import Sequential

PLAIN_NAMES = [name.removesuffix(", fast") for name in TWINS]
BOTH_METHODS = pytest.mark.parametrize("convolution", METHODS)
BOTH_WAYS = pytest.mark.parametrize("faster", [twin, accelerate])


def every_kind() -> Sequential:
    """A network with one of every layer."""
    rng = np.random.default_rng(0)
    inner = Sequential(Dense(8, 8, rng), Tanh(), Reshape(2, 2, 2), ConvTranspose2D(2, 1, rng))
    return Sequential(Conv2D(1, 2, rng, LeakyReLU()), LeakyReLU(0.5), Reshape(8), inner)


def computed(layer: Layer, x: Array) -> dict[str, Array]:
    """All that a layer gives for x and holds."""
    y, saved = layer.forward(x)
    frozen_dx, dx = pull(layer, np.cos(y), saved), layer.backward(np.cos(y), saved)
    assert dx is not None
    gradients = {f"d{key}": dw for key, dw in layer.gradients().items()}
    return {"x": x, "y": y, "frozen dx": frozen_dx, "dx": dx, **layer.parameters(), **gradients}


@pytest.mark.parametrize("name", PLAIN_NAMES)
@BOTH_DTYPES
@BOTH_METHODS
@BOTH_WAYS
def test_a_twin_gives_what_its_plain_layer_gives(
    name: str, dtype: type, convolution: str, faster: Callable[[Layer, str], Layer]
) -> None:
    plain = computed(*build(name, dtype))
    layer, x = build(name, dtype)
    fast = computed(faster(layer, convolution), x)
    assert list(plain) == list(fast)
    for key, array in plain.items():
        scale = max(1.0, float(np.abs(array).max()))
        close(fast[key] / scale, array / scale, dtype)


@pytest.mark.parametrize("name", PLAIN_NAMES)
@BOTH_WAYS
def test_a_twin_and_its_plain_layer_share_weights_and_gradients(name: str, faster: Callable[[Layer], Layer]) -> None:
    plain, x = build(name)
    fast = faster(plain)
    for own, shared in [(plain.parameters(), fast.parameters()), (plain.gradients(), fast.gradients())]:
        assert list(own) == list(shared)
        assert all(shared[key] is array for key, array in own.items())
    y, saved = fast.forward(x)
    fast.backward(np.cos(y), saved)
    assert all(dw.any() for dw in plain.gradients().values())
    Adam(fast).step(0.1)
    close(fast.forward(x)[0], plain.forward(x)[0])
    assert not np.allclose(plain.forward(x)[0], y)


def with_gaps(array: Array) -> Array:
    """The same numbers as a slice of a larger array, so that they do not lie side by side."""
    larger = np.zeros((*array.shape[:-1], array.shape[-1] + 1), array.dtype)
    larger[..., :-1] = array
    return larger[..., :-1]


@pytest.mark.parametrize("name", TWINS)
def test_arrays_with_gaps_in_memory(name: str) -> None:
    found: list[dict[str, Array]] = []
    for laid in (np.copy, with_gaps):
        layer, x = build(name)
        y, saved = layer.forward(laid(x))
        dx = layer.backward(laid(np.cos(y)), saved)
        assert dx is not None
        found.append({"y": y, "dx": dx})
        if name in PIECEWISE_LINEAR:
            found[-1]["Ju"] = push(layer, laid(np.sin(x)), saved)
            dz, found[-1]["J^T dy"] = jvp.pull(layer, laid(np.cos(y)), saved)
            accumulate(layer, dz, saved, laid(np.sin(x)), 0.7, np.ones(len(x)))
        found[-1] |= layer.gradients()
    for key, array in found[0].items():
        close(found[1][key], array)


def test_the_two_are_frozen_apart() -> None:
    plain = every_kind()
    fast = accelerate(plain)
    with fast.frozen():
        assert plain.trainable
        assert all(leaf.trainable for _, leaf in plain.leaves())
    with plain.frozen():
        assert all(leaf.trainable for _, leaf in fast.leaves())


def test_every_layer_with_weights_has_a_fast_one_and_the_others_stay() -> None:
    fast = accelerate(every_kind())
    assert isinstance(fast, Split)
    kinds = [FastConv2D, LeakyReLU, Reshape, FastDense, Tanh, Reshape, FastConvTranspose2D]
    assert [type(leaf) for _, leaf in fast.leaves()] == kinds


def test_a_plain_network_stays_plain_and_a_twin_draws_no_random_numbers() -> None:
    rng = np.random.default_rng(0)
    plain = Conv2D(8, 32, rng)
    before, attributes = rng.bit_generator.state, dict(vars(plain))
    fast = twin(plain)
    assert rng.bit_generator.state == before
    assert vars(plain) == attributes
    assert isinstance(fast, FastConv2D)
    assert (fast.stride, fast.padding, fast.activation) == (2, 1, plain.activation)


@BOTH_METHODS
def test_every_convolution_has_a_method_of_its_own_of_the_kind_asked_for(convolution: str) -> None:
    layers = [leaf for _, leaf in twin(every_kind(), convolution).leaves() if isinstance(leaf, FastConvolution)]
    assert len({id(layer.method) for layer in layers}) == len(layers) == 2
    assert {type(layer.method) for layer in layers} == {METHODS[convolution]}


def test_winograd_is_the_usual_method() -> None:
    for network in (twin(every_kind()), accelerate(every_kind())):
        methods = {type(leaf.method) for _, leaf in network.leaves() if isinstance(leaf, FastConvolution)}
        assert methods == {METHODS["winograd"]}


class Square(Layer):
    """A layer that has no twin."""


@pytest.mark.parametrize("network", [Square(), Sequential(LeakyReLU(), Sequential(Square()))])
def test_a_layer_without_a_twin_is_refused(network: Layer) -> None:
    with pytest.raises(TypeError, match=r"^accelerate: expected layers of nnet, received Square$"):
        accelerate(network)


@BOTH_WAYS
def test_what_is_fast_already_is_refused(faster: Callable[[Layer], Layer]) -> None:
    with pytest.raises(TypeError, match=r"received (Split|FastConv2D)$"):
        faster(faster(every_kind()))


def still_and_plain(columns: int) -> tuple[Layer, Dense]:
    plain = Dense(300, columns, np.random.default_rng(0), LeakyReLU())
    return twin(plain, fixed=True), plain


@pytest.mark.parametrize("columns", [512, 40])
def test_what_is_still_gives_the_same_numbers_and_has_the_plain_layer_s_gradients(columns: int) -> None:
    fast, plain = still_and_plain(columns)
    assert isinstance(fast, PackedDense)
    x = np.random.default_rng(1).normal(size=(7, 300)).astype(np.float32)
    for key, array in computed(plain, x).items():
        close(computed(fast, x)[key] / 40, array / 40, np.float32)


def test_a_sample_is_the_same_in_whatever_batch_it_comes() -> None:
    """Bit for bit; W is large enough for BLAS to be asked otherwise."""
    rng, leaky = np.random.default_rng(0), LeakyReLU()
    plain = Sequential(Dense(74, 512, rng, leaky), Dense(512, 6272, rng, leaky), Reshape(7, 7, 128),
                       ConvTranspose2D(128, 64, rng, activation=leaky))  # fmt: skip
    x = np.random.default_rng(1).normal(size=(30, 74)).astype(np.float32)
    fast = accelerate(plain, fixed=True)
    every, _ = fast.forward(x)
    for n in (1, 2, 3, 4, 7, 12, 29):
        np.testing.assert_array_equal(fast.forward(x[:n])[0], every[:n])
        np.testing.assert_array_equal(fast.forward(x[-n:])[0], every[-n:])


def test_what_is_still_keeps_its_weights_and_refuses_another_shape() -> None:
    fast, plain = still_and_plain(512)
    x = np.ones((2, 300), np.float32)
    before, _ = fast.forward(x)
    plain.params["W"][:] = 0
    np.testing.assert_array_equal(fast.forward(x)[0], before)
    with pytest.raises(ValueError, match="299"):
        fast.forward(np.ones((2, 299), np.float32))
