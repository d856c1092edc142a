"""LeakyReLU, Reshape, ClippedTanh and Finish: values, and derivatives from the output.
test_dense.py has Tanh.
"""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gan.data.images_and_sheets import to_unit
from gan.drawings.match_mnist_grey_levels import UNCHANGED
from nnet.activations import LeakyReLU, Reshape
from nnet.clipped_tanh_and_finish import BOX, GREYS, STEPS, STRETCH, ClippedTanh, Finish
from tests.helpers.digits import SAMPLE
from tests.helpers.strategies import Array, pull

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


@given(
    x=hnp.arrays(np.float64, SHAPES, elements=st.floats(-1e6, 1e6)),
    slope=st.sampled_from([0.1, 0.5, 1.0]),
)
@example(x=np.array([-4, -0.0, 0, 1e-300, 2]), slope=0.25)
def test_leaky_relu_matches_the_formula(x: Array, slope: float) -> None:
    y, saved = LeakyReLU(slope).forward(x)
    assert np.array_equal(y, np.where(x > 0, x, slope * x))
    assert np.array_equal(
        pull(LeakyReLU(slope), np.full_like(x, 8), saved), np.where(x > 0, 8, slope * 8)
    )


@pytest.mark.parametrize("shape", [(12,), (3, 4), (2, 3, 2), (2, -1)])
def test_reshape_keeps_numbers_and_order(shape: tuple[int, ...]) -> None:
    x = np.arange(24.0).reshape(2, 4, 3)
    y, saved = Reshape(*shape).forward(x)
    assert np.array_equal(y, x.reshape(2, *shape))
    assert np.array_equal(pull(Reshape(*shape), y, saved), x)


# nnet/clipped_tanh_and_finish.py: ClippedTanh and Finish


@given(z=hnp.arrays(np.float64, 20, elements=st.floats(-5, 5)))
def test_clipped_tanh_matches_the_formula(z: Array) -> None:
    y, saved = ClippedTanh().forward(z)
    np.testing.assert_allclose(y, np.clip(STRETCH * np.tanh(z), -1, 1))
    slope = np.where(np.abs(STRETCH * np.tanh(z)) < 1, STRETCH / np.cosh(z) ** 2, 0)
    np.testing.assert_allclose(
        pull(ClippedTanh(), np.full_like(z, 3), saved), 3 * slope, rtol=1e-9, atol=1e-12
    )


# only full ink reaches those above 1
LINEAR = np.linspace(-0.9, 1.2, GREYS - 1, dtype=np.float32)


def levels(finish: Finish, x: Array) -> Array:
    """Return the grey levels of finished drawings."""
    y, _ = finish.forward(x.astype(np.float32))
    assert y.dtype == np.float32
    found: Array = np.rint((y + 1) * 127.5)
    np.testing.assert_allclose((y + 1) * 127.5, found, atol=1e-4)
    return found


# A drawing of 28 x 28 has too much ink outside any box to lose it.
@pytest.mark.parametrize("side", [BOX, 28])
def test_a_level_counts_the_thresholds_up_to_the_value(side: int) -> None:
    x = (
        np.random.default_rng(0)
        .uniform(-1.1, 0.99, (2, side, side, 1))
        .clip(-1)
        .astype(np.float32)
    )
    # how many of LINEAR each pixel reaches, after rounding down
    reached = (np.floor(x * STEPS)[..., None] / STEPS >= LINEAR).sum(-1)
    assert np.array_equal(levels(Finish(LINEAR), x), reached)


def test_values_beyond_the_range_and_nan_become_ink_or_paper() -> None:
    finish = Finish(np.full(GREYS - 1, 0.5, np.float32))
    x = np.array([-1, 0.49, 0.5, 1, np.nan, -np.inf, np.inf], np.float32).reshape(
        1, 7, 1, 1
    )
    assert levels(finish, x).ravel().tolist() == [0, 0, 255, 255, 0, 0, 255]
    with pytest.raises(NotImplementedError):
        finish.backward(*finish.forward(x))


@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 27), st.integers(0, 27))
def test_faint_ink_outside_the_box_becomes_paper(
    top: int, left: int, row: int, column: int
) -> None:
    digit = np.full((1, 28, 28, 1), -1.0)
    digit[:, top : top + BOX, left : left + BOX] = 0.5
    speck = digit.copy()
    speck[:, row, column] = 1
    inside = top <= row < top + BOX and left <= column < left + BOX
    assert np.array_equal(
        levels(Finish(LINEAR), speck),
        levels(Finish(LINEAR), speck if inside else digit),
    )
    assert levels(Finish(LINEAR), digit).any(), "a digit in its box keeps its ink"


def test_real_digits_fit_into_the_box() -> None:
    finish = Finish(UNCHANGED.astype(np.float32))
    images = SAMPLE.images[::5]
    assert np.array_equal(levels(finish, to_unit(images))[..., 0], images)
