"""The classifier's loss against its formula, at extremes, and its gradient by finite differences."""

import numpy as np
import pytest
from derivatives import numeric_gradient
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import BOTH_DTYPES, Array, close, numbers

from gan.classifier.training import softmax_cross_entropy

LOGITS = hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.floats(-15, 15))


@given(logits=LOGITS)
def test_softmax_cross_entropy(logits: Array) -> None:
    labels = np.arange(len(logits)) % logits.shape[1]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    loss, dlogits = softmax_cross_entropy(logits, labels)
    assert loss == pytest.approx(-np.mean([np.log(p[n, label]) for n, label in enumerate(labels)]), rel=1e-9, abs=1e-9)
    close(dlogits, (p - np.eye(logits.shape[1])[labels]) / len(logits))


def test_by_hand() -> None:
    loss, dlogits = softmax_cross_entropy(np.zeros((2, 10)), np.array([3, 9]))
    assert loss == pytest.approx(np.log(10))
    assert dlogits[0].tolist() == pytest.approx([0.05] * 3 + [-0.45] + [0.05] * 6)


@BOTH_DTYPES
def test_extremes_are_finite_and_keep_the_dtype(dtype: type) -> None:
    extremes = [-1e4, -100.0, 0.0, 100.0, 1e4]
    logits: Array = np.array([extremes, extremes[::-1]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dlogits = softmax_cross_entropy(logits, np.array([0, 1]))
    assert loss == pytest.approx((20000 + 9900) / 2)
    assert dlogits.dtype == dtype
    close(dlogits, np.array([[-0.5, 0, 0, 0, 0.5], [0.5, -0.5, 0, 0, 0]]), dtype)


def test_the_gradient_by_finite_differences() -> None:
    logits, labels = 2 * numbers(np.random.default_rng(0), 4, 3), np.array([2, 0, 1, 1])
    before = logits.copy()
    found = softmax_cross_entropy(logits, labels)[1]
    assert np.array_equal(logits, before)
    expected = numeric_gradient(lambda: softmax_cross_entropy(logits, labels)[0], logits)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    assert np.abs(found).max() > 0.01
