"""The convolution and its transpose, any kernel, stride and padding, against the slow ones of `oracle`.

The layers are tried as they are on the ground floor, and as fast ones by both methods: None, "im2col", "winograd".
"""

import numpy as np
import oracle
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import (
    GAPS,
    USUAL,
    WIDE_PADDING,
    Array,
    Geometry,
    cast,
    close,
    geometries,
    numbers,
    pull,
    threads,
    transposed_geometries,
)

from nnet.activations import Activation, LeakyReLU, Tanh
from nnet.conv import Conv2D, ConvTranspose2D, convolve, convolve_back, filter_gradient, patches
from nnet.fast.accelerate import METHODS, accelerate, twin
from nnet.fast.convolution import Im2col
from nnet.fast.layers import FastConvolution
from nnet.layer import Layer

DTYPES = st.sampled_from([np.float32, np.float64])
LEAKY = LeakyReLU(0.25)
Kind = type[Conv2D] | type[ConvTranspose2D]
BOTH_KINDS = pytest.mark.parametrize("kind", [Conv2D, ConvTranspose2D])
STOREYS = [None, *METHODS]
EVERY_STOREY = pytest.mark.parametrize("storey", STOREYS)


def on(storey: str | None, layer: Layer) -> Layer:
    """The layer itself, or its fast twin by this method."""
    return layer if storey is None else twin(layer, storey)


def layer_of(
    kind: Kind, g: Geometry, dtype: type = np.float64, activation: Activation | None = None, storey: str | None = None
) -> Layer:
    """A layer with random weights and a random bias."""
    rng = np.random.default_rng(sum(g))
    layer = cast(kind(g.C, g.K, rng, activation, kernel=g.kernel, stride=g.stride, padding=g.padding), dtype)
    layer.params["W"][...] = numbers(rng, *layer.params["W"].shape)
    layer.params["b"][...] = numbers(rng, g.K)
    return on(storey, layer)


# The functions


@given(g=geometries(), dtype=DTYPES)
@example(g=USUAL, dtype=np.float32)
@example(g=GAPS, dtype=np.float64)
@example(g=WIDE_PADDING, dtype=np.float64)
def test_the_functions(g: Geometry, dtype: type) -> None:
    rng = np.random.default_rng(sum(g))
    x = numbers(rng, g.N, g.H, g.W, g.C, dtype=dtype)
    W = numbers(rng, g.kernel, g.kernel, g.C, g.K, dtype=dtype)
    expected = oracle.forward(x, W, g.stride, g.padding)
    dy = numbers(rng, *expected.shape, dtype=dtype)
    size = (g.H, g.W)
    before = [array.tobytes() for array in (x, W, dy)]
    y, dx = convolve(x, W, g.stride, g.padding), convolve_back(dy, W, g.stride, g.padding, size)
    dW = filter_gradient(x, dy, g.kernel, g.stride, g.padding)
    close(y, expected, dtype)
    close(dx, oracle.input_gradient(dy, W, g.stride, g.padding, size), dtype)
    close(dW, oracle.weight_gradient(x, dy, g.kernel, g.stride, g.padding), dtype)
    assert y.dtype == dx.dtype == dW.dtype == dtype
    assert [array.tobytes() for array in (x, W, dy)] == before


def test_patches_by_hand() -> None:
    x = np.arange(1.0, 13).reshape(1, 3, 4, 1)  # 1 2 3 4 / 5 6 7 8 / 9 10 11 12
    found = patches(x, 2, 2, 1)
    assert found.shape == (1, 2, 3, 2, 2, 1)
    rows = [[[0, 0, 0, 1], [0, 0, 2, 3], [0, 0, 4, 0]], [[0, 5, 0, 9], [6, 7, 10, 11], [8, 0, 12, 0]]]
    assert found.reshape(2, 3, 4).tolist() == rows


def test_patches_keep_the_channels_apart() -> None:
    x = numbers(np.random.default_rng(0), 2, 5, 6, 3)
    for channel in range(3):
        one = x[..., channel : channel + 1]
        assert np.array_equal(patches(x, 3, 1, 1)[..., channel], patches(one, 3, 1, 1)[..., 0])


# The layers


def check_leaky(layer: Layer, x: Array, z: Array) -> tuple[Array, Array]:
    """Assert that the layer makes leaky(z) of x and has the right db; returns dx for a random dy, and dz."""
    y, saved = layer.forward(x)
    close(y, np.where(z > 0, z, 0.25 * z), x.dtype)
    dy = numbers(np.random.default_rng(2), *y.shape, dtype=x.dtype)
    dx = layer.backward(dy, saved)
    assert dx is not None
    dz = np.where(z > 0, dy, 0.25 * dy)
    close(layer.grads["b"], dz.sum((0, 1, 2)), x.dtype)
    assert y.dtype == dx.dtype == x.dtype
    return dx, dz


@EVERY_STOREY
@given(g=geometries(), dtype=DTYPES)
@example(g=USUAL, dtype=np.float32)
@example(g=GAPS, dtype=np.float64)
@example(g=WIDE_PADDING, dtype=np.float64)
def test_conv(g: Geometry, dtype: type, storey: str | None) -> None:
    layer = layer_of(Conv2D, g, dtype, LEAKY, storey)
    W, b = layer.params["W"], layer.params["b"]
    x = numbers(np.random.default_rng(1), g.N, g.H, g.W, g.C, dtype=dtype)
    z = oracle.forward(x, W, g.stride, g.padding) + b
    dx, dz = check_leaky(layer, x, z)
    close(dx, oracle.input_gradient(dz, W, g.stride, g.padding, (g.H, g.W)), dtype)
    close(layer.grads["W"], oracle.weight_gradient(x, dz, g.kernel, g.stride, g.padding), dtype)


@EVERY_STOREY
@given(g=transposed_geometries(), dtype=DTYPES)
@example(g=USUAL, dtype=np.float32)
@example(g=GAPS, dtype=np.float64)
@example(g=WIDE_PADDING._replace(H=5, W=4, stride=4), dtype=np.float64)
def test_transposed_conv(g: Geometry, dtype: type, storey: str | None) -> None:
    layer = layer_of(ConvTranspose2D, g, dtype, LEAKY, storey)
    W, b = layer.params["W"], layer.params["b"]
    x = numbers(np.random.default_rng(1), g.N, g.H, g.W, g.C, dtype=dtype)
    size = ((g.H - 1) * g.stride + g.kernel - 2 * g.padding, (g.W - 1) * g.stride + g.kernel - 2 * g.padding)
    z = oracle.input_gradient(x, W, g.stride, g.padding, size) + b
    assert z.shape == (g.N, *size, g.K)
    dx, dz = check_leaky(layer, x, z)
    close(dx, oracle.forward(dz, W, g.stride, g.padding), dtype)
    close(layer.grads["W"], oracle.weight_gradient(dz, x, g.kernel, g.stride, g.padding), dtype)


@EVERY_STOREY
@given(g=transposed_geometries())
@example(g=USUAL)
def test_the_two_are_transposes_of_each_other(g: Geometry, storey: str | None) -> None:
    up = layer_of(ConvTranspose2D, g, storey=storey)
    down = layer_of(Conv2D, g._replace(C=g.K, K=g.C), storey=storey)
    down.params["W"] = up.params["W"]
    up.params["b"][...] = down.params["b"][...] = 0
    rng = np.random.default_rng(2)
    small = numbers(rng, g.N, g.H, g.W, g.C)
    large, saved_up = up.forward(small)
    other = numbers(rng, *large.shape)
    y, saved_down = down.forward(other)
    assert y.shape == small.shape
    assert (large * other).sum() == pytest.approx((small * y).sum(), rel=1e-9, abs=1e-9)
    close(pull(down, small, saved_down), large)
    close(pull(up, other, saved_up), y)


@pytest.mark.parametrize("side", [2, 6, 28])
def test_the_usual_layers_halve_and_double(side: int) -> None:
    rng = np.random.default_rng(0)
    x = numbers(rng, 1, side, side + 2, 2, dtype=np.float32)
    assert Conv2D(2, 3, rng).forward(x)[0].shape == (1, side // 2, side // 2 + 1, 3)
    assert ConvTranspose2D(2, 3, rng).forward(x)[0].shape == (1, 2 * side, 2 * side + 4, 3)


def test_weights_have_the_layout_that_is_documented() -> None:
    rng = np.random.default_rng(0)
    assert Conv2D(2, 3, rng, kernel=5).params["W"].shape == (5, 5, 2, 3)
    assert ConvTranspose2D(2, 3, rng, kernel=5).params["W"].shape == (5, 5, 3, 2)
    assert Conv2D(2, 3, rng).params["b"].shape == ConvTranspose2D(2, 3, rng).params["b"].shape == (3,)


@EVERY_STOREY
@BOTH_KINDS
@pytest.mark.parametrize("shape", [(2, 8, 8, 3), (2, 8, 8), (128,), (2, 2, 8, 8), (1, 2, 8, 8, 2)])
def test_a_wrong_input_is_named(kind: Kind, shape: tuple[int, ...], storey: str | None) -> None:
    layer = on(storey, kind(2, 3, np.random.default_rng(0)))
    with pytest.raises(ValueError, match=rf"^(Fast)?{kind.__name__}: expected images \(N, H, W, 2\)") as caught:
        layer.forward(np.ones(shape, np.float32))
    assert f"received {shape}" in str(caught.value)
    assert "\n" not in str(caught.value)


@EVERY_STOREY
@pytest.mark.parametrize("shape", [(1, 2, 9, 1), (1, 9, 2, 1)])
def test_an_image_smaller_than_the_filter_is_named(shape: tuple[int, ...], storey: str | None) -> None:
    layer = on(storey, Conv2D(1, 1, np.random.default_rng(0), kernel=5, stride=1, padding=1))
    with pytest.raises(ValueError, match="of at least 3 pixels a side, received"):
        layer.forward(np.ones(shape, np.float32))
    assert layer.forward(np.ones((1, 3, 3, 1), np.float32))[0].shape == (1, 1, 1, 1)


class Slow(Im2col):
    """The oracle as a method."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def forward(self, x: Array, W: Array, stride: int, padding: int) -> Array:
        self.asked.add("forward")
        return oracle.forward(x, W, stride, padding)

    def input_gradient(self, dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]) -> Array:
        self.asked.add("input gradient")
        height, width = size
        return oracle.input_gradient(dy, W, stride, padding, (height, width))

    def weight_gradient(self, x: Array, dy: Array, kernel: int, stride: int, padding: int) -> Array:
        self.asked.add("weight gradient")
        return oracle.weight_gradient(x, dy, kernel, stride, padding)


@BOTH_KINDS
def test_another_method_can_compute_it(kind: Kind) -> None:
    slow, found = Slow(), []
    for method in (Im2col(), slow):
        layer = layer_of(kind, USUAL, activation=Tanh(), storey="im2col")
        assert isinstance(layer, FastConvolution)
        layer.method = method
        y, saved = layer.forward(numbers(np.random.default_rng(1), 2, 6, 8, 2))
        dx = layer.backward(np.cos(y), saved)
        assert dx is not None
        found.append([y, dx, *layer.grads.values()])
    assert slow.asked == {"forward", "input gradient", "weight gradient"}
    for fast, expected in zip(*found, strict=True):
        close(fast, expected)


@BOTH_KINDS
@pytest.mark.parametrize("activation", [None, LeakyReLU(0.2)])
def test_the_signal_keeps_its_size(kind: Kind, activation: Activation | None) -> None:
    rng = np.random.default_rng(0)
    layer = kind(32, 64, rng, activation)
    y, _ = layer.forward(rng.standard_normal((4, 12, 12, 32)).astype(np.float32))
    inner = y[:, 2:-2, 2:-2]  # at the edge fewer products are summed
    assert np.square(inner).mean() == pytest.approx(1, rel=0.15)


@BOTH_KINDS
def test_a_batch_is_its_samples_one_by_one(kind: Kind) -> None:
    layer = layer_of(kind, USUAL, activation=LEAKY)
    x = numbers(np.random.default_rng(1), 5, 6, 8, 2)
    expected = np.concatenate([layer.forward(one[None])[0] for one in x])
    with threads(2):
        for one in (layer, twin(layer), accelerate(layer)):
            close(one.forward(x)[0], expected)
