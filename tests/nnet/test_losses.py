"""The loss and its gradient compared with their formulas in float64, including extreme
logits.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnet.losses import bce_with_logits
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
