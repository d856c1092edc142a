"""LeakyReLU, Tanh and Reshape: their values, and their derivatives from the output."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnet.activations import LeakyReLU, Reshape, Tanh
from tests.helpers.strategies import Array, close, pull

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


@given(x=hnp.arrays(np.float64, SHAPES, elements=st.floats(-1e6, 1e6)), slope=st.sampled_from([0.1, 0.5, 1.0]))
@example(x=np.array([-4, -0.0, 0, 1e-300, 2]), slope=0.25)
def test_leaky_relu_matches_the_formula(x: Array, slope: float) -> None:
    y, saved = LeakyReLU(slope).forward(x)
    assert np.array_equal(y, np.where(x > 0, x, slope * x))
    assert np.array_equal(pull(LeakyReLU(slope), np.full_like(x, 8), saved), np.where(x > 0, 8, slope * 8))


@given(x=hnp.arrays(np.float64, SHAPES, elements=st.floats(-20, 20)))
def test_tanh_matches_the_formula(x: Array) -> None:
    y, saved = Tanh().forward(x)
    close(y, (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)))
    np.testing.assert_allclose(pull(Tanh(), np.full_like(x, 3), saved), 3 / np.cosh(x) ** 2, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("slope", [0, -0.1, 1.01, float("nan")])
def test_a_slope_out_of_range_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match=f"^LeakyReLU slope: expected above 0 and at most 1, received {slope}$"):
        LeakyReLU(slope)


@pytest.mark.parametrize("shape", [(12,), (3, 4), (2, 3, 2), (2, -1)])
def test_reshape_keeps_numbers_and_order(shape: tuple[int, ...]) -> None:
    x = np.arange(24.0).reshape(2, 4, 3)
    y, saved = Reshape(*shape).forward(x)
    assert np.array_equal(y, x.reshape(2, *shape))
    assert np.array_equal(pull(Reshape(*shape), y, saved), x)
