"""Losses against their formulas written out in float64, at extremes, and their gradients by finite differences."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import BOTH_DTYPES, Array, close, few, numbers

from nnet.losses import bce_with_logits, relativistic, sigmoid, softmax_cross_entropy, softplus

LOGITS = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-15, 15))
EXTREMES = [-1e4, -100.0, 0.0, 100.0, 1e4]


def probability(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@few
@given(x=LOGITS)
def test_softplus_and_sigmoid(x: Array) -> None:
    np.testing.assert_allclose(softplus(x), np.log(1 + np.exp(x)), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sigmoid(x), probability(x), rtol=1e-9, atol=1e-12)


@BOTH_DTYPES
def test_softplus_and_sigmoid_at_extremes(dtype: type[np.floating]) -> None:
    x = np.array(EXTREMES, dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        plus, probabilities = softplus(x), sigmoid(x)
    np.testing.assert_allclose(plus, [0, 0, np.log(2), 100, 1e4], rtol=1e-6, atol=1e-40)
    np.testing.assert_allclose(probabilities, [0, 0, 0.5, 1, 1], atol=1e-40)
    assert plus.dtype == probabilities.dtype == dtype


@few
@given(logits=LOGITS, data=st.data())
def test_bce(logits: Array, data: st.DataObject) -> None:
    each = hnp.arrays(np.float64, logits.shape, elements=st.floats(0, 1))
    targets = data.draw(each | st.sampled_from([0.0, 1.0, 0.9]))
    p = probability(logits)
    loss, dlogits = bce_with_logits(logits, targets)
    assert loss == pytest.approx(-np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)), rel=1e-7, abs=1e-9)
    close(dlogits, (p - targets) / logits.size)


@few
@given(logits=hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.floats(-15, 15)))
def test_softmax_cross_entropy(logits: Array) -> None:
    labels = np.arange(len(logits)) % logits.shape[1]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    loss, dlogits = softmax_cross_entropy(logits, labels)
    assert loss == pytest.approx(-np.mean([np.log(p[n, label]) for n, label in enumerate(labels)]), rel=1e-9, abs=1e-9)
    close(dlogits, (p - np.eye(logits.shape[1])[labels]) / len(logits))


@few
@given(pair=hnp.arrays(np.float64, st.tuples(st.just(2), st.integers(1, 6), st.just(1)), elements=st.floats(-7, 7)))
def test_relativistic(pair: Array) -> None:
    winner, loser = pair
    loss, dwinner, dloser = relativistic(winner, loser)
    assert loss == pytest.approx(-np.mean(np.log(probability(winner - loser))), rel=1e-9, abs=1e-9)
    close(dwinner, -probability(loser - winner) / len(winner))
    assert np.array_equal(dloser, -dwinner)
    assert relativistic(winner + 3, loser + 3)[0] == pytest.approx(loss, rel=1e-9)


def test_losses_by_hand() -> None:
    assert bce_with_logits(np.zeros((4, 1)), 1.0)[0] == pytest.approx(np.log(2))
    assert bce_with_logits(np.zeros((4, 1)), 1.0)[1].ravel().tolist() == [-1 / 8] * 4
    assert softmax_cross_entropy(np.zeros((2, 10)), np.array([3, 9]))[0] == pytest.approx(np.log(10))
    loss, dwinner, dloser = relativistic(np.zeros((4, 1)), np.zeros((4, 1)))
    assert loss == pytest.approx(np.log(2))
    assert (dwinner.ravel().tolist(), dloser.ravel().tolist()) == ([-1 / 8] * 4, [1 / 8] * 4)


@BOTH_DTYPES
def test_extremes_are_finite_and_keep_the_dtype(dtype: type[np.floating]) -> None:
    logits = np.array(EXTREMES, dtype)[:, None]
    square = np.array([EXTREMES, EXTREMES[::-1]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        real, dreal = bce_with_logits(logits, 1.0)
        fake, dfake = bce_with_logits(logits, 0.0)
        classes, dsquare = softmax_cross_entropy(square, np.array([0, 1]))
        pair, dwinner, dloser = relativistic(logits, -logits)
    expected = (1e4 + 100 + np.log(2)) / 5
    assert [real, fake] == pytest.approx([expected, expected])
    assert classes == pytest.approx((20000 + 9900) / 2)
    assert pair == pytest.approx((20000 + 200 + np.log(2)) / 5)
    for gradient in (dreal, dfake, dsquare, dwinner, dloser):
        assert np.isfinite(gradient).all()
        assert gradient.dtype == dtype
    close(dreal.ravel(), np.array([-1, -1, -0.5, 0, 0]) / 5, dtype)
    close(dfake.ravel(), np.array([0, 0, 0.5, 1, 1]) / 5, dtype)


def with_targets(logits: Array) -> tuple[float, Array]:
    return bce_with_logits(logits, np.linspace(0, 1, logits.size).reshape(logits.shape))


def with_labels(logits: Array) -> tuple[float, Array]:
    return softmax_cross_entropy(logits, np.array([2, 0, 1, 1]))


OTHER = np.linspace(-2, 2, 12).reshape(4, 3)
LOSSES = {
    "bce": with_targets,
    "softmax": with_labels,
    "winner": lambda logits: relativistic(logits, OTHER)[:2],
    "loser": lambda logits: relativistic(OTHER, logits)[::2],
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_by_finite_differences(name: str) -> None:
    loss: Callable[[Array], tuple[float, Array]] = LOSSES[name]
    logits = 2 * numbers(np.random.default_rng(0), 4, 3)
    before = logits.copy()
    found = loss(logits)[1]
    expected = np.empty_like(logits)
    for place in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[place] = 1e-5
        expected[place] = (loss(logits + step)[0] - loss(logits - step)[0]) / 2e-5
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    assert np.abs(found).max() > 0.01
    assert np.array_equal(logits, before)
