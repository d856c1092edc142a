"""Bilinear sampling compared with the formula, one point at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnet.fast.kernels.bilinear_sampling import bilinear


def slow_value(image: np.ndarray, y: float, x: float) -> float:
    """Return the sum of all pixels, each with a weight that falls from 1 to 0 over a distance of 1."""
    H, W = image.shape
    rows = np.clip(1 - np.abs(np.arange(H) - y), 0, None)
    columns = np.clip(1 - np.abs(np.arange(W) - x), 0, None)
    return float(rows @ image.astype(float) @ columns)


@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_bilinear_matches_the_formula_inside_and_outside(n: int, H: int, W: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, H, W), dtype=np.uint8)
    places = rng.uniform(-3, 9, (n, 20, 2)).astype(np.float32)
    places[:, :3] = [(-1, -1), (H - 1, W - 1), (H, W)]
    places[:, 3] = 1e30
    places[:, 4] = np.nan
    values = np.full((n, 20), np.nan, np.float32)
    bilinear(images, places, values)
    pairs = zip(images, places.astype(float), strict=True)
    expected = np.array([[slow_value(image, y, x) for y, x in points] for image, points in pairs])
    np.testing.assert_allclose(values[:, :4], expected[:, :4], atol=1e-3)
    np.testing.assert_allclose(values[:, 5:], expected[:, 5:], atol=1e-3)
    assert not values[:, 4].any(), "NaN is outside"
