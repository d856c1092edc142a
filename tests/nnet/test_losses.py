"""The losses and their gradients compared with their formulas in float64, including
extreme logits.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnet.losses import bce_with_logits
from nnet.softmax_loss import softmax_cross_entropy
from tests.helpers.strategies import BOTH_DTYPES, Array, close

LOGITS = hnp.arrays(
    np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-15, 15)
)


def probability(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@given(logits=LOGITS, data=st.data())
def test_bce_matches_the_formula(logits: Array, data: st.DataObject) -> None:
    each = hnp.arrays(np.float64, logits.shape, elements=st.floats(0, 1))
    targets = data.draw(each | st.sampled_from([0.0, 1.0, 0.9]))
    p = probability(logits)
    loss, dlogits = bce_with_logits(logits, targets)
    assert loss == pytest.approx(
        -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)),
        rel=1e-7,
        abs=1e-9,
    )
    close(dlogits, (p - targets) / logits.size)
    assert np.array_equal(probability(logits), p), "the logits are not changed"


@BOTH_DTYPES
def test_the_loss_of_extreme_logits_is_finite_and_keeps_the_dtype(dtype: type) -> None:
    logits: Array = np.array([-1e4, -100.0, 0.0, 100.0, 1e4], dtype)[:, None]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        real, dreal = bce_with_logits(logits, 1.0)
        fake, dfake = bce_with_logits(logits, 0.0)
    assert real == pytest.approx((1e4 + 100 + np.log(2)) / 5)
    assert fake == pytest.approx(real)
    assert dreal.dtype == dfake.dtype == dtype
    close(dreal.ravel(), np.array([-1, -1, -0.5, 0, 0]) / 5, dtype)
    close(dfake.ravel(), np.array([0, 0, 0.5, 1, 1]) / 5, dtype)


# Several classes

SEVERAL = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 5)),
    elements=st.floats(-15, 15),
)


@given(logits=SEVERAL)
def test_softmax_cross_entropy_matches_the_formula(logits: Array) -> None:
    labels = np.arange(len(logits)) % logits.shape[1]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    loss, dlogits = softmax_cross_entropy(logits, labels)
    assert loss == pytest.approx(
        -np.mean([np.log(p[n, label]) for n, label in enumerate(labels)]),
        rel=1e-9,
        abs=1e-9,
    )
    close(dlogits, (p - np.eye(logits.shape[1])[labels]) / len(logits))


@BOTH_DTYPES
def test_softmax_cross_entropy_of_extreme_logits_is_finite(dtype: type) -> None:
    extremes = [-1e4, -100.0, 0.0, 100.0, 1e4]
    logits: Array = np.array([extremes, extremes[::-1]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dlogits = softmax_cross_entropy(logits, np.array([0, 1]))
    assert loss == pytest.approx((20000 + 9900) / 2)
    assert dlogits.dtype == dtype
    close(dlogits, np.array([[-0.5, 0, 0, 0, 0.5], [0.5, -0.5, 0, 0, 0]]), dtype)


def test_softmax_cross_entropy_refuses_one_hot_labels() -> None:
    with pytest.raises(ValueError, match=r"labels of shape \(2,\), received \(2, 3\)"):
        softmax_cross_entropy(np.zeros((2, 3)), np.eye(2, 3, dtype=int))
