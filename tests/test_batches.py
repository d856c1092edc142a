"""The order of the data: every image once a pass, in an order of its own, and in another form each time if bent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from players import noise_digits

from gan.data import Dataset
from gan.data.batches import GENTLE, Batches, distort
from gan.errors import InputError
from gan.pictures import to_ink

NOISE = noise_digits(20)


def test_bent_digits_come_in_another_form_each_time_and_the_labels_with_them() -> None:
    bent, rng = Batches(NOISE, 20, np.random.default_rng(3), bend=True), np.random.default_rng(3)
    (x, labels), (y, _), order = bent.next(), bent.next(), rng.permutation(20)
    assert np.array_equal(labels, NOISE.labels[order])
    assert np.array_equal(x, distort(NOISE.images[order], rng, GENTLE))
    assert len(np.unique(np.concatenate([x, y]).reshape(40, -1), axis=0)) == 40


@given(n=st.integers(1, 40), size=st.integers(1, 40), seed=st.integers(0, 99))
def test_every_image_comes_once_a_pass_in_an_order_of_its_own(n: int, size: int, seed: int) -> None:
    images = np.repeat(np.arange(n, dtype=np.uint8), 784).reshape(n, 28, 28)
    digits = Dataset(images, np.arange(n, dtype=np.uint8) % 10, "counted")
    if size > n:
        with pytest.raises(InputError, match=f"batch: expected at most the {n} images there are, received {size}"):
            Batches(digits, size, np.random.default_rng(seed))
        return
    batches = Batches(digits, size, np.random.default_rng(seed))
    for _ in range(2):
        seen: list[int] = []
        for _ in range(n // size):
            batch, labels = batches.next()
            assert (batch.shape, batch.dtype.type) == ((size, 28, 28, 1), np.float32)
            numbers = to_ink(batch)[:, 0, 0]
            assert np.array_equal(labels, numbers % 10)
            seen += numbers.tolist()
        assert len(set(seen)) == len(seen) == n // size * size


def test_two_passes_differ_in_their_order() -> None:
    batches = Batches(NOISE, 20, np.random.default_rng(0))
    first, second = batches.next()[0], batches.next()[0]
    assert not np.array_equal(first, second)
    assert np.array_equal(np.sort(first, axis=0), np.sort(second, axis=0))
