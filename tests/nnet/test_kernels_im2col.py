"""The im2col convolution compared with the slow one in `oracle`, which is first checked by hand."""

from types import ModuleType
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnet.fast.kernels import im2col
from tests.helpers import oracle
from tests.helpers.strategies import DTYPES, GAPS, USUAL, WIDE_PADDING, Geometry, close, geometries, numbers

X_BY_HAND = np.arange(1.0, 10).reshape(1, 3, 3, 1)  # 1 2 3 / 4 5 6 / 7 8 9
W_BY_HAND = np.arange(1.0, 5).reshape(2, 2, 1, 1)  # 1 2 / 3 4


@pytest.mark.parametrize("kernels", [oracle, im2col], ids=["oracle", "im2col"])
def test_convolutions_by_hand(kernels: ModuleType) -> None:
    whole = kernels.forward(X_BY_HAND, W_BY_HAND, 1, 0)[0, :, :, 0]
    assert whole.tolist() == [[1 + 4 + 12 + 20, 2 + 6 + 15 + 24], [4 + 10 + 21 + 32, 5 + 12 + 24 + 36]]
    padded = kernels.forward(X_BY_HAND, W_BY_HAND, 2, 1)[0, :, :, 0]
    assert padded.tolist() == [[4 * 1, 3 * 2 + 4 * 3], [2 * 4 + 4 * 7, 5 + 12 + 24 + 36]]
    W = np.array([[1.0, 10], [100, 1000]]).reshape(1, 1, 2, 2)  # W[c, k]
    pixel = np.array([1.0, 2]).reshape(1, 1, 1, 2)
    assert kernels.forward(pixel, W, 1, 0).ravel().tolist() == [201, 2010]
    assert kernels.input_gradient(pixel, W, 1, 0, (1, 1)).ravel().tolist() == [21, 2100]
    dy = np.array([1.0, 10]).reshape(1, 1, 2, 1)
    dx = kernels.input_gradient(dy, W_BY_HAND, 1, 0, (2, 3))
    assert dx[0, :, :, 0].tolist() == [[1, 2 + 10, 20], [3, 4 + 30, 40]]
    dW = kernels.weight_gradient(np.arange(1.0, 7).reshape(1, 2, 3, 1), dy, 2, 1, 0)  # 1 2 3 / 4 5 6
    assert dW[:, :, 0, 0].tolist() == [[1 + 20, 2 + 30], [4 + 50, 5 + 60]]


@given(g=geometries(), dtype=DTYPES, chunk=st.sampled_from([1, 4000, im2col.CHUNK_BYTES]))
@example(g=USUAL, dtype=np.float32, chunk=im2col.CHUNK_BYTES)
@example(g=USUAL._replace(N=7), dtype=np.float64, chunk=4000)
@example(g=GAPS, dtype=np.float64, chunk=1)
@example(g=WIDE_PADDING, dtype=np.float64, chunk=im2col.CHUNK_BYTES)
def test_im2col_matches_the_oracle(g: Geometry, dtype: type, chunk: int) -> None:
    rng = np.random.default_rng(sum(g))
    I, J = (oracle.places(size, g.kernel, g.stride, g.padding) for size in (g.H, g.W))
    assert I == im2col.output_size(g.H, g.kernel, g.stride, g.padding)
    x, W = numbers(rng, g.N, g.H, g.W, g.C, dtype=dtype), numbers(rng, g.kernel, g.kernel, g.C, g.K, dtype=dtype)
    dy = numbers(rng, g.N, I, J, g.K, dtype=dtype)
    with patch.object(im2col, "CHUNK_BYTES", chunk):
        y = im2col.forward(x, W, g.stride, g.padding)
        dx = im2col.input_gradient(dy, W, g.stride, g.padding, (g.H, g.W))
        dW = im2col.weight_gradient(x, dy, g.kernel, g.stride, g.padding)
    close(y, oracle.forward(x, W, g.stride, g.padding), dtype)
    close(dx, oracle.input_gradient(dy, W, g.stride, g.padding, (g.H, g.W)), dtype)
    close(dW, oracle.weight_gradient(x, dy, g.kernel, g.stride, g.padding), dtype)
    assert y.dtype == dx.dtype == dW.dtype == dtype
