"""The Winograd convolution equals im2col within its stated rounding error; matrices, weights and tiles are right."""

from fractions import Fraction

import numba
import numpy as np
import pytest
from numba import njit

from nnet.fast.kernels import im2col, toom_cook, winograd
from nnet.fast.kernels.products import ROWS, width
from nnet.fast.kernels.toom_cook import matrices
from tests.helpers.strategies import BOTH_DTYPES, threads

SHAPES = [(1, 8, 32), (5, 24, 64), (19, 16, 32), (4, 4, 48), (40, 32, 64)]  # (N, C, K); two need several chunks
FLOAT32_RMS = 2e-5  # the bound stated in the docstring of winograd


def arrays(N: int, C: int, K: int, dtype: type = np.float64, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Return x, W and dy for a 14x14xC -> 7x7xK convolution; x has a nonzero mean, as activations do."""
    rng = np.random.default_rng(seed)
    x, W, dy = (rng.standard_normal(shape) for shape in [(N, 14, 14, C), (4, 4, C, K), (N, 7, 7, K)])
    return (x + 0.3).astype(dtype), W.astype(dtype), dy.astype(dtype)


def by_im2col(x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the three maps with the readable im2col kernels."""
    return {
        "forward": im2col.forward(x, W, 2, 1),
        "input_gradient": im2col.input_gradient(dy, W, 2, 1, (14, 14)),
        "weight_gradient": im2col.weight_gradient(x, dy, 4, 2, 1),
    }


def by_winograd(x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the same three maps with the Winograd kernels."""
    U, UT = winograd.transform_weights(W)
    return {
        "forward": winograd.forward(x, U),
        "input_gradient": winograd.input_gradient(dy, UT),
        "weight_gradient": winograd.weight_gradient(x, dy),
    }


def rms(a: np.ndarray, exact: np.ndarray) -> float:
    """Return the root mean square error relative to the exact values."""
    return float(np.sqrt(np.mean((a - exact) ** 2) / np.mean(exact**2)))


@pytest.mark.parametrize(("N", "C", "K"), SHAPES)
def test_float64_equals_im2col(N: int, C: int, K: int) -> None:
    data = arrays(N, C, K)
    expected = by_im2col(*data)
    for name, actual in by_winograd(*data).items():
        assert actual.dtype == np.float64, name
        assert actual.shape == expected[name].shape, name
        assert rms(actual, expected[name]) < 1e-13, name


@pytest.mark.parametrize(("N", "C", "K"), SHAPES)
def test_float32_error_is_bounded(N: int, C: int, K: int) -> None:
    single = arrays(N, C, K, np.float32)
    exact = by_im2col(*(array.astype(np.float64) for array in single))
    for name, actual in by_winograd(*single).items():
        assert actual.dtype == np.float32, name
        assert rms(actual, exact[name]) < FLOAT32_RMS, name


@pytest.mark.skipif(vars(numba.config)["DISABLE_JIT"], reason="NumPy's own product rounds by how much it is given")
@BOTH_DTYPES
def test_chunks_give_the_same_bits(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    data = arrays(3 * ROWS - 1, 8, 32, dtype)
    results = []
    # The chunk holds one tile of rows, then two tiles, then the whole batch.
    for size in (1, 2 * ROWS * 64 * (32 + 32) * np.dtype(dtype).itemsize, 1 << 30):
        monkeypatch.setattr(winograd, "CHUNK_BYTES", size)
        results.append([actual.tobytes() for actual in by_winograd(*data).values()])
    assert results[0] == results[1] == results[2]


def test_the_chunk_length_depends_on_the_bytes_per_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winograd, "CHUNK_BYTES", 3 << 18)
    for L, K, expected in ((256, 128, 8), (64, 32, 32), (1024, 512, ROWS)):
        cuts = [(a, b) for a, b, _, _ in winograd._chunks(33, L, K, np.dtype(np.float32))]
        assert cuts == [(a, min(a + expected, 33)) for a in range(0, 33, expected)]


@pytest.mark.parametrize("rows", [1, 3, 8])
def test_the_weight_gradient_may_be_computed_in_parts_of_the_tile(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, _, dy = arrays(5, 8, 32)
    monkeypatch.setattr(winograd, "GRADIENT_BYTES", rows * 8 * 32 * 32 * 8)
    assert rms(winograd.weight_gradient(x, dy), im2col.weight_gradient(x, dy, 4, 2, 1)) < 1e-13


@pytest.mark.parametrize("group", [1, 10, 23])
def test_the_weight_gradient_may_be_computed_in_groups_of_samples(group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, _, dy = arrays(23, 8, 32)
    monkeypatch.setattr(winograd, "GROUP", group)
    assert rms(winograd.weight_gradient(x, dy), im2col.weight_gradient(x, dy, 4, 2, 1)) < 1e-13


def test_noncontiguous_arrays_give_the_same_and_are_not_modified() -> None:
    whole = arrays(3, 8, 32)
    views = tuple(np.repeat(np.repeat(array, 2, axis=-1), 2, axis=0)[::2, ..., ::2] for array in whole)
    before = [array.tobytes() for array in views]
    expected = by_winograd(*whole)
    for name, actual in by_winograd(*views).items():
        assert rms(actual, expected[name]) < 1e-14, name
    assert [array.tobytes() for array in views] == before


def test_an_empty_batch() -> None:
    actual = by_winograd(*arrays(0, 8, 32))
    assert actual["forward"].shape == (0, 7, 7, 32)
    assert actual["input_gradient"].shape == (0, 14, 14, 8)
    assert actual["weight_gradient"].shape == (4, 4, 8, 32)
    assert not actual["weight_gradient"].any()


# Transformed weights


@BOTH_DTYPES
@pytest.mark.parametrize(("C", "K"), [(8, 32), (24, 64)])
def test_transformed_weights_match_the_formula(C: int, K: int, dtype: type) -> None:
    _, W, _ = arrays(0, C, K, dtype)
    w = np.zeros((2, 2, 2, 2, C, K))  # w[a, b, r, s] = W[2a + r, 2b + s]
    for a, b, r, s in np.ndindex(2, 2, 2, 2):
        w[a, b, r, s] = W[2 * a + r, 2 * b + s]
    G = matrices()[1]
    expected = np.einsum("ia,jb,ablk->ijlk", G, G, w.reshape(2, 2, 4 * C, K)).reshape(64, 4 * C, K)
    U, UT = winograd.transform_weights(W)
    assert U.shape == (64, K // width(K, dtype), 4 * C, width(K, dtype))
    assert UT.shape == (64, 4 * C // width(4 * C, dtype), K, width(4 * C, dtype))
    assert U.dtype == UT.dtype == dtype
    tolerance = 1e-15 if dtype == np.float64 else 1e-6
    assert rms(U.swapaxes(1, 2).reshape(64, 4 * C, K), expected) < tolerance
    assert rms(UT.swapaxes(1, 2).reshape(64, K, 4 * C), expected.swapaxes(1, 2)) < tolerance


@BOTH_DTYPES
def test_transforming_into_given_arrays(dtype: type) -> None:
    _, W, _ = arrays(0, 8, 32, dtype)
    expected = winograd.transform_weights(W)
    buffers = np.full_like(expected[0], np.nan), np.full_like(expected[1], np.nan)
    before = W.tobytes()
    U, UT = winograd.transform_weights(W, buffers)
    assert (U is buffers[0], UT is buffers[1]) == (True, True)
    assert (U.tobytes(), UT.tobytes()) == tuple(array.tobytes() for array in expected)
    assert W.tobytes() == before


@BOTH_DTYPES
def test_every_thread_count_gives_the_same_bits(dtype: type) -> None:
    data = arrays(21, 24, 32, dtype)
    results = []
    for count in (1, 2, 3):
        with threads(count):
            outputs = [*by_winograd(*data).values(), *winograd.transform_weights(data[1])]
        results.append([array.tobytes() for array in outputs])
    assert results[0] == results[1] == results[2]


def test_applies_to_one_geometry() -> None:
    assert winograd.applies((4, 4, 64, 128), 2, 1, (14, 14))
    for weight, stride, padding, size in [
        ((3, 3, 64, 128), 2, 1, (14, 14)),
        ((4, 3, 64, 128), 2, 1, (14, 14)),
        ((4, 4, 64, 128), 1, 1, (14, 14)),
        ((4, 4, 64, 128), 2, 0, (14, 14)),
        ((4, 4, 64, 128), 2, 1, (14, 15)),  # does not apply, although the filter positions are the same 7x7
        ((4, 4, 64, 128), 2, 1, (15, 14)),
        ((4, 4, 64, 128), 2, 1, (28, 28)),
    ]:
        assert not winograd.applies(weight, stride, padding, size)


@pytest.mark.parametrize(
    ("C", "K", "expected"),
    [
        (8, 32, True),
        (24, 96, True),
        (4, 16, True),
        (12, 48, True),
        (1, 32, False),
        (9, 32, False),
        (2, 32, False),
        (8, 8, False),
        (8, 33, False),
    ],
)
def test_applies_requires_whole_panels(C: int, K: int, expected: bool) -> None:
    assert winograd.applies((4, 4, C, K), 2, 1, (14, 14)) == expected


@pytest.mark.parametrize("m", [2, 4, 7])
def test_matrices_compute_a_convolution(m: int) -> None:
    AT, G, BT = matrices(toom_cook.POINTS[:m])
    d, g = np.random.default_rng(0).standard_normal(m + 1), np.array([0.7, -1.9])
    np.testing.assert_allclose(AT @ ((BT @ d) * (G @ g)), g[0] * d[:-1] + g[1] * d[1:], rtol=0, atol=1e-12)


def test_the_image_matrices_are_exact() -> None:
    AT, _, BT = matrices()
    for number in np.concatenate([AT.ravel(), BT.ravel()]):
        assert Fraction(float(number)).denominator <= 64


# The passes over weights compared with the matrices


def test_weight_points_match_the_formula_and_their_back_is_adjoint() -> None:
    rng, G = np.random.default_rng(1), matrices()[1]
    w, dU = rng.standard_normal((2, 2, 10)), rng.standard_normal((8, 8, 10))
    U, dw = np.full_like(dU, np.nan), np.zeros_like(w)
    toom_cook.weight_points(G, w, U, 0, 3)
    assert np.isnan(U[3:]).all(), "only the requested rows"
    toom_cook.weight_points(G, w, U, 3, 8)
    np.testing.assert_allclose(U, np.einsum("ia,jb,abe->ije", G, G, w), rtol=0, atol=1e-14)
    for start, stop in ((0, 3), (3, 4), (4, 8)):
        toom_cook.weight_points_back(G, dU[start:stop], dw, start)
    product = float((U * dU).sum())
    assert abs(product) > 1
    assert float((w * dw).sum()) == pytest.approx(product, rel=1e-11)


@pytest.mark.parametrize("shape", [(3, 6, 7, 32), (3, 7, 6, 32), (2, 7, 7, 32)])
def test_a_gradient_of_a_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    x, W, _ = arrays(3, 8, 32)
    with pytest.raises(ValueError, match="weight_gradient: expected dy"):
        winograd.weight_gradient(x, np.ones(shape))
    if shape[1:3] != (7, 7):
        with pytest.raises(ValueError, match="input_gradient: expected dy"):
            winograd.input_gradient(np.ones(shape), winograd.transform_weights(W)[1])


# Tiles


@pytest.mark.parametrize("name", ["BT", "B", "AT", "A"])
def test_passes_multiply_by_the_matrices(name: str) -> None:
    AT, _, BT = matrices()
    matrix = {"BT": BT, "B": BT.T, "AT": AT, "A": AT.T}[name]
    apply_matrix = getattr(toom_cook, f"_{name}")
    compiled = njit(lambda a, b: apply_matrix(a, b))
    t = np.random.default_rng(0).standard_normal((matrix.shape[1], 21))
    result = np.empty((len(matrix), 21))
    compiled(t, result)
    np.testing.assert_allclose(result, matrix @ t, rtol=0, atol=1e-12)


def assert_adjoint(forward: np.ndarray, dy: np.ndarray, x: np.ndarray, back: np.ndarray) -> None:
    """Assert <forward(x), dy> = <x, back(dy)>."""
    product = float((forward * dy).sum())
    assert abs(product) > 1
    assert float((x * back).sum()) == pytest.approx(product, rel=1e-11)


def test_input_tiles_match_the_formula_and_their_back_is_adjoint() -> None:
    rng, (_, _, BT) = np.random.default_rng(1), matrices()
    x, dV = rng.standard_normal((3, 14, 14, 8)), rng.standard_normal((64, 3, 32))
    V, dx, t = np.empty_like(dV), np.empty_like(x), np.empty((8, 8, 32))
    toom_cook.input_tiles(x, V, t)
    toom_cook.input_tiles_back(dV, dx, t)
    blocks = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))).reshape(3, 8, 2, 8, 2, 8)  # n, i, r, j, s, c
    expected = np.einsum("ai,bj,nirjsc->abnrsc", BT, BT, blocks).reshape(64, 3, 32)
    np.testing.assert_allclose(V, expected, rtol=0, atol=1e-11)
    assert_adjoint(V, dV, x, dx)


def test_output_tiles_match_the_formula_and_their_back_is_adjoint() -> None:
    rng, (AT, _, _) = np.random.default_rng(1), matrices()
    M, dy = rng.standard_normal((64, 3, 5)), rng.standard_normal((3, 7, 7, 5))
    y, dM, t = np.empty_like(dy), np.empty_like(M), np.empty((8, 8, 5))
    toom_cook.output_tiles(M, y, t)
    toom_cook.output_tiles_back(dy, dM, t)
    expected = np.einsum("ia,jb,abnk->nijk", AT, AT, M.reshape(8, 8, 3, 5))
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-10)
    assert_adjoint(y, dy, M, dM)
