"""The passes over images against the matrices, and each "back" against what it is the transpose of."""

import numpy as np
import pytest
from numba import njit

from nnet.fast.kernels import toom_cook as tiles
from nnet.fast.kernels.toom_cook import matrices


@pytest.mark.parametrize("name", ["BT", "B", "AT", "A"])
def test_hand_written_passes_are_the_matrices(name: str) -> None:
    AT, _, BT = matrices()
    matrix = {"BT": BT, "B": BT.T, "AT": AT, "A": AT.T}[name]
    apply = getattr(tiles, f"_{name}")
    compiled = njit(lambda a, b: apply(a, b))
    t = np.random.default_rng(0).standard_normal((matrix.shape[1], 21))
    found = np.empty((len(matrix), 21))
    compiled(t, found)
    np.testing.assert_allclose(found, matrix @ t, rtol=0, atol=1e-12)


def pairing(forward: np.ndarray, dy: np.ndarray, x: np.ndarray, back: np.ndarray) -> None:
    """Assert <forward(x), dy> = <x, back(dy)>."""
    product = float((forward * dy).sum())
    assert abs(product) > 1
    assert float((x * back).sum()) == pytest.approx(product, rel=1e-11)


def test_input_tiles_are_the_formula_and_go_back() -> None:
    rng, (_, _, BT) = np.random.default_rng(1), matrices()
    x, dV = rng.standard_normal((3, 14, 14, 8)), rng.standard_normal((64, 3, 32))
    V, dx = np.empty_like(dV), np.empty_like(x)
    tiles.input_tiles(x, V)
    tiles.input_tiles_back(dV, dx)
    blocks = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))).reshape(3, 8, 2, 8, 2, 8)  # n, i, r, j, s, c
    expected = np.einsum("ai,bj,nirjsc->abnrsc", BT, BT, blocks).reshape(64, 3, 32)
    np.testing.assert_allclose(V, expected, rtol=0, atol=1e-11)
    pairing(V, dV, x, dx)


def test_output_tiles_are_the_formula_and_go_back() -> None:
    rng, (AT, _, _) = np.random.default_rng(1), matrices()
    M, dy = rng.standard_normal((64, 3, 5)), rng.standard_normal((3, 7, 7, 5))
    y, dM = np.empty_like(dy), np.empty_like(M)
    tiles.output_tiles(M, y)
    tiles.output_tiles_back(dy, dM)
    expected = np.einsum("ia,jb,abnk->nijk", AT, AT, M.reshape(8, 8, 3, 5))
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-10)
    pairing(y, dy, M, dM)


def test_samples_do_not_meet() -> None:
    rng = np.random.default_rng(2)
    x, dy = rng.standard_normal((4, 14, 14, 8)), rng.standard_normal((4, 7, 7, 16))
    V, dM = np.empty((64, 4, 32)), np.empty((64, 4, 16))
    tiles.input_tiles(x, V)
    tiles.output_tiles_back(dy, dM)
    for n in range(4):
        alone, dM_alone = np.empty((64, 1, 32)), np.empty((64, 1, 16))
        tiles.input_tiles(x[n : n + 1], alone)
        tiles.output_tiles_back(dy[n : n + 1], dM_alone)
        assert np.array_equal(V[:, n], alone[:, 0])
        assert np.array_equal(dM[:, n], dM_alone[:, 0])
