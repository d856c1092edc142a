"""The convolution and its transpose, for any kernel, stride and padding, compared with
the slow ones in `oracle`.

Both the plain layers (None) and the fast layers with both methods ("im2col",
"winograd") are tested.
"""

from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnet import Conv2D, ConvTranspose2D, LeakyReLU
from nnet.activations import Activation
from nnet.fast.accelerate import METHODS, accelerate
from nnet.fast.kernels import im2col
from tests.helpers import oracle
from tests.helpers.strategies import DTYPES, cast, close, numbers

LEAKY = LeakyReLU(0.25)
Kind = type[Conv2D] | type[ConvTranspose2D]
BOTH_KINDS = pytest.mark.parametrize("kind", [Conv2D, ConvTranspose2D])
EVERY_VARIANT = pytest.mark.parametrize("method", [None, *METHODS])
CHUNKS = st.sampled_from([1, 4000, im2col.CHUNK_BYTES])


class Geometry(NamedTuple):
    """A convolution: x (N, H, W, C) and a (kernel, kernel, C, K) filter."""

    N: int
    H: int
    W: int
    C: int
    K: int
    kernel: int
    stride: int
    padding: int


@st.composite
def geometries(draw: st.DrawFn, transposed: bool) -> Geometry:
    """Draw any convolution whose filter has at least one position.

    Or draw any transposed convolution whose output has at least one pixel. H and W are
    then the size of its input."""
    kernel = draw(st.integers(1, 4))
    stride = draw(st.integers(1, 5))
    padding = draw(st.integers(0, 5))
    smallest = (
        1 + max(0, -((kernel - 2 * padding - 1) // stride))
        if transposed
        else max(1, kernel - 2 * padding)
    )
    N, C, K = (draw(st.integers(1, 3)) for _ in range(3))
    H, W = (draw(st.integers(smallest, smallest + 3)) for _ in range(2))
    return Geometry(N, H, W, C, K, kernel, stride, padding)


# Cases that are always tested: not square, stride larger than the kernel, no padding,
# padding larger than the kernel.
USUAL = Geometry(2, 6, 8, 2, 3, 4, 2, 1)
GAPS = Geometry(2, 9, 7, 2, 3, 2, 4, 0)
WIDE_PADDING = Geometry(2, 3, 5, 3, 2, 2, 3, 4)


def check_layer(
    kind: Kind, g: Geometry, dtype: type, method: str | None, chunk: int
) -> None:
    """Assert that a leaky layer with random weights computes y, dx, dW and db as the
    oracle does.
    """
    rng = np.random.default_rng(sum(g))
    plain = cast(
        kind(g.C, g.K, rng, LEAKY, kernel=g.kernel, stride=g.stride, padding=g.padding),
        dtype,
    )
    layer = plain if method is None else accelerate(plain, method)
    W, b = layer.params.values()
    W[...] = numbers(rng, *W.shape)
    b[...] = numbers(rng, g.K)
    x = numbers(rng, g.N, g.H, g.W, g.C, dtype=dtype)
    how = (g.stride, g.padding)
    if kind is Conv2D:
        z = b + oracle.forward(x, W, *how)
    else:
        height, width = (
            (side - 1) * g.stride + g.kernel - 2 * g.padding for side in (g.H, g.W)
        )
        z = b + oracle.input_gradient(x, W, *how, (height, width))
    with patch.object(im2col, "CHUNK_BYTES", chunk):
        y, saved = layer.forward(x)
        dy = numbers(rng, *y.shape, dtype=dtype)
        dx = layer.backward(dy, saved)
    close(y, np.where(z > 0, z, 0.25 * z), dtype)
    dz = np.where(z > 0, dy, 0.25 * dy)
    close(layer.grads["b"], dz.sum((0, 1, 2)), dtype)
    if kind is Conv2D:
        close(dx, oracle.input_gradient(dz, W, *how, (g.H, g.W)), dtype)
        close(layer.grads["W"], oracle.weight_gradient(x, dz, g.kernel, *how), dtype)
    else:
        close(dx, oracle.forward(dz, W, *how), dtype)
        close(layer.grads["W"], oracle.weight_gradient(dz, x, g.kernel, *how), dtype)
    assert y.dtype == dx.dtype == dtype


@EVERY_VARIANT
@given(g=geometries(transposed=False), dtype=DTYPES, chunk=CHUNKS)
@example(g=USUAL, dtype=np.float32, chunk=im2col.CHUNK_BYTES)
@example(g=USUAL._replace(N=7), dtype=np.float64, chunk=4000)
@example(g=GAPS, dtype=np.float64, chunk=1)
@example(g=WIDE_PADDING, dtype=np.float64, chunk=1)
def test_conv_matches_the_oracle(
    g: Geometry, dtype: type, method: str | None, chunk: int
) -> None:
    check_layer(Conv2D, g, dtype, method, chunk)


@EVERY_VARIANT
@given(g=geometries(transposed=True), dtype=DTYPES, chunk=CHUNKS)
@example(g=USUAL, dtype=np.float32, chunk=im2col.CHUNK_BYTES)
@example(g=GAPS, dtype=np.float64, chunk=1)
@example(g=WIDE_PADDING._replace(H=5, W=4, stride=4), dtype=np.float64, chunk=4000)
def test_transposed_conv_matches_the_oracle(
    g: Geometry, dtype: type, method: str | None, chunk: int
) -> None:
    check_layer(ConvTranspose2D, g, dtype, method, chunk)


@BOTH_KINDS
@pytest.mark.parametrize("activation", [None, LeakyReLU(0.2)])
def test_the_signal_keeps_its_variance(
    kind: Kind, activation: Activation | None
) -> None:
    rng = np.random.default_rng(0)
    layer = kind(32, 64, rng, activation)
    y, _ = layer.forward(rng.standard_normal((4, 12, 12, 32)).astype(np.float32))
    inner = y[:, 2:-2, 2:-2]  # without the edge, where fewer products are summed
    assert np.square(inner).mean() == pytest.approx(1, rel=0.15)
