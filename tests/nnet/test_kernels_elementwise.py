"""Elementwise kernels and bilinear sampling, compared with formulas in NumPy."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnet.fast.kernels import elementwise
from nnet.fast.kernels.bilinear_sampling import bilinear
from tests.helpers.strategies import DTYPES, close, numbers

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=5)
SLOPES = st.sampled_from([0.01, 0.2, 1.0])


@given(shape=SHAPES, dtype=DTYPES, slope=SLOPES)
# rows are processed in pairs
@example(shape=(4, elementwise.WIDE // 2), dtype=np.float32, slope=0.2)
# an odd number of rows leaves one over
@example(shape=(5, elementwise.WIDE // 2), dtype=np.float32, slope=0.2)
@example(shape=(0, elementwise.WIDE // 2), dtype=np.float32, slope=0.2)
def test_bias_leaky_matches_the_formula(
    shape: tuple[int, ...], dtype: type, slope: float
) -> None:
    rng = np.random.default_rng(0)
    z, b = numbers(rng, *shape, dtype=dtype), numbers(rng, shape[-1], dtype=dtype)
    shifted = z.astype(np.float64) + b
    before = b.tobytes()
    elementwise.bias_leaky(z, b, slope)
    close(z, np.where(shifted > 0, shifted, slope * shifted), dtype)
    assert z.dtype.type == dtype
    assert b.tobytes() == before


# Bilinear sampling, one point at a time


def slow_value(image: np.ndarray, y: float, x: float) -> float:
    """Return the sum of all pixels, each with a weight that falls from 1 to 0 over a
    distance of 1.
    """
    H, W = image.shape
    rows = np.clip(1 - np.abs(np.arange(H) - y), 0, None)
    columns = np.clip(1 - np.abs(np.arange(W) - x), 0, None)
    return float(rows @ image.astype(float) @ columns)


@given(
    st.integers(1, 4), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1)
)
def test_bilinear_matches_the_formula_inside_and_outside(
    n: int, H: int, W: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, H, W), dtype=np.uint8)
    places = rng.uniform(-3, 9, (n, 20, 2)).astype(np.float32)
    places[:, :3] = [(-1, -1), (H - 1, W - 1), (H, W)]
    places[:, 3] = 1e30
    places[:, 4] = np.nan
    values = np.full((n, 20), np.nan, np.float32)
    bilinear(images, places, values)
    pairs = zip(images, places.astype(float), strict=True)
    expected = np.array(
        [[slow_value(image, y, x) for y, x in points] for image, points in pairs]
    )
    np.testing.assert_allclose(values[:, :4], expected[:, :4], atol=1e-3)
    np.testing.assert_allclose(values[:, 5:], expected[:, 5:], atol=1e-3)
    assert not values[:, 4].any(), "NaN is outside"
