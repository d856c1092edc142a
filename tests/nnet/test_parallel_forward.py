"""A forward pass on several threads equals one on a single thread, also after the
weights have changed.
"""

import numpy as np
import pytest

from nnet import Conv2D, Dense, LeakyReLU, Reshape, Sequential
from nnet.fast.accelerate import accelerate
from nnet.fast.parallel_forward import forward_on_threads
from tests.helpers.strategies import BOTH_DTYPES, cast, close, numbers, threads


def images(rng: np.random.Generator) -> Sequential:
    """Return a network whose second convolution has a fast kernel, which caches the
    transformed weights.
    """
    convolutions = Conv2D(1, 8, rng, LeakyReLU()), Conv2D(8, 32, rng, LeakyReLU())
    return Sequential(*convolutions, Reshape(1568), Dense(1568, 1, rng))


@BOTH_DTYPES
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("N", [0, 1, 2, 5, 64])
def test_threads_give_the_same_outputs(N: int, count: int, dtype: type) -> None:
    rng = np.random.default_rng(0)
    plain = cast(images(rng), dtype)
    fast = accelerate(plain)
    x = numbers(rng, N, 28, 28, 1, dtype=dtype)
    with threads(count):
        for _ in range(2):
            y = forward_on_threads(fast, x)
            expected = plain.forward(x)[0]
            assert y.dtype == dtype
            close(y, expected, dtype)
            close(forward_on_threads(plain, x), expected, dtype)
            if count == 1:
                assert y.tobytes() == accelerate(plain).forward(x)[0].tobytes()
            for w in plain.parameters().values():
                w *= 1.25
