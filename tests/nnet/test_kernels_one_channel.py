"""The one-channel convolution compared with im2col and with the slow one in `oracle`."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnet.fast.kernels import im2col, one_channel
from tests.helpers import oracle
from tests.helpers.strategies import Array, close, numbers

DTYPES = st.sampled_from([np.float32, np.float64])
HALVES = st.integers(1, 5)


def arrays(N: int, H: int, W: int, K: int, dtype: type = np.float64) -> tuple[Array, Array, Array]:
    """Return x, W and dy for a convolution."""
    rng = np.random.default_rng([N, H, W, K])
    shapes = (N, H, W, 1), (4, 4, 1, K), (N, H // 2, W // 2, K)
    x, weight, dy = (numbers(rng, *shape, dtype=dtype) for shape in shapes)
    return x, weight, dy


@given(N=st.integers(1, 5), I=HALVES, J=HALVES, K=st.sampled_from([1, 16, 24, 32, 48, 64]), dtype=DTYPES)
@example(N=2, I=14, J=14, K=64, dtype=np.float32)  # MNIST images, 28 x 28
@example(N=2, I=14, J=14, K=48, dtype=np.float32)
@example(N=1, I=1, J=1, K=32, dtype=np.float64)
@example(N=2, I=1, J=5, K=32, dtype=np.float32)
def test_one_channel_matches_im2col_and_the_oracle(N: int, I: int, J: int, K: int, dtype: type) -> None:
    x, W, dy = arrays(N, 2 * I, 2 * J, K, dtype)
    assert one_channel.applies(W.shape, 2, 1, x.shape[1:3])
    before = [array.tobytes() for array in (x, W, dy)]
    y, dW, dx = one_channel.forward(x, W), one_channel.weight_gradient(x, dy), one_channel.input_gradient(dy, W)
    close(y, oracle.forward(x, W, 2, 1), dtype)
    close(dW, oracle.weight_gradient(x, dy, 4, 2, 1), dtype)
    close(dx, oracle.input_gradient(dy, W, 2, 1, x.shape[1:3]), dtype)
    close(y, im2col.forward(x, W, 2, 1), dtype)
    close(dW, im2col.weight_gradient(x, dy, 4, 2, 1), dtype)
    assert y.dtype == dW.dtype == dx.dtype == dtype
    assert [array.tobytes() for array in (x, W, dy)] == before


@pytest.mark.parametrize("chunk", [0, 1, 3, 7, 16])
def test_chunks_do_not_change_the_result(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, W, dy = arrays(7, 6, 4, 32)
    monkeypatch.setattr(one_channel, "CHUNK_BYTES", chunk * 6 * (16 + 32) * 8)
    close(one_channel.forward(x, W), oracle.forward(x, W, 2, 1))
    close(one_channel.weight_gradient(x, dy), oracle.weight_gradient(x, dy, 4, 2, 1))
    close(one_channel.input_gradient(dy, W), oracle.input_gradient(dy, W, 2, 1, (6, 4)))


def test_noncontiguous_arrays_give_the_same() -> None:
    whole = arrays(3, 4, 6, 32)
    x, W, dy = (np.repeat(array, 2, axis=-1)[..., ::2] for array in whole)
    x = np.repeat(np.repeat(x, 2, axis=2), 2, axis=0)[::2, :, ::2]
    assert not any(array.flags.c_contiguous for array in (x, W, dy))
    close(one_channel.forward(x, W), one_channel.forward(whole[0], whole[1]))
    close(one_channel.weight_gradient(x, dy), one_channel.weight_gradient(whole[0], whole[2]))
    close(one_channel.input_gradient(dy, W), one_channel.input_gradient(whole[2], whole[1]))


def test_an_empty_batch() -> None:
    x, W, dy = arrays(0, 6, 8, 32)
    assert one_channel.forward(x, W).shape == (0, 3, 4, 32)
    assert one_channel.input_gradient(dy, W).shape == (0, 6, 8, 1)
    dW = one_channel.weight_gradient(x, dy)
    assert dW.shape == (4, 4, 1, 32)
    assert not dW.any()


@pytest.mark.parametrize("size", [(28, 28), (2, 2), (2, 30)])
@pytest.mark.parametrize("K", [1, 8, 16, 33, 48, 128])
def test_applies_to_any_number_of_filters(K: int, size: tuple[int, int]) -> None:
    assert one_channel.applies((4, 4, 1, K), 2, 1, size)


@pytest.mark.parametrize(
    ("weight", "stride", "padding", "size"),
    [
        ((4, 4, 2, 32), 2, 1, (28, 28)),
        ((3, 3, 1, 32), 2, 1, (28, 28)),
        ((4, 3, 1, 32), 2, 1, (28, 28)),
        ((4, 4, 1, 32), 1, 1, (28, 28)),
        ((4, 4, 1, 32), 4, 1, (28, 28)),
        ((4, 4, 1, 32), 2, 0, (28, 28)),
        ((4, 4, 1, 32), 2, 2, (28, 28)),
        ((4, 4, 1, 32), 2, 1, (27, 28)),
        ((4, 4, 1, 32), 2, 1, (28, 27)),
        ((4, 4, 1, 32), 2, 1, (27, 27)),
    ],
)
def test_other_shapes_are_refused(weight: tuple[int, ...], stride: int, padding: int, size: tuple[int, int]) -> None:
    assert not one_channel.applies(weight, stride, padding, size)
