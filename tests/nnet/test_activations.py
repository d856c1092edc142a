"""LeakyReLU, Tanh and Reshape: their values, their derivatives from the output, and that inputs do not change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnet.activations import Activation, LeakyReLU, Reshape, Tanh
from nnet.jvp import push
from tests.helpers.strategies import BOTH_DTYPES, Array, close, numbers, pull

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


def test_leaky_relu_by_hand() -> None:
    y, saved = LeakyReLU(0.25).forward(np.array([-4.0, -0.0, 0.0, 2.0]))
    assert y.tolist() == [-1, 0, 0, 2]
    assert pull(LeakyReLU(0.25), np.array([8.0, 8, 8, 8]), saved).tolist() == [2, 2, 2, 8]


@given(x=hnp.arrays(np.float64, SHAPES, elements=st.floats(-1e6, 1e6)), slope=st.sampled_from([0.1, 0.5, 1.0]))
def test_leaky_relu_matches_the_formula(x: Array, slope: float) -> None:
    y, _ = LeakyReLU(slope).forward(x)
    assert np.array_equal(y, np.where(x > 0, x, slope * x))


@given(x=hnp.arrays(np.float64, SHAPES, elements=st.floats(-20, 20)))
def test_tanh_matches_the_formula(x: Array) -> None:
    y, saved = Tanh().forward(x)
    close(y, (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)))
    np.testing.assert_allclose(pull(Tanh(), np.full_like(x, 3), saved), 3 / np.cosh(x) ** 2, rtol=1e-9, atol=1e-12)


@BOTH_DTYPES
def test_tanh_of_large_numbers_is_finite(dtype: type) -> None:
    y, saved = Tanh().forward(np.array([-1e30, 1e30], dtype))
    assert y.tolist() == [-1, 1]
    assert pull(Tanh(), np.ones(2, dtype), saved).tolist() == [0, 0]


@pytest.mark.parametrize("slope", [0, -0.1, 1.01, float("nan")])
def test_a_slope_out_of_range_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match=f"^LeakyReLU slope: expected above 0 and at most 1, received {slope}$"):
        LeakyReLU(slope)


@pytest.mark.parametrize("activation", [LeakyReLU(), LeakyReLU(1), Tanh()])
def test_a_noncontiguous_input_gives_the_same(activation: Activation) -> None:
    x = numbers(np.random.default_rng(0), 4, 6).T[::2]
    before = x.copy()
    y, saved = activation.forward(x)
    close(y, activation.forward(before)[0])
    close(pull(activation, x, saved), pull(activation, before, saved))
    assert np.array_equal(x, before)
    assert not np.shares_memory(x, y)


@pytest.mark.parametrize("activation", [LeakyReLU(0.3), LeakyReLU(1), Tanh()])
def test_the_derivative_depends_on_the_output_only(activation: Activation) -> None:
    rng = np.random.default_rng(0)
    x, dy = numbers(rng, 2, 3, 4), numbers(rng, 2, 3, 4)
    y, saved = activation.forward(x)
    assert np.array_equal(y, activation.apply(x))
    assert np.array_equal(pull(activation, dy, saved), activation.mask(dy, y))
    assert np.array_equal(pull(activation, dy, saved._replace(x=np.full_like(x, np.nan))), activation.mask(dy, y))


@pytest.mark.parametrize("shape", [(12,), (3, 4), (2, 3, 2), (2, -1)])
def test_reshape_keeps_numbers_and_order(shape: tuple[int, ...]) -> None:
    x = np.arange(24.0).reshape(2, 4, 3)
    layer = Reshape(*shape)
    y, saved = layer.forward(x)
    assert np.array_equal(y, x.reshape(2, *shape))
    assert np.array_equal(pull(layer, y, saved), x)
    assert np.array_equal(push(layer, x, saved), y)
