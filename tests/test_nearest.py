"""The nearest real digit beside the same formula written out slowly; what is near, and what is not."""

from typing import Any

import numpy as np
import pytest

from gan.data import load, nearest, only
from gan.data.dataset import Dataset
from gan.data.nearest import MOST_REAL, Near, nearest_distances

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture(params=[3, 1000], ids=["many blocks", "one block"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "BLOCK", request.param)
    monkeypatch.setattr(nearest, "TRAINING_BLOCK", request.param + 1)


in_blocks = pytest.mark.usefixtures("blocks")


def slow_nearest(image: Array, training: Array, skip: int | None) -> tuple[float, int]:
    gaps = [float(((image / 255 - known / 255) ** 2).sum()) for known in training]
    if skip is not None:
        gaps[skip] = np.inf
    return float(np.sqrt(min(gaps))), int(np.argmin(gaps))


@in_blocks
@pytest.mark.parametrize("skipping", [False, True])
def test_nearest_is_that_of_all_pairs(skipping: bool) -> None:
    rng = np.random.default_rng(3)
    training = rng.integers(0, 256, (23, 28, 28), dtype=np.uint8)
    own = rng.integers(0, 23, 11)
    images = np.clip(training[own].astype(int) + rng.integers(-9, 10, (11, 28, 28)), 0, 255).astype(np.uint8)
    distances, indices = nearest_distances(images, training, own if skipping else None)
    expected = [slow_nearest(x, training, i if skipping else None) for x, i in zip(images, own, strict=True)]
    assert indices.tolist() == [index for _, index in expected]
    assert distances == pytest.approx([distance for distance, _ in expected], rel=1e-9)
    assert (indices != own).all() if skipping else (indices == own).all()


@in_blocks
def test_a_copy_has_distance_nothing_and_the_first_of_equals_is_named() -> None:
    training = np.random.default_rng(0).integers(0, 256, (9, 28, 28), dtype=np.uint8)
    training[7] = training[2]
    distances, indices = nearest_distances(training[[2, 8, 7]], training)
    assert distances.tolist() == [0, 0, 0]
    assert indices.tolist() == [2, 8, 2]


def test_one_pixel_of_full_ink_is_a_distance_of_one() -> None:
    training = np.zeros((1, 28, 28), np.uint8)
    image = training.copy()
    image[0, 3, 4] = 255
    assert nearest_distances(image, training)[0].tolist() == [1.0]
    assert nearest_distances(image[:0], training)[0].shape == (0,)


def test_of_two_images_each_has_the_other_for_its_nearest() -> None:
    pair = np.zeros((2, 28, 28), np.uint8)
    pair[1, 3, 4] = 255
    distances, indices = nearest_distances(pair, pair, np.arange(2))
    assert (distances.tolist(), indices.tolist()) == ([1.0, 1.0], [1, 0])


@pytest.mark.parametrize(("known", "skip"), [(0, None), (1, np.zeros(2, int))])
def test_nothing_to_compare_with_is_refused(known: int, skip: Array | None) -> None:
    with pytest.raises(ValueError, match=f"expected training images to compare with, received {known}"):
        nearest_distances(np.zeros((2, 28, 28), np.uint8), np.zeros((known, 28, 28), np.uint8), skip)


# Near


SAMPLE = load()
THREES = only(SAMPLE, 3).images


def test_of_real_digits_99_in_100_are_near_and_noise_is_not() -> None:
    nearby = Near(SAMPLE)
    distances, _ = nearest_distances(THREES, THREES, np.arange(len(THREES)))
    assert np.mean(distances <= nearby.limit(3)) == pytest.approx(0.99, abs=0.003)
    noise = np.random.default_rng(0).integers(0, 2, (20, 28, 28), np.uint8) * 255
    blank = np.zeros((1, 28, 28), np.uint8)
    assert nearby(THREES[:20], np.full(20, 3)) == [True] * 20  # each is among those it is compared with
    assert not any(nearby(noise, np.full(20, 3)))
    assert nearby(blank, np.array([3])) == [bool(nearest_distances(blank, THREES)[0][0] <= nearby.limit(3))]


def test_near_is_asked_of_the_digit_that_was_wanted() -> None:
    nearby = Near(SAMPLE)
    ones = only(SAMPLE, 1).images[:30]
    assert all(nearby(ones, np.full(30, 1)))
    assert sum(nearby(ones, np.full(30, 0))) < 10  # a 1 is no 0
    both = np.concatenate([ones[:2], THREES[:2]])
    assert nearby(both, np.array([1, 1, 3, 3])) == [True] * 4


def test_where_no_digit_was_asked_for_any_will_do() -> None:
    nearby = Near(SAMPLE)
    assert np.mean(nearby(SAMPLE.images[::50], None)) > 0.95  # all ten digits, though they lie sorted in the sample
    assert not any(nearby(255 - SAMPLE.images[:5], None))


def test_of_many_some_are_looked_at_from_the_first_to_the_last() -> None:
    many = Dataset(np.repeat(THREES, 2, 0), np.full(2 * len(THREES), 3, np.uint8), "twice")
    looked_at = Near(many).real(3)
    assert len(looked_at) == MOST_REAL
    assert np.array_equal(looked_at[[0, -1]], THREES[[0, -1]])


def test_beside_a_lone_image_only_a_copy_is_near() -> None:
    one = Dataset(THREES[:1], np.array([3], np.uint8), "one")
    assert Near(one)(THREES[:2], np.array([3, 3])) == [True, False]
