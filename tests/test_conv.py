"""The convolution and its transpose, any kernel, stride and padding, against the slow ones of `oracle`."""

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
    few,
    geometries,
    numbers,
    threads,
    transposed_geometries,
)

from nnet.activations import Activation, LeakyReLU, Tanh
from nnet.conv import IM2COL, Conv2D, Convolution, ConvTranspose2D, Method
from nnet.layer import Layer

Kind = type[Conv2D] | type[ConvTranspose2D]
DTYPES = st.sampled_from([np.float32, np.float64])
LEAKY = LeakyReLU(0.25)


def layer_of(kind: Kind, g: Geometry, dtype: type = np.float64, activation: Activation | None = None) -> Layer:
    """A layer with random weights and a random bias."""
    rng = np.random.default_rng(sum(g))
    layer = cast(kind(g.C, g.K, rng, activation, kernel=g.kernel, stride=g.stride, padding=g.padding), dtype)
    layer.params["W"][...] = numbers(rng, *layer.params["W"].shape)
    layer.params["b"][...] = numbers(rng, g.K)
    return layer


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


@few
@given(g=geometries(), dtype=DTYPES)
@example(g=USUAL, dtype=np.float32)
@example(g=GAPS, dtype=np.float64)
@example(g=WIDE_PADDING, dtype=np.float64)
def test_conv(g: Geometry, dtype: type) -> None:
    layer = layer_of(Conv2D, g, dtype, LEAKY)
    W, b = layer.params["W"], layer.params["b"]
    x = numbers(np.random.default_rng(1), g.N, g.H, g.W, g.C, dtype=dtype)
    z = oracle.forward(x, W, g.stride, g.padding) + b
    dx, dz = check_leaky(layer, x, z)
    close(dx, oracle.input_gradient(dz, W, g.stride, g.padding, (g.H, g.W)), dtype)
    close(layer.grads["W"], oracle.weight_gradient(x, dz, g.kernel, g.stride, g.padding), dtype)


@few
@given(g=transposed_geometries(), dtype=DTYPES)
@example(g=USUAL, dtype=np.float32)
@example(g=GAPS, dtype=np.float64)
@example(g=WIDE_PADDING._replace(H=5, W=4, stride=4), dtype=np.float64)
def test_transposed_conv(g: Geometry, dtype: type) -> None:
    layer = layer_of(ConvTranspose2D, g, dtype, LEAKY)
    W, b = layer.params["W"], layer.params["b"]
    x = numbers(np.random.default_rng(1), g.N, g.H, g.W, g.C, dtype=dtype)
    size = ((g.H - 1) * g.stride + g.kernel - 2 * g.padding, (g.W - 1) * g.stride + g.kernel - 2 * g.padding)
    z = oracle.input_gradient(x, W, g.stride, g.padding, size) + b
    assert z.shape == (g.N, *size, g.K)
    dx, dz = check_leaky(layer, x, z)
    close(dx, oracle.forward(dz, W, g.stride, g.padding), dtype)
    close(layer.grads["W"], oracle.weight_gradient(dz, x, g.kernel, g.stride, g.padding), dtype)


@few
@given(g=transposed_geometries())
@example(g=USUAL)
def test_the_two_are_transposes_of_each_other(g: Geometry) -> None:
    up = layer_of(ConvTranspose2D, g)
    down = layer_of(Conv2D, g._replace(C=g.K, K=g.C))
    down.params["W"] = up.params["W"]
    rng = np.random.default_rng(2)
    small = numbers(rng, g.N, g.H, g.W, g.C)
    large, saved_up = up.forward(small)
    other = numbers(rng, *large.shape)
    y, saved_down = down.forward(other)
    assert y.shape == small.shape
    above, below = (up.push(small, saved_up) * other).sum(), (small * down.push(other, saved_down)).sum()
    assert above == pytest.approx(below, rel=1e-9, abs=1e-9)
    close(down.pull(small, saved_down), up.push(small, saved_up))


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


@pytest.mark.parametrize("kind", [Conv2D, ConvTranspose2D])
@pytest.mark.parametrize("shape", [(2, 8, 8, 3), (2, 8, 8), (128,), (2, 2, 8, 8), (1, 2, 8, 8, 2)])
def test_a_wrong_input_is_named(kind: Kind, shape: tuple[int, ...]) -> None:
    layer = kind(2, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match=rf"^{kind.__name__}: expected images \(N, H, W, 2\)") as caught:
        layer.forward(np.ones(shape, np.float32))
    assert f"received {shape}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(1, 2, 9, 1), (1, 9, 2, 1)])
def test_an_image_smaller_than_the_filter_is_named(shape: tuple[int, ...]) -> None:
    layer = Conv2D(1, 1, np.random.default_rng(0), kernel=5, stride=1, padding=1)
    with pytest.raises(ValueError, match="of at least 3 pixels a side, received"):
        layer.forward(np.ones(shape, np.float32))
    assert layer.forward(np.ones((1, 3, 3, 1), np.float32))[0].shape == (1, 1, 1, 1)


def test_another_method_can_compute_it() -> None:
    slow = Method(oracle.forward, oracle.input_gradient, oracle.weight_gradient)
    for kind in (Conv2D, ConvTranspose2D):
        found = []
        for method in (IM2COL, slow):
            layer = layer_of(kind, USUAL, activation=Tanh())
            assert isinstance(layer, Convolution)
            layer.method = method
            y, saved = layer.forward(numbers(np.random.default_rng(1), 2, 6, 8, 2))
            found.append([y, layer.backward(y, saved), layer.push(saved.x, saved), *layer.grads.values()])
        for fast, expected in zip(*found, strict=True):
            close(fast, expected)


@pytest.mark.parametrize("kind", [Conv2D, ConvTranspose2D])
@pytest.mark.parametrize("activation", [None, LeakyReLU(0.2)])
def test_the_signal_keeps_its_size(kind: Kind, activation: Activation | None) -> None:
    rng = np.random.default_rng(0)
    layer = kind(32, 64, rng, activation)
    y, _ = layer.forward(rng.standard_normal((4, 12, 12, 32)).astype(np.float32))
    inner = y[:, 2:-2, 2:-2]  # at the edge fewer products are summed
    assert np.square(inner).mean() == pytest.approx(1, rel=0.15)


@pytest.mark.parametrize("kind", [Conv2D, ConvTranspose2D])
def test_a_batch_is_its_samples_one_by_one(kind: Kind) -> None:
    layer = layer_of(kind, USUAL, activation=LEAKY)
    x = numbers(np.random.default_rng(1), 5, 6, 8, 2)
    with threads(2):
        y, _ = layer.forward(x)
    close(y, np.concatenate([layer.forward(one[None])[0] for one in x]))
