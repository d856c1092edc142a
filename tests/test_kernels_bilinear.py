"""Looking up between pixels, against the formula for one place at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnet.fast.kernels.bilinear import bilinear


def slow(image: np.ndarray, y: float, x: float) -> float:
    """Every pixel has a weight that falls from 1 to 0 over a distance of 1."""
    H, W = image.shape
    rows = np.clip(1 - np.abs(np.arange(H) - y), 0, None)
    columns = np.clip(1 - np.abs(np.arange(W) - x), 0, None)
    return float(rows @ image.astype(float) @ columns)


@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_it_is_the_formula_inside_at_the_border_and_far_outside(n: int, H: int, W: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, H, W), dtype=np.uint8)
    places = rng.uniform(-3, 9, (n, 20, 2)).astype(np.float32)
    places[:, :3] = [(-1, -1), (H - 1, W - 1), (H, W)]
    places[:, 3] = 1e30
    places[:, 4] = np.nan
    drawn = np.full((n, 20), np.nan, np.float32)
    bilinear(images, places, drawn)
    expected = [[slow(image, y, x) for y, x in own] for image, own in zip(images, places.astype(float), strict=True)]
    np.testing.assert_allclose(drawn[:, :4], np.array(expected)[:, :4], atol=1e-3)
    np.testing.assert_allclose(drawn[:, 5:], np.array(expected)[:, 5:], atol=1e-3)
    assert not drawn[:, 4].any(), "a place that is not a number is nowhere"


def test_whole_places_are_the_pixels_themselves() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    places = np.indices((3, 4), np.float32).reshape(2, -1).T[None].copy()
    drawn = np.empty((1, 12), np.float32)
    bilinear(image, places, drawn)
    assert drawn[0].tolist() == list(range(12))
