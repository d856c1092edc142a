"""Batches of the data: their order, and distortions compared with their formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.base.errors import InputError
from gan.data import Dataset, distortions
from gan.data.distortions import GENTLE, STRONG, distort, random_bends, random_maps
from gan.data.images_and_sheets import to_ink
from gan.rules.config_for_data import Batches
from nnet.fast.kernels.bilinear_sampling import bilinear
from tests.helpers.players import NOISE


def test_bent_images_differ_each_time_and_keep_their_labels() -> None:
    bent = Batches(NOISE, 20, np.random.default_rng(3), bend=True)
    rng = np.random.default_rng(3)
    x, labels = bent.next()
    y, _ = bent.next()
    order = rng.permutation(20)
    assert -1 <= x.min() < x.max() <= 1
    assert np.array_equal(labels, NOISE.labels[order])
    assert np.array_equal(x, distort(NOISE.images[order], rng, GENTLE))
    assert len(np.unique(np.concatenate([x, y]).reshape(40, -1), axis=0)) == 40


@given(n=st.integers(1, 40), size=st.integers(1, 40), seed=st.integers(0, 99))
def test_each_image_appears_once_per_pass(n: int, size: int, seed: int) -> None:
    images = np.repeat(np.arange(n, dtype=np.uint8), 784).reshape(n, 28, 28)
    digits = Dataset(images, np.arange(n, dtype=np.uint8) % 10, "counted")
    if size > n:
        with pytest.raises(
            InputError,
            match=f"batch: expected at most the {n} available images, received {size}",
        ):
            Batches(digits, size, np.random.default_rng(seed))
        return
    batches = Batches(digits, size, np.random.default_rng(seed))
    passes = []
    for _ in range(2):
        numbers_seen: list[int] = []
        for _ in range(n // size):
            batch, labels = batches.next()
            assert batch.shape == (size, 28, 28, 1)
            assert batch.dtype.type == np.float32
            numbers = to_ink(batch)[:, 0, 0]
            assert np.array_equal(labels, numbers % 10)
            numbers_seen += numbers.tolist()
        assert len(set(numbers_seen)) == len(numbers_seen) == n // size * size
        passes.append(numbers_seen)
    assert n < 20 or passes[0] != passes[1]


# Distortions


IMAGES = np.random.default_rng(5).integers(0, 256, (4, 9, 7), dtype=np.uint8)


def test_maps_read_the_old_image_where_the_formula_says() -> None:
    inverses, shifts = random_maps(4, np.random.default_rng(1), STRONG)
    inverses[0] *= 3  # reads far beyond the border
    bends = random_bends(4, (9, 7), np.random.default_rng(2), GENTLE)
    bends[1] = 0
    mapped = distortions.apply_maps(IMAGES, (inverses, shifts), bends)
    assert mapped.shape == (4, 9, 7)
    assert mapped.dtype.type == np.float32
    middle = np.array([4, 3])
    pixels = np.argwhere(np.ones((9, 7)))
    maps = zip(inverses, shifts, bends, strict=True)
    places = [
        (pixels - middle - shift) @ inverse.T + middle + bend
        for inverse, shift, bend in maps
    ]
    expected = np.empty((4, 63), np.float32)
    bilinear(IMAGES, np.array(places, np.float32), expected)
    np.testing.assert_allclose(mapped.reshape(4, 63), expected, atol=2e-2)


def test_bends_are_equally_strong_everywhere_and_smooth() -> None:
    offsets = random_bends(4000, (28, 28), np.random.default_rng(0), GENTLE).reshape(
        4000, 28, 28, 2
    )
    # a tolerance of seven standard deviations
    np.testing.assert_allclose(offsets.std(0), GENTLE.bend, rtol=0.08)

    def correlation(distance: int) -> float:
        """Return the correlation between the offsets of two pixels at this distance."""
        return float(
            np.corrcoef(offsets[:, 10, 5, 0], offsets[:, 10, 5 + distance, 0])[0, 1]
        )

    assert correlation(1) > 0.95
    assert abs(correlation(20)) < 0.1


def test_sharpening_increases_contrast_within_the_range() -> None:
    ink = np.zeros((1, 3, 3), np.float32)
    ink[0, 1] = (40, 100, 40)
    sharper = distortions.sharpened(ink, 0.5)
    assert sharper[0, 1, 1] == 100 + 0.5 * (100 - 20)
    assert sharper[0, 1, 0] == 40 + 0.5 * (40 - 25)
    assert sharper[0, 0, 1] == 0  # 0 - 0.5 * 25 would be negative
    assert distortions.sharpened(np.full((1, 3, 3), 250, np.float32), 2.0).max() == 255


def test_distortions_have_the_stated_ranges() -> None:
    """Recover the parameters from many maps and check that they fill their ranges."""
    for forms, turn, growth, lean, shift in (
        (STRONG, 0.2, 0.12, 0.2, 1.0),
        (GENTLE, 0.1, 0.06, 0.1, 0.0),
    ):
        inverses, shifts = random_maps(20_000, np.random.default_rng(0), forms)
        # inverse = rotation @ shear / grow, so each of its columns times grow is that
        # column of rotation @ shear.
        # the second column, (-sin, cos)
        turns = np.arctan2(-inverses[:, 0, 1], inverses[:, 1, 1])
        growths = 1 / np.hypot(inverses[:, 0, 1], inverses[:, 1, 1])
        # The first column, rotated back, is (1, slant) / grow.
        cos = np.cos(turns)
        sin = np.sin(turns)
        down = cos * inverses[:, 0, 0] + sin * inverses[:, 1, 0]
        leans = (cos * inverses[:, 1, 0] - sin * inverses[:, 0, 0]) / down
        # the area of the old picture that one new pixel covers
        sizes = np.linalg.det(inverses)
        assert ((1 + growth) ** -2 - 1e-6 <= sizes).all()
        assert (sizes <= (1 - growth) ** -2 + 1e-6).all()
        assert (sizes * growths**2).std() > 0.01, "width and height grow independently"
        ranges = (turns, -turn, turn), (leans, -lean, lean), (shifts, -shift, shift)
        for values, least, most in (*ranges, (growths, 1 - growth, 1 + growth)):
            assert values.min() == pytest.approx(least, abs=0.002)
            assert values.max() == pytest.approx(most, abs=0.002)
            assert values.mean() == pytest.approx((least + most) / 2, abs=0.01)
    assert STRONG.bend == 0
    assert STRONG.sharpen == 0
    assert GENTLE.bend == 0.35
    assert GENTLE.sharpen == 0.5
