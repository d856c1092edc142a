"""The Winograd convolution compared with im2col; its chunks; its matrices compute a
convolution.
"""

from typing import Any
from unittest.mock import patch

import numba
import numpy as np
import pytest

from nnet.fast.kernels import im2col, winograd, winograd_transforms
from nnet.fast.kernels.products import ROWS
from nnet.fast.kernels.winograd_transforms import matrices
from tests.helpers.strategies import BOTH_DTYPES, Array

# of the relative error, a root mean square
BOUNDS: dict[Any, float] = {np.float64: 1e-13, np.float32: 2e-5}


def arrays(N: int, C: int, K: int, dtype: type = np.float64) -> list[Array]:
    """Return x, W and dy for a 14x14xC -> 7x7xK convolution; x has a nonzero mean, as
    activations do.
    """
    rng = np.random.default_rng(0)
    x, W, dy = (
        rng.standard_normal(shape)
        for shape in [(N, 14, 14, C), (4, 4, C, K), (N, 7, 7, K)]
    )
    return [array.astype(dtype) for array in (x + 0.3, W, dy)]


def by_winograd(x: Array, W: Array, dy: Array) -> list[Array]:
    """Compute the three maps."""
    U, UT = winograd.transform_weights(W)
    return [
        winograd.forward(x, U),
        winograd.input_gradient(dy, UT),
        winograd.weight_gradient(x, dy),
    ]


SIZES = [
    (1, 8, 32, {}),
    (5, 24, 64, {}),
    (19, 16, 32, {}),
    (4, 4, 48, {}),
    (40, 32, 64, {}),  # several chunks
    (23, 8, 32, {"CHUNK_BYTES": 1}),
    (23, 8, 32, {"GROUP": 10}),
    (5, 8, 32, {"GROUP": 1}),
    (5, 8, 32, {"GRADIENT_BYTES": 1}),  # the weight gradient row by row of the tile
    (5, 8, 32, {"GRADIENT_BYTES": 3 * 8 * 32 * 32 * 8}),
]


@BOTH_DTYPES
@pytest.mark.parametrize(("N", "C", "K", "limits"), SIZES)
def test_winograd_equals_im2col(
    N: int, C: int, K: int, limits: dict[str, int], dtype: type
) -> None:
    x, W, dy = arrays(N, C, K, dtype)
    X, w, dY = (array.astype(np.float64) for array in (x, W, dy))
    expected = [
        im2col.forward(X, w, 2, 1),
        im2col.input_gradient(dY, w, 2, 1, (14, 14)),
        im2col.weight_gradient(X, dY, 4, 2, 1),
    ]
    before = [array.tobytes() for array in (x, W, dy)]
    with patch.dict(vars(winograd), limits):
        found = by_winograd(x, W, dy)
    for actual, exact in zip(found, expected, strict=True):
        assert actual.shape == exact.shape
        assert actual.dtype.type == dtype
        error = np.sqrt(np.mean((actual - exact) ** 2) / np.mean(exact**2))
        assert error < BOUNDS[dtype]
    assert [array.tobytes() for array in (x, W, dy)] == before


@pytest.mark.skipif(
    vars(numba.config)["DISABLE_JIT"],
    reason="NumPy's own product rounds by how much it is given",
)
@BOTH_DTYPES
def test_chunks_give_the_same_bits(dtype: type) -> None:
    data = arrays(3 * ROWS - 1, 8, 32, dtype)
    results = set()
    # The chunk holds one tile of rows, then two tiles, then the whole batch.
    for size in (1, 2 * ROWS * 64 * (32 + 32) * np.dtype(dtype).itemsize, 1 << 30):
        with patch.object(winograd, "CHUNK_BYTES", size):
            results.add(tuple(array.tobytes() for array in by_winograd(*data)))
    assert len(results) == 1


@pytest.mark.parametrize("m", [2, 4, 7])
def test_matrices_compute_a_convolution(m: int) -> None:
    AT, G, BT = matrices(winograd_transforms.POINTS[:m])
    signal = np.random.default_rng(0).standard_normal(m + 1)
    filter_ = np.array([0.7, -1.9])
    expected = 0.7 * signal[:-1] - 1.9 * signal[1:]
    found = AT @ ((BT @ signal) * (G @ filter_))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
