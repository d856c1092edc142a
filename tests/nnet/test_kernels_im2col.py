"""The im2col convolution compared with the slow one in `oracle`, which is first checked by hand."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnet.fast.kernels import im2col
from tests.helpers import oracle
from tests.helpers.strategies import (
    BOTH_DTYPES,
    GAPS,
    USUAL,
    WIDE_PADDING,
    Geometry,
    close,
    geometries,
    numbers,
    threads,
)

X_BY_HAND = np.arange(1.0, 10).reshape(1, 3, 3, 1)  # 1 2 3 / 4 5 6 / 7 8 9
W_BY_HAND = np.arange(1.0, 5).reshape(2, 2, 1, 1)  # 1 2 / 3 4
BOTH = pytest.mark.parametrize("kernels", [oracle, im2col], ids=["oracle", "im2col"])


@BOTH
def test_forward_by_hand(kernels: ModuleType) -> None:
    dense = kernels.forward(X_BY_HAND, W_BY_HAND, 1, 0)[0, :, :, 0]
    assert dense.tolist() == [[1 + 4 + 12 + 20, 2 + 6 + 15 + 24], [4 + 10 + 21 + 32, 5 + 12 + 24 + 36]]
    padded = kernels.forward(X_BY_HAND, W_BY_HAND, 2, 1)[0, :, :, 0]
    assert padded.tolist() == [[4 * 1, 3 * 2 + 4 * 3], [2 * 4 + 4 * 7, 5 + 12 + 24 + 36]]


@BOTH
def test_channels_by_hand(kernels: ModuleType) -> None:
    W = np.array([[1.0, 10], [100, 1000]]).reshape(1, 1, 2, 2)  # W[c, k]
    pixel = np.array([1.0, 2]).reshape(1, 1, 1, 2)
    assert kernels.forward(pixel, W, 1, 0).ravel().tolist() == [201, 2010]
    assert kernels.input_gradient(pixel, W, 1, 0, (1, 1)).ravel().tolist() == [21, 2100]


@BOTH
def test_input_gradient_by_hand(kernels: ModuleType) -> None:
    dx = kernels.input_gradient(np.array([1.0, 10]).reshape(1, 1, 2, 1), W_BY_HAND, 1, 0, (2, 3))
    assert dx[0, :, :, 0].tolist() == [[1, 2 + 10, 20], [3, 4 + 30, 40]]


@BOTH
def test_weight_gradient_by_hand(kernels: ModuleType) -> None:
    x = np.arange(1.0, 7).reshape(1, 2, 3, 1)  # 1 2 3 / 4 5 6
    dW = kernels.weight_gradient(x, np.array([1.0, 10]).reshape(1, 1, 2, 1), 2, 1, 0)
    assert dW[:, :, 0, 0].tolist() == [[1 + 20, 2 + 30], [4 + 50, 5 + 60]]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "expected"),
    [(28, 4, 2, 1, 14), (14, 4, 2, 1, 7), (3, 2, 1, 0, 2), (7, 2, 4, 0, 2), (4, 4, 1, 0, 1), (1, 1, 1, 3, 7)],
)
def test_output_size(size: int, kernel: int, stride: int, padding: int, expected: int) -> None:
    assert im2col.output_size(size, kernel, stride, padding) == expected
    assert oracle.places(size, kernel, stride, padding) == expected


def arrays(g: Geometry, dtype: type = np.float64) -> tuple[im2col.Array, im2col.Array, im2col.Array]:
    """Return x, W and dy for a convolution."""
    rng = np.random.default_rng(sum(g))
    I, J = (oracle.places(size, g.kernel, g.stride, g.padding) for size in (g.H, g.W))
    x, W = numbers(rng, g.N, g.H, g.W, g.C, dtype=dtype), numbers(rng, g.kernel, g.kernel, g.C, g.K, dtype=dtype)
    return x, W, numbers(rng, g.N, I, J, g.K, dtype=dtype)


@given(g=geometries(), dtype=st.sampled_from([np.float32, np.float64]))
@example(g=USUAL, dtype=np.float32)
@example(g=GAPS, dtype=np.float64)
@example(g=WIDE_PADDING, dtype=np.float64)
def test_im2col_matches_the_oracle(g: Geometry, dtype: type) -> None:
    x, W, dy = arrays(g, dtype)
    y = im2col.forward(x, W, g.stride, g.padding)
    dx = im2col.input_gradient(dy, W, g.stride, g.padding, (g.H, g.W))
    dW = im2col.weight_gradient(x, dy, g.kernel, g.stride, g.padding)
    close(y, oracle.forward(x, W, g.stride, g.padding), dtype)
    close(dx, oracle.input_gradient(dy, W, g.stride, g.padding, (g.H, g.W)), dtype)
    close(dW, oracle.weight_gradient(x, dy, g.kernel, g.stride, g.padding), dtype)
    assert y.dtype == dx.dtype == dW.dtype == dtype


def results(g: Geometry, dtype: type = np.float64) -> list[im2col.Array]:
    x, W, dy = arrays(g, dtype)
    return [
        im2col.forward(x, W, g.stride, g.padding),
        im2col.input_gradient(dy, W, g.stride, g.padding, (g.H, g.W)),
        im2col.weight_gradient(x, dy, g.kernel, g.stride, g.padding),
    ]


MANY = USUAL._replace(N=7)


@BOTH_DTYPES
def test_the_thread_count_does_not_change_the_result(dtype: type) -> None:
    actual = []
    for count in (1, 2, 3):
        with threads(count):
            actual.append([array.tobytes() for array in results(MANY, dtype)])
    assert actual[0] == actual[1] == actual[2]


@pytest.mark.parametrize("size", [1, 4000])
def test_chunks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    whole = results(MANY)
    monkeypatch.setattr(im2col, "CHUNK_BYTES", size)
    for result, expected in zip(results(MANY), whole, strict=True):
        close(result, expected)


def test_noncontiguous_arrays_give_the_same() -> None:
    x, W, dy = (np.repeat(array, 2, axis=-1)[..., ::2] for array in arrays(USUAL))
    assert not x.flags.c_contiguous
    close(im2col.forward(x, W, 2, 1), results(USUAL)[0])
    close(im2col.input_gradient(dy, W, 2, 1, (USUAL.H, USUAL.W)), results(USUAL)[1])
    close(im2col.weight_gradient(x, dy, 4, 2, 1), results(USUAL)[2])


def test_an_empty_batch() -> None:
    y, dx, dW = results(USUAL._replace(N=0))
    assert (y.shape, dx.shape) == ((0, 3, 4, 3), (0, 6, 8, 2))
    assert dW.shape == (4, 4, 2, 3)
    assert not dW.any()
