"""The fast convolution gives what im2col gives, within the rounding it states."""

from collections.abc import Iterator
from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnet.kernels import im2col, parallel, toom_cook, winograd
from nnet.kernels.toom_cook import matrices

SHAPES = [(1, 8, 8), (5, 9, 20), (37, 16, 8), (50, 32, 64)]  # N, C, K; the last two go through several chunks
FLOAT32_RMS = 2e-5  # the bound that the docstring of winograd states


@pytest.fixture(autouse=True)
def _restore_threads() -> Iterator[None]:
    threads = parallel.get_threads()
    yield
    parallel.set_threads(threads)


def arrays(N: int, C: int, K: int, dtype: type = np.float64, seed: int = 0) -> tuple[np.ndarray, ...]:
    """x, W, dy of a 14x14xC -> 7x7xK convolution; x has a mean, as activations do."""
    rng = np.random.default_rng(seed)
    x, W, dy = (rng.standard_normal(shape) for shape in [(N, 14, 14, C), (4, 4, C, K), (N, 7, 7, K)])
    return (x + 0.3).astype(dtype), W.astype(dtype), dy.astype(dtype)


def all_three(kernel: ModuleType, x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> dict[str, np.ndarray]:
    """What a kernel module computes."""
    return {
        "forward": kernel.forward(x, W, 2, 1),
        "input_gradient": kernel.input_gradient(dy, W, 2, 1, x.shape[1:3]),
        "weight_gradient": kernel.weight_gradient(x, dy, len(W), 2, 1),
    }


def rms(a: np.ndarray, exact: np.ndarray) -> float:
    """Root of the mean squared error, relative to the exact values."""
    return float(np.sqrt(np.mean((a - exact) ** 2) / np.mean(exact**2)))


@pytest.mark.parametrize(("N", "C", "K"), SHAPES)
def test_float64_equals_im2col(N: int, C: int, K: int) -> None:
    x, W, dy = arrays(N, C, K)
    expected = all_three(im2col, x, W, dy)
    for name, got in all_three(winograd, x, W, dy).items():
        assert got.dtype == np.float64, name
        assert got.shape == expected[name].shape, name
        assert rms(got, expected[name]) < 1e-13, name


@pytest.mark.parametrize(("N", "C", "K"), SHAPES)
def test_float32_error_is_bounded(N: int, C: int, K: int) -> None:
    single = arrays(N, C, K, np.float32)
    exact = all_three(im2col, *(array.astype(np.float64) for array in single))
    for name, got in all_three(winograd, *single).items():
        assert got.dtype == np.float32, name
        assert rms(got, exact[name]) < FLOAT32_RMS, name


@given(st.integers(1, 20), st.integers(8, 19), st.integers(8, 19), st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_two_gradients_are_adjoint(N: int, C: int, K: int, seed: int) -> None:
    x, W, dy = arrays(N, C, K, seed=seed)
    got = all_three(winograd, x, W, dy)
    product = float(np.sum(got["forward"] * dy))
    tolerance = 1e-12 * float(np.linalg.norm(got["forward"]) * np.linalg.norm(dy))
    assert float(np.sum(x * got["input_gradient"])) == pytest.approx(product, rel=0, abs=tolerance)
    assert float(np.sum(W * got["weight_gradient"])) == pytest.approx(product, rel=0, abs=tolerance)


def test_groups_of_samples_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    x, _, dy = arrays(23, 8, 8)
    monkeypatch.setattr(winograd, "GROUP", 10)
    monkeypatch.setattr(winograd, "PIECE", 7)  # neither divides what it cuts
    assert rms(winograd.weight_gradient(x, dy, 4, 2, 1), im2col.weight_gradient(x, dy, 4, 2, 1)) < 1e-13


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, FLOAT32_RMS)])
def test_threads_agree_and_repeat(dtype: type, tolerance: float) -> None:
    data = arrays(41, 24, 16, dtype)
    parallel.set_threads(1)
    one = all_three(winograd, *data)
    parallel.set_threads(2)
    two, again = all_three(winograd, *data), all_three(winograd, *data)
    for name in one:
        assert rms(two[name], one[name]) < tolerance, name
        assert two[name].tobytes() == again[name].tobytes(), name


def test_no_samples() -> None:
    x, W, dy = arrays(0, 8, 16)
    got = all_three(winograd, x, W, dy)
    assert got["forward"].shape == (0, 7, 7, 16)
    assert got["input_gradient"].shape == (0, 14, 14, 8)
    assert not got["weight_gradient"].any()


@pytest.mark.parametrize(("size", "C", "K"), [(14, 1, 16), (28, 8, 8), (13, 8, 8)])
def test_other_shapes_go_to_im2col(size: int, C: int, K: int) -> None:
    assert not winograd.applies(4, 2, 1, size, size, C, K)
    rng = np.random.default_rng(0)
    out = im2col.output_size(size, 4, 2, 1)
    x, W, dy = (rng.standard_normal(shape) for shape in [(3, size, size, C), (4, 4, C, K), (3, out, out, K)])
    expected = all_three(im2col, x, W, dy)
    for name, got in all_three(winograd, x, W, dy).items():
        assert got.tobytes() == expected[name].tobytes(), name


def test_applies_names_one_shape() -> None:
    assert winograd.applies(4, 2, 1, 14, 14, 64, 128)
    for other in [(3, 2, 1, 14, 14), (4, 1, 1, 14, 14), (4, 2, 0, 14, 14), (4, 2, 1, 14, 16), (4, 2, 1, 16, 14)]:
        assert not winograd.applies(*other, 64, 128)


@pytest.mark.parametrize("m", [2, 4, 7])
def test_matrices_make_a_convolution(m: int) -> None:
    AT, G, BT = matrices(toom_cook.POINTS[:m])
    d, g = np.random.default_rng(0).standard_normal(m + 1), np.array([0.7, -1.9])
    np.testing.assert_allclose(AT @ ((BT @ d) * (G @ g)), g[0] * d[:-1] + g[1] * d[1:], rtol=0, atol=1e-12)


def test_the_matrices_applied_to_images_hold_only_exact_numbers() -> None:
    AT, _, BT = matrices()
    for number in np.concatenate([AT.ravel(), BT.ravel()]):
        assert Fraction(float(number)).denominator <= 64


@pytest.mark.parametrize("name", ["BT", "B", "AT", "A"])
def test_hand_written_passes_are_the_matrices(name: str) -> None:
    AT, _, BT = matrices()
    matrix = {"BT": BT, "B": BT.T, "AT": AT, "A": AT.T}[name]
    t = np.random.default_rng(0).standard_normal((8, 21))
    expected = matrix @ t[: matrix.shape[1]]
    getattr(toom_cook, f"_{name}")(t)
    np.testing.assert_allclose(t[: len(matrix)], expected, rtol=0, atol=1e-12)
