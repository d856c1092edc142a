"""The Winograd convolution compared with im2col; its chunks and threads; its tiles compared with the matrices."""

from typing import Any
from unittest.mock import patch

import numba
import numpy as np
import pytest

from nnet.fast.kernels import im2col, winograd, winograd_transforms
from nnet.fast.kernels.products import ROWS
from nnet.fast.kernels.winograd_transforms import matrices
from tests.helpers.strategies import BOTH_DTYPES, Array, threads

BOUNDS: dict[Any, float] = {np.float64: 1e-13, np.float32: 2e-5}  # of the relative error, a root mean square


def arrays(N: int, C: int, K: int, dtype: type = np.float64) -> list[Array]:
    """Return x, W and dy for a 14x14xC -> 7x7xK convolution; x has a nonzero mean, as activations do."""
    rng = np.random.default_rng(0)
    x, W, dy = (rng.standard_normal(shape) for shape in [(N, 14, 14, C), (4, 4, C, K), (N, 7, 7, K)])
    return [array.astype(dtype) for array in (x + 0.3, W, dy)]


def by_winograd(x: Array, W: Array, dy: Array) -> list[Array]:
    """Compute the three maps."""
    U, UT = winograd.transform_weights(W)
    return [winograd.forward(x, U), winograd.input_gradient(dy, UT), winograd.weight_gradient(x, dy)]


@BOTH_DTYPES
@pytest.mark.parametrize(
    ("N", "C", "K", "limits"),
    [
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
    ],
)
def test_winograd_equals_im2col(N: int, C: int, K: int, limits: dict[str, int], dtype: type) -> None:
    x, W, dy = arrays(N, C, K, dtype)
    X, w, dY = (array.astype(np.float64) for array in (x, W, dy))
    expected = [
        im2col.forward(X, w, 2, 1), im2col.input_gradient(dY, w, 2, 1, (14, 14)), im2col.weight_gradient(X, dY, 4, 2, 1)
    ]  # fmt: skip
    before = [array.tobytes() for array in (x, W, dy)]
    with patch.dict(vars(winograd), limits):
        found = by_winograd(x, W, dy)
    for actual, exact in zip(found, expected, strict=True):
        assert actual.dtype == dtype
        assert actual.shape == exact.shape
        assert np.sqrt(np.mean((actual - exact) ** 2) / np.mean(exact**2)) < BOUNDS[dtype]
    assert [array.tobytes() for array in (x, W, dy)] == before


@pytest.mark.skipif(vars(numba.config)["DISABLE_JIT"], reason="NumPy's own product rounds by how much it is given")
@BOTH_DTYPES
def test_chunks_and_threads_give_the_same_bits(dtype: type) -> None:
    data = arrays(3 * ROWS - 1, 8, 32, dtype)
    results = set()
    # The chunk holds one tile of rows, then two tiles, then the whole batch.
    for count, size in enumerate((1, 2 * ROWS * 64 * (32 + 32) * np.dtype(dtype).itemsize, 1 << 30), 1):
        with threads(count), patch.object(winograd, "CHUNK_BYTES", size):
            results.add(tuple(array.tobytes() for array in [*by_winograd(*data), *winograd.transform_weights(data[1])]))
    assert len(results) == 1


@pytest.mark.parametrize("shape", [(3, 6, 7, 32), (3, 7, 6, 32), (2, 7, 7, 32)])
def test_a_gradient_of_a_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    x, W, _ = arrays(3, 8, 32)
    with pytest.raises(ValueError, match="weight_gradient: expected dy"):
        winograd.weight_gradient(x, np.ones(shape))
    if shape[1:3] != (7, 7):
        with pytest.raises(ValueError, match="input_gradient: expected dy"):
            winograd.input_gradient(np.ones(shape), winograd.transform_weights(W)[1])


@pytest.mark.parametrize("m", [2, 4, 7])
def test_matrices_compute_a_convolution(m: int) -> None:
    AT, G, BT = matrices(winograd_transforms.POINTS[:m])
    d, g = np.random.default_rng(0).standard_normal(m + 1), np.array([0.7, -1.9])
    np.testing.assert_allclose(AT @ ((BT @ d) * (G @ g)), g[0] * d[:-1] + g[1] * d[1:], rtol=0, atol=1e-12)


def assert_adjoint(forward: Array, dy: Array, x: Array, back: Array) -> None:
    """Assert <forward(x), dy> = <x, back(dy)>."""
    product = float((forward * dy).sum())
    assert abs(product) > 1
    assert float((x * back).sum()) == pytest.approx(product, rel=1e-11)


def test_weight_points_match_the_formula_and_their_back_is_adjoint() -> None:
    rng, G = np.random.default_rng(1), matrices()[1]
    w, dU = rng.standard_normal((2, 2, 10)), rng.standard_normal((8, 8, 10))
    U, dw = np.full_like(dU, np.nan), np.zeros_like(w)
    winograd_transforms.weight_points(G, w, U, 0, 3)
    assert np.isnan(U[3:]).all(), "only the requested rows"
    winograd_transforms.weight_points(G, w, U, 3, 8)
    np.testing.assert_allclose(U, np.einsum("ia,jb,abe->ije", G, G, w), rtol=0, atol=1e-14)
    for start, stop in ((0, 3), (3, 4), (4, 8)):
        winograd_transforms.weight_points_back(G, dU[start:stop], dw, start)
    assert_adjoint(U, dU, w, dw)


def test_input_tiles_match_the_formula_and_their_back_is_adjoint() -> None:
    rng, (_, _, BT) = np.random.default_rng(1), matrices()
    x, dV = rng.standard_normal((3, 14, 14, 8)), rng.standard_normal((64, 3, 32))
    V, dx, t = np.empty_like(dV), np.empty_like(x), np.empty((8, 8, 32))
    winograd_transforms.input_tiles(x, V, t)
    winograd_transforms.input_tiles_back(dV, dx, t)
    blocks = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))).reshape(3, 8, 2, 8, 2, 8)  # n, i, r, j, s, c
    expected = np.einsum("ai,bj,nirjsc->abnrsc", BT, BT, blocks).reshape(64, 3, 32)
    np.testing.assert_allclose(V, expected, rtol=0, atol=1e-11)
    assert_adjoint(V, dV, x, dx)


def test_output_tiles_match_the_formula_and_their_back_is_adjoint() -> None:
    rng, (AT, _, _) = np.random.default_rng(1), matrices()
    M, dy = rng.standard_normal((64, 3, 5)), rng.standard_normal((3, 7, 7, 5))
    y, dM, t = np.empty_like(dy), np.empty_like(M), np.empty((8, 8, 5))
    winograd_transforms.output_tiles(M, y, t)
    winograd_transforms.output_tiles_back(dy, dM, t)
    expected = np.einsum("ia,jb,abnk->nijk", AT, AT, M.reshape(8, 8, 3, 5))
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-10)
    assert_adjoint(y, dy, M, dM)
