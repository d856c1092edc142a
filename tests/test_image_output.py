"""nnet/image_output.py: ClippedTanh and ToneCurve match their formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import BOTH_DTYPES, Array, pull

from nnet.image_output import GREYS, STRETCH, ClippedTanh, ToneCurve


@given(z=hnp.arrays(np.float64, 20, elements=st.floats(-5, 5)))
def test_clipped_tanh_matches_the_formula(z: Array) -> None:
    y, saved = ClippedTanh().forward(z)
    np.testing.assert_allclose(y, np.clip(STRETCH * np.tanh(z), -1, 1))
    slope = np.where(np.abs(STRETCH * np.tanh(z)) < 1, STRETCH / np.cosh(z) ** 2, 0)
    np.testing.assert_allclose(pull(ClippedTanh(), np.full_like(z, 3), saved), 3 * slope, rtol=1e-9, atol=1e-12)


@BOTH_DTYPES
def test_clipped_tanh_reaches_paper_and_ink_and_passes_no_gradient_there(dtype: type) -> None:
    y, saved = ClippedTanh().forward(np.array([-1e30, -1.9, 0, 1.9, 1e30], dtype))
    assert y.dtype == dtype
    assert y.tolist() == [-1, -1, 0, 1, 1]
    dz = pull(ClippedTanh(), np.ones(5, dtype), saved)
    assert dz.dtype == dtype
    np.testing.assert_allclose(dz, [0, 0, STRETCH, 0, 0], rtol=1e-6)


def test_a_tone_curve_counts_thresholds() -> None:
    thresholds = np.linspace(-0.9, 0.9, GREYS - 1, dtype=np.float32)
    x = np.random.default_rng(0).uniform(-1, 1, (2, 28, 28, 1)).astype(np.float32)
    y, _ = ToneCurve(thresholds).forward(x)
    assert y.dtype == x.dtype
    levels = (thresholds <= x[..., None]).sum(-1)  # (2, 28, 28, 1)
    np.testing.assert_allclose((y + 1) * 127.5, levels, atol=1e-4)


def test_values_at_the_ends_and_nan_of_a_tone_curve() -> None:
    curve = ToneCurve(np.full(GREYS - 1, 0.5, np.float32))
    y, saved = curve.forward(np.array([-1, 0.49, 0.5, 1, np.nan, -np.inf, np.inf], np.float32))
    assert y.tolist() == [-1, -1, 1, 1, -1, -1, 1]
    with pytest.raises(NotImplementedError):
        curve.backward(y, saved)


def test_a_new_tone_curve_gives_paper() -> None:
    assert ToneCurve().forward(np.linspace(-1, 1, 9, dtype=np.float32))[0].tolist() == [-1] * 9
