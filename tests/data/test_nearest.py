"""The nearest real digit compared with all pairs, and the threshold for "near"."""

from typing import Any

import numpy as np
import pytest

from gan.data import HEAD, load, nearest, only
from gan.data.nearest import Near, nearest_distances
from tests.helpers.digits import SAMPLE
from tests.helpers.players import noise_digits

Array = np.ndarray[Any, np.dtype[Any]]


@pytest.fixture(params=[3, 1000], ids=["many blocks", "one block"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "BLOCK", request.param)
    monkeypatch.setattr(nearest, "TRAINING_BLOCK", request.param + 1)


in_blocks = pytest.mark.usefixtures("blocks")


def slow_nearest(image: Array, training: Array, skip: int | None) -> tuple[float, int]:
    gaps = ((image / 255 - training / 255) ** 2).sum((1, 2))
    if skip is not None:
        gaps[skip] = np.inf
    return float(np.sqrt(gaps.min())), int(gaps.argmin())


@in_blocks
@pytest.mark.parametrize("skipping", [False, True])
def test_nearest_matches_all_pairs(skipping: bool) -> None:
    rng = np.random.default_rng(3)
    training = rng.integers(0, 256, (23, 28, 28), dtype=np.uint8)
    sources = rng.integers(0, 23, 11)
    images = np.clip(
        training[sources].astype(int) + rng.integers(-9, 10, (11, 28, 28)), 0, 255
    ).astype(np.uint8)
    distances, indices = nearest_distances(
        images, training, sources if skipping else None
    )
    expected = [
        slow_nearest(x, training, i if skipping else None)
        for x, i in zip(images, sources, strict=True)
    ]
    assert indices.tolist() == [index for _, index in expected]
    assert distances == pytest.approx([distance for distance, _ in expected], rel=1e-9)
    assert (indices != sources).all() if skipping else (indices == sources).all()


@in_blocks
def test_a_copy_has_distance_zero_and_ties_give_the_first() -> None:
    training = noise_digits(9).images
    training[7] = training[2]
    distances, indices = nearest_distances(training[[2, 8, 7]], training)
    assert distances.tolist() == [0, 0, 0]
    assert indices.tolist() == [2, 8, 2]


# Drawings that are near a real digit


THREES = only(SAMPLE, 3).images


def test_99_percent_of_real_digits_are_near_and_noise_is_not() -> None:
    near = Near(SAMPLE)
    distances, _ = nearest_distances(THREES, THREES, np.arange(len(THREES)))
    assert np.mean(distances <= near.limit(3)) == pytest.approx(0.99, abs=0.003)
    noise = np.random.default_rng(0).integers(0, 2, (20, 28, 28), np.uint8) * 255
    blank = np.zeros((1, 28, 28), np.uint8)
    # each image is its own nearest neighbor
    assert near(THREES[:20], np.full(20, 3)) == [True] * 20
    assert not any(near(noise, np.full(20, 3)))
    ((distance,), _) = nearest_distances(blank, THREES)
    assert near(blank, np.array([3])) == [distance <= near.limit(3)]


def test_near_compares_with_the_requested_digit() -> None:
    near = Near(SAMPLE)
    ones = only(SAMPLE, 1).images[:30]
    assert all(near(ones, np.full(30, 1)))
    assert sum(near(ones, np.full(30, 0))) < 10  # a 1 is not near a 0
    both = np.concatenate([ones[:2], THREES[:2]])
    assert near(both, np.array([1, 1, 3, 3])) == [True] * 4


def test_without_a_digit_any_is_near() -> None:
    near = Near(SAMPLE)
    # all ten digits, although they are sorted
    assert np.mean(near(SAMPLE.images[::50], None)) > 0.95
    assert not any(near(255 - SAMPLE.images[:5], None))


def test_all_of_mnist_and_its_head_have_the_same_reference() -> None:
    for digit, count in ((3, HEAD), (None, 2000)):
        every, few = (Near(data).reference(digit) for data in (load(), SAMPLE))
        assert every.images.tobytes() == few.images.tobytes()
        assert len(every.labels) == count
