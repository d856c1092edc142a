"""Latent vectors: normally distributed numbers, and the digit to draw."""

from typing import Any

import numpy as np
import pytest

from gan.rules.latents import (
    digits_in_order,
    draw_latents,
    picture_latents,
    requested_digits,
)
from gan.rules.run_config import Config
from tests.helpers.fake_worker import tiny


def test_latents_without_labels_are_normal() -> None:
    latents = draw_latents(tiny(None), 20_000, np.random.default_rng(0))
    assert latents.shape == (20_000, 8)
    assert latents.dtype.type == np.float32
    assert np.abs(latents.mean(0)).max() < 0.05
    assert np.abs(latents.std(0) - 1).max() < 0.05


@pytest.mark.parametrize("temperature", [1.0, 1.5])
def test_latents_with_labels_end_with_the_digit_at_any_temperature(
    temperature: float,
) -> None:
    config = tiny(None, labels=True)
    digits = np.array([4, 4, 0])
    latents = draw_latents(config, 3, np.random.default_rng(0), digits, temperature)
    assert latents.shape == (3, config.inputs)
    assert latents.dtype.type == np.float32
    assert np.array_equal(latents[:, 8:], np.eye(10)[digits])
    plain = draw_latents(tiny(None), 3, np.random.default_rng(0))
    assert np.array_equal(latents[:, :8], np.float32(temperature) * plain)


IN_ORDER = [*range(10), 0, 1]
LETTERS = tiny(None, labels=True, names=("A", "B"))
SHEETS = [
    (tiny(3), None, [3] * 12),
    (tiny(None, labels=True), IN_ORDER, IN_ORDER),
    (tiny(None), None, None),
    (LETTERS, [0, 1] * 6, [0, 1] * 6),
]


@pytest.mark.parametrize(("config", "labels", "requested"), SHEETS)
def test_the_digits_of_a_sheet_repeat_in_order(
    config: Config, labels: Any, requested: Any
) -> None:
    for digits, expected in (
        (digits_in_order(config, 12), labels),
        (requested_digits(config, 12), requested),
    ):
        assert (None if digits is None else digits.tolist()) == expected


def test_random_digits_are_equally_likely() -> None:
    latents = draw_latents(tiny(None, labels=True), 20_000, np.random.default_rng(0))
    counts = latents[:, 8:].sum(0)
    assert counts.sum() == 20_000
    assert counts == pytest.approx([2000] * 10, abs=200)  # five standard deviations


@pytest.mark.parametrize("labels", [False, True])
def test_the_latents_of_pictures_use_the_fourth_stream_of_the_seed(
    labels: bool,
) -> None:
    config = tiny(None, labels=labels, seed=7)
    rng = np.random.default_rng(np.random.SeedSequence(7).spawn(5)[3])
    expected = draw_latents(
        config, 12, rng, digits_in_order(config, 12), config.temperature
    )
    assert np.array_equal(picture_latents(config, 12), expected)
