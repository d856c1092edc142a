"""The matrix product over threads against NumPy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import BOTH_DTYPES, close, few, numbers, threads

from nnet.kernels.products import product

SIDES = st.integers(1, 6)


@few
@given(rows=st.integers(0, 6), inner=SIDES, columns=SIDES, dtype=st.sampled_from([np.float32, np.float64]))
def test_product(rows: int, inner: int, columns: int, dtype: type) -> None:
    rng = np.random.default_rng(0)
    a, b = numbers(rng, rows, inner, dtype=dtype), numbers(rng, inner, columns, dtype=dtype)
    expected = (a[:, :, None].astype(np.float64) * b).sum(1)
    with threads(2):
        found = product(a, b)
    close(found, expected, dtype)
    assert found.dtype == dtype


def test_transposed_arrays() -> None:
    rng = np.random.default_rng(0)
    a, b = numbers(rng, 4, 3), numbers(rng, 5, 4)
    close(product(a.T, b.T), np.einsum("lm,kl->mk", a, b))


@BOTH_DTYPES
@pytest.mark.parametrize("count", [2, 3])
def test_threads_agree_and_repeat_bit_for_bit(count: int, dtype: type) -> None:
    rng = np.random.default_rng(0)
    a, b = numbers(rng, 7, 50, dtype=dtype), numbers(rng, 50, 6, dtype=dtype)
    with threads(1):
        alone = product(a, b)
    with threads(count):
        first, second = product(a, b), product(a, b)
    close(first, alone, dtype)
    assert first.tobytes() == second.tobytes()
