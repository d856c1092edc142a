"""Signs: the size of every copy, and the spline through their points. test_golden.py pins their shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gan.write.signs import sign, spline


def test_wobble_is_as_strong_at_the_ends_as_in_the_middle() -> None:
    dashes = [sign("–", np.random.default_rng(seed), wobble=8.0)[0] for seed in range(400)]
    heights = np.array([dash.curves[:, 0, 1] for dash in dashes])
    start, middle = heights[:, [0, heights.shape[1] // 2]].std(axis=0)
    assert start == pytest.approx(middle, rel=0.2)


@given(arrays(float, st.tuples(st.integers(2, 20), st.just(2)), elements=st.floats(-20, 20)))
def test_a_spline_interpolates_with_continuous_second_derivative(points: np.ndarray) -> None:
    curves = spline(points)
    np.testing.assert_array_equal(np.concatenate([curves[:, 0], curves[-1:, 3]]), points)
    at_start = curves[:, 0] - 2 * curves[:, 1] + curves[:, 2]  # equals a sixth of the second derivative
    at_end = curves[:, 1] - 2 * curves[:, 2] + curves[:, 3]
    np.testing.assert_allclose(curves[:-1, 3] - curves[:-1, 2], curves[1:, 1] - curves[1:, 0], atol=1e-9)
    np.testing.assert_allclose(at_end[:-1], at_start[1:], atol=1e-9)
    np.testing.assert_allclose([at_start[0], at_end[-1]], 0, atol=1e-9)
