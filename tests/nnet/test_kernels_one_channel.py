"""The one-channel convolution compared with the slow one in `oracle`."""

from unittest.mock import patch

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from nnet.fast.kernels import one_channel
from tests.helpers import oracle
from tests.helpers.strategies import DTYPES, as_bytes, close, numbers

HALVES = st.integers(1, 5)
CHANNELS = st.sampled_from([1, 16, 24, 32, 48, 64])
# one sample each, several samples, and usually the whole batch
CHUNKS = [1, 40_000, one_channel.CHUNK_BYTES]


@given(
    N=st.integers(1, 7),
    I=HALVES,
    J=HALVES,
    K=CHANNELS,
    dtype=DTYPES,
    chunk=st.sampled_from(CHUNKS),
)
# MNIST images, 28 x 28
@example(N=2, I=14, J=14, K=64, dtype=np.float32, chunk=CHUNKS[-1])
@example(N=2, I=14, J=14, K=48, dtype=np.float32, chunk=CHUNKS[-1])
@example(N=1, I=1, J=1, K=32, dtype=np.float64, chunk=CHUNKS[-1])
@example(N=7, I=3, J=2, K=32, dtype=np.float64, chunk=6 * (16 + 32) * 8 * 3)
@example(N=2, I=1, J=5, K=32, dtype=np.float32, chunk=1)
def test_one_channel_matches_the_oracle(
    N: int, I: int, J: int, K: int, dtype: type, chunk: int
) -> None:
    rng = np.random.default_rng([N, I, J, K])
    shapes = {"x": (N, 2 * I, 2 * J, 1), "W": (4, 4, 1, K), "dy": (N, I, J, K)}
    arrays = {name: numbers(rng, *shape, dtype=dtype) for name, shape in shapes.items()}
    x, W, dy = arrays.values()
    assert one_channel.applies(W.shape, 2, 1, x.shape[1:3])
    before = as_bytes(arrays)
    with patch.object(one_channel, "CHUNK_BYTES", chunk):
        y = one_channel.forward(x, W)
        dW = one_channel.weight_gradient(x, dy)
        dx = one_channel.input_gradient(dy, W)
    close(y, oracle.forward(x, W, 2, 1), dtype)
    close(dW, oracle.weight_gradient(x, dy, 4, 2, 1), dtype)
    close(dx, oracle.input_gradient(dy, W, 2, 1, (2 * I, 2 * J)), dtype)
    assert y.dtype == dW.dtype == dx.dtype == dtype
    assert as_bytes(arrays) == before
