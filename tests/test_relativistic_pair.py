"""The loss of a pair against its formula, at extremes, and its gradients by finite differences."""

import numpy as np
import pytest
from derivatives import numeric_gradient
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import BOTH_DTYPES, Array, close, numbers

from gan.relativistic import relativistic_pair

PAIRS = hnp.arrays(np.float64, st.tuples(st.just(2), st.integers(1, 6), st.just(1)), elements=st.floats(-7, 7))


def probability(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@given(pair=PAIRS)
def test_relativistic_pair(pair: Array) -> None:
    winner, loser = pair
    loss, dwinner, dloser = relativistic_pair(winner, loser)
    assert loss == pytest.approx(-np.mean(np.log(probability(winner - loser))), rel=1e-9, abs=1e-9)
    close(dwinner, -probability(loser - winner) / len(winner))
    assert np.array_equal(dloser, -dwinner)
    assert relativistic_pair(winner + 3, loser + 3)[0] == pytest.approx(loss, rel=1e-9)


def test_by_hand() -> None:
    loss, dwinner, dloser = relativistic_pair(np.zeros((4, 1)), np.zeros((4, 1)))
    assert loss == pytest.approx(np.log(2))
    assert (dwinner.ravel().tolist(), dloser.ravel().tolist()) == ([-1 / 8] * 4, [1 / 8] * 4)


@BOTH_DTYPES
def test_extremes_are_finite_and_keep_the_dtype(dtype: type) -> None:
    logits: Array = np.array([-1e4, -100.0, 0.0, 100.0, 1e4], dtype)[:, None]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dwinner, dloser = relativistic_pair(logits, -logits)
    assert loss == pytest.approx((20000 + 200 + np.log(2)) / 5)
    assert dwinner.dtype == dloser.dtype == dtype
    close(dwinner.ravel(), np.array([-1, -1, -0.5, 0, 0]) / 5, dtype)
    close(dloser.ravel(), np.array([1, 1, 0.5, 0, 0]) / 5, dtype)


def test_the_gradients_by_finite_differences() -> None:
    rng = np.random.default_rng(0)
    winner, loser = 2 * numbers(rng, 4, 1), numbers(rng, 4, 1)
    before = winner.tobytes(), loser.tobytes()
    _, dwinner, dloser = relativistic_pair(winner, loser)
    assert (winner.tobytes(), loser.tobytes()) == before
    for found, logits in ((dwinner, winner), (dloser, loser)):
        expected = numeric_gradient(lambda: relativistic_pair(winner, loser)[0], logits)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
        assert np.abs(found).max() > 0.01
