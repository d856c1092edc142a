"""Latent vectors: normally distributed numbers, and the digit to draw."""

import numpy as np
import pytest

from gan.rules.latents import digits_in_order, draw_latents, one_hot, picture_latents, requested_digits
from tests.helpers.fake_worker import tiny


def test_one_hot() -> None:
    assert one_hot(np.array([3, 0, 9])).tolist() == [[float(k == d) for k in range(10)] for d in (3, 0, 9)]
    assert one_hot(np.array([1], np.uint8)).dtype == np.float32


def test_latents_without_labels_are_normal() -> None:
    latents = draw_latents(tiny(None), 20_000, np.random.default_rng(0))
    assert (latents.shape, latents.dtype.type) == ((20_000, 8), np.float32)
    assert np.abs(latents.mean(0)).max() < 0.05
    assert np.abs(latents.std(0) - 1).max() < 0.05


def test_latents_with_labels_end_with_the_digit() -> None:
    config, digits = tiny(None, labels=True), np.array([4, 4, 0])
    latents = draw_latents(config, 3, np.random.default_rng(0), digits)
    assert (latents.shape, latents.dtype.type) == ((3, config.inputs), np.float32)
    assert np.array_equal(latents[:, 8:], one_hot(digits))
    assert np.array_equal(latents[:, :8], draw_latents(tiny(None), 3, np.random.default_rng(0)))


def test_the_digits_of_a_sheet_repeat_in_order() -> None:
    digits = digits_in_order(tiny(None, labels=True), 12)
    assert digits is not None
    assert digits.tolist() == [*range(10), 0, 1]
    assert digits_in_order(tiny(None), 12) is None
    assert digits_in_order(tiny(3), 12) is None


def test_the_requested_digits_depend_on_the_kind_of_run() -> None:
    requested = [requested_digits(config, 3) for config in (tiny(3), tiny(None, labels=True), tiny(None))]
    assert [None if digits is None else digits.tolist() for digits in requested] == [[3, 3, 3], [0, 1, 2], None]


def test_random_digits_are_equally_likely() -> None:
    latents = draw_latents(tiny(None, labels=True), 20_000, np.random.default_rng(0))
    counts = latents[:, 8:].sum(0)
    assert counts.sum() == 20_000
    assert counts == pytest.approx([2000] * 10, abs=200)  # five standard deviations


def test_the_temperature_scales_numbers_and_not_labels() -> None:
    config, digits = tiny(None, labels=True), np.array([4, 4, 0])
    plain, warm = (draw_latents(config, 3, np.random.default_rng(0), digits, t) for t in (1.0, 1.5))
    assert warm.dtype == np.float32
    assert np.array_equal(warm[:, :8], np.float32(1.5) * plain[:, :8])
    assert np.array_equal(warm[:, 8:], plain[:, 8:])


@pytest.mark.parametrize("labels", [False, True])
def test_the_latents_of_pictures_use_the_fourth_stream_of_the_seed(labels: bool) -> None:
    config = tiny(None, labels=labels, seed=7)
    rng = np.random.default_rng(np.random.SeedSequence(7).spawn(5)[3])
    expected = draw_latents(config, 12, rng, digits_in_order(config, 12), config.temperature)
    assert np.array_equal(picture_latents(config, 12), expected)
