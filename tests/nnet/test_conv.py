"""The convolution and its transpose, for any kernel, stride and padding, compared with the slow ones in `oracle`.

Both the plain layers (None) and the fast layers with both methods ("im2col", "winograd") are tested.
"""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnet.activations import Activation, LeakyReLU
from nnet.conv import Conv2D, ConvTranspose2D, patches
from nnet.fast.accelerate import METHODS, twin
from nnet.layer import Layer
from tests.helpers import oracle
from tests.helpers.strategies import (
    GAPS,
    USUAL,
    WIDE_PADDING,
    Array,
    Geometry,
    cast,
    close,
    geometries,
    numbers,
    transposed_geometries,
)

DTYPES = st.sampled_from([np.float32, np.float64])
LEAKY = LeakyReLU(0.25)
Kind = type[Conv2D] | type[ConvTranspose2D]
BOTH_KINDS = pytest.mark.parametrize("kind", [Conv2D, ConvTranspose2D])
VARIANTS = [None, *METHODS]
EVERY_VARIANT = pytest.mark.parametrize("method", VARIANTS)


def variant(method: str | None, layer: Layer) -> Layer:
    """Return the layer itself, or its fast twin with this method."""
    return layer if method is None else twin(layer, method)


def layer_of(
    kind: Kind, g: Geometry, dtype: type = np.float64, activation: Activation | None = None, method: str | None = None
) -> Layer:
    """Return a layer with random weights and a random bias."""
    rng = np.random.default_rng(sum(g))
    layer = cast(kind(g.C, g.K, rng, activation, kernel=g.kernel, stride=g.stride, padding=g.padding), dtype)
    layer.params["W"][...] = numbers(rng, *layer.params["W"].shape)
    layer.params["b"][...] = numbers(rng, g.K)
    return variant(method, layer)


def test_patches_by_hand() -> None:
    x = np.arange(1.0, 13).reshape(1, 3, 4, 1)  # 1 2 3 4 / 5 6 7 8 / 9 10 11 12
    result = patches(x, 2, 2, 1)
    assert result.shape == (1, 2, 3, 2, 2, 1)
    rows = [[[0, 0, 0, 1], [0, 0, 2, 3], [0, 0, 4, 0]], [[0, 5, 0, 9], [6, 7, 10, 11], [8, 0, 12, 0]]]
    assert result.reshape(2, 3, 4).tolist() == rows


def check_leaky(layer: Layer, x: Array, z: Array) -> tuple[Array, Array]:
    """Assert that the layer computes leaky(z) from x, and the correct db. Return dx for a random dy, and dz."""
    y, saved = layer.forward(x)
    close(y, np.where(z > 0, z, 0.25 * z), x.dtype)
    dy = numbers(np.random.default_rng(2), *y.shape, dtype=x.dtype)
    dx = layer.backward(dy, saved)
    dz = np.where(z > 0, dy, 0.25 * dy)
    close(layer.grads["b"], dz.sum((0, 1, 2)), x.dtype)
    assert y.dtype == dx.dtype == x.dtype
    return dx, dz


@EVERY_VARIANT
@given(g=geometries(), dtype=DTYPES)
@example(g=USUAL, dtype=np.float32)
@example(g=GAPS, dtype=np.float64)
@example(g=WIDE_PADDING, dtype=np.float64)
def test_conv_matches_the_oracle(g: Geometry, dtype: type, method: str | None) -> None:
    layer = layer_of(Conv2D, g, dtype, LEAKY, method)
    W, b = layer.params["W"], layer.params["b"]
    x = numbers(np.random.default_rng(1), g.N, g.H, g.W, g.C, dtype=dtype)
    z = oracle.forward(x, W, g.stride, g.padding) + b
    dx, dz = check_leaky(layer, x, z)
    close(dx, oracle.input_gradient(dz, W, g.stride, g.padding, (g.H, g.W)), dtype)
    close(layer.grads["W"], oracle.weight_gradient(x, dz, g.kernel, g.stride, g.padding), dtype)


@EVERY_VARIANT
@given(g=transposed_geometries(), dtype=DTYPES)
@example(g=USUAL, dtype=np.float32)
@example(g=GAPS, dtype=np.float64)
@example(g=WIDE_PADDING._replace(H=5, W=4, stride=4), dtype=np.float64)
def test_transposed_conv_matches_the_oracle(g: Geometry, dtype: type, method: str | None) -> None:
    layer = layer_of(ConvTranspose2D, g, dtype, LEAKY, method)
    W, b = layer.params["W"], layer.params["b"]
    x = numbers(np.random.default_rng(1), g.N, g.H, g.W, g.C, dtype=dtype)
    size = ((g.H - 1) * g.stride + g.kernel - 2 * g.padding, (g.W - 1) * g.stride + g.kernel - 2 * g.padding)
    z = oracle.input_gradient(x, W, g.stride, g.padding, size) + b
    assert z.shape == (g.N, *size, g.K)
    dx, dz = check_leaky(layer, x, z)
    close(dx, oracle.forward(dz, W, g.stride, g.padding), dtype)
    close(layer.grads["W"], oracle.weight_gradient(dz, x, g.kernel, g.stride, g.padding), dtype)


@pytest.mark.parametrize("side", [2, 6, 28])
def test_default_layers_halve_and_double_the_size(side: int) -> None:
    rng = np.random.default_rng(0)
    x = numbers(rng, 1, side, side + 2, 2, dtype=np.float32)
    assert Conv2D(2, 3, rng).forward(x)[0].shape == (1, side // 2, side // 2 + 1, 3)
    assert ConvTranspose2D(2, 3, rng).forward(x)[0].shape == (1, 2 * side, 2 * side + 4, 3)


def test_weights_have_the_documented_layout() -> None:
    rng = np.random.default_rng(0)
    assert Conv2D(2, 3, rng, kernel=5).params["W"].shape == (5, 5, 2, 3)
    assert ConvTranspose2D(2, 3, rng, kernel=5).params["W"].shape == (5, 5, 3, 2)
    assert Conv2D(2, 3, rng).params["b"].shape == ConvTranspose2D(2, 3, rng).params["b"].shape == (3,)


@EVERY_VARIANT
@BOTH_KINDS
@pytest.mark.parametrize("shape", [(2, 8, 8, 3), (2, 8, 8), (128,), (2, 2, 8, 8), (1, 2, 8, 8, 2)])
def test_a_wrong_shape_is_refused(kind: Kind, shape: tuple[int, ...], method: str | None) -> None:
    layer = variant(method, kind(2, 3, np.random.default_rng(0)))
    with pytest.raises(ValueError, match=rf"^(Fast)?{kind.__name__}: expected images \(N, H, W, 2\)") as caught:
        layer.forward(np.ones(shape, np.float32))
    assert f"received {shape}" in str(caught.value)
    assert "\n" not in str(caught.value)


@EVERY_VARIANT
@pytest.mark.parametrize("shape", [(1, 2, 9, 1), (1, 9, 2, 1)])
def test_an_image_smaller_than_the_filter_is_refused(shape: tuple[int, ...], method: str | None) -> None:
    layer = variant(method, Conv2D(1, 1, np.random.default_rng(0), kernel=5, stride=1, padding=1))
    with pytest.raises(ValueError, match="of at least 3 pixels a side, received"):
        layer.forward(np.ones(shape, np.float32))
    assert layer.forward(np.ones((1, 3, 3, 1), np.float32))[0].shape == (1, 1, 1, 1)


@BOTH_KINDS
@pytest.mark.parametrize("activation", [None, LeakyReLU(0.2)])
def test_the_signal_keeps_its_variance(kind: Kind, activation: Activation | None) -> None:
    rng = np.random.default_rng(0)
    layer = kind(32, 64, rng, activation)
    y, _ = layer.forward(rng.standard_normal((4, 12, 12, 32)).astype(np.float32))
    inner = y[:, 2:-2, 2:-2]  # without the edge, where fewer products are summed
    assert np.square(inner).mean() == pytest.approx(1, rel=0.15)
