"""Loops of LLVM vector instructions compared with NumPy."""

from typing import Any

import numpy as np
import pytest
from numba import njit

from nnet.fast.kernels.simd_loops import REGISTER, along
from tests.helpers.strategies import BOTH_DTYPES, Array


def formula(p: Any, q: Any) -> list[Any]:
    """Compute three rows from two, using every available operation."""
    return [-p, 0.5 * q + p - 3 * q, q]


both_rows = along(formula)


@njit
def apply(a: np.ndarray, b: np.ndarray) -> None:
    both_rows(a, b)


@BOTH_DTYPES
@pytest.mark.parametrize(
    "columns", [0, 1, REGISTER // 8 - 1, REGISTER // 4, 3 * REGISTER + 5]
)
def test_a_formula_is_applied_to_every_column_and_stays_in_bounds(
    columns: int, dtype: type
) -> None:
    a: Array = np.random.default_rng(0).standard_normal((2, columns)).astype(dtype)
    buffer: Array = np.full((5, columns + 2), 7, dtype)
    apply(a, buffer[1:4, 1:-1])  # rows of a wider array
    # terms may cancel
    np.testing.assert_allclose(
        buffer[1:4, 1:-1], np.stack(formula(*a)), rtol=1e-6, atol=1e-6
    )
    buffer[1:4, 1:-1] = 7
    assert (buffer == 7).all()


@BOTH_DTYPES
def test_a_formula_may_work_in_place(dtype: type) -> None:
    a: Array = np.random.default_rng(0).standard_normal((3, 37)).astype(dtype)
    expected = np.stack(formula(a[0], a[1]))
    apply(a, a)
    np.testing.assert_allclose(a, expected, rtol=1e-6, atol=1e-6)
