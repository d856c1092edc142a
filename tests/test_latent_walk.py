"""The latent walk starts at the run's sheet, moves in small steps, and follows a closed path."""

from typing import Any

import numpy as np
import pytest
from fake_worker import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.config import Config
from gan.data import load
from gan.latent_walk import FRAMES, GROUP, LEGS, ORDER, STRIPS, at, between, rest, strip, ten
from gan.latents import picture_latents
from gan.runs.trainer import PICTURE_LATENTS, Trainer
from gan.sample import load_pretrained
from nnet.layer import Layer

CONFIGS = [tiny(None, labels=True), tiny(None), tiny(3, seed=5)]
TURNS = PICTURE_LATENTS // GROUP


class RecordingGenerator(Layer):
    """A generator that draws blank pictures and records its latents."""

    def __init__(self) -> None:
        super().__init__()
        self.latents: list[Any] = []

    def forward(self, x: Any) -> tuple[Any, Any]:
        self.latents.append(x)
        return np.zeros((len(x), 28, 28, 1), np.float32), None


def latents_of_strip(config: Config, number: int) -> Any:
    """Return the latents of one strip, shape (FRAMES, GROUP, inputs)."""
    recorder = RecordingGenerator()
    assert strip(recorder, config, number).shape == (FRAMES * GROUP, 28, 28)
    return np.concatenate(recorder.latents).reshape(FRAMES, GROUP, config.inputs)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_walk_starts_at_the_sheet_of_the_run(config: Config) -> None:
    start = rest(config, 0)
    assert np.array_equal(start, picture_latents(config, PICTURE_LATENTS))
    assert np.array_equal(start, Trainer(config, load(None)).picture_latents)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("number", [0, 1, TURNS, 41, STRIPS - 1])
def test_a_strip_ends_where_the_next_one_starts(config: Config, number: int) -> None:
    current, following = latents_of_strip(config, number), latents_of_strip(config, (number + TURNS) % STRIPS)
    cells = list(ORDER[number % TURNS * GROUP :][:GROUP])
    start, end = rest(config, number // TURNS)[cells], rest(config, number // TURNS + 1)[cells]
    assert np.allclose(current[-1], end, atol=1e-6)
    path = np.concatenate([start[None], current, following])  # (1 + 2 * FRAMES, GROUP, inputs)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=2)
    assert steps.max() < 0.25 * np.linalg.norm(path, axis=2).max(), "all steps are small"
    assert steps[FRAMES].max() <= 1.05 * max(steps[:FRAMES].max(), steps[FRAMES + 1 :].max()), "also between two strips"


@settings(max_examples=20, deadline=None)
@given(number=st.integers(0, STRIPS - 1))
def test_strips_are_deterministic_and_mix_two_digits_halfway(number: int) -> None:
    config = CONFIGS[0]
    drawn = latents_of_strip(config, number)
    assert np.array_equal(drawn, latents_of_strip(config, number))
    labels = drawn[..., config.latent :]
    assert np.allclose(labels.sum(2), 1)
    halfway = np.sort(labels[FRAMES // 2 - 1], axis=1)
    assert np.allclose(halfway[:, -2:], 0.5), "each moves to a different digit"


def test_each_drawing_visits_every_digit_before_repeating() -> None:
    digits = np.stack([rest(CONFIGS[0], legs)[:, 8:].argmax(1) for legs in range(11)])  # (11, 64)
    assert (np.sort(digits[:10], axis=0) == np.arange(10)[:, None]).all()
    assert np.array_equal(digits[10], digits[0])
    assert len({tuple(order) for order in digits.T}) > 60, "in different orders"


def test_the_order_contains_every_drawing_once() -> None:
    assert sorted(ORDER) == list(range(PICTURE_LATENTS))
    assert (STRIPS, LEGS % 10) == (LEGS * TURNS, 0)
    assert np.array_equal(rest(CONFIGS[1], LEGS), rest(CONFIGS[1], 0))


def test_latents_of_a_walk_are_scaled_by_the_temperature() -> None:
    config = tiny(None, latent=2000, temperature=1.1)
    for latents in (rest(config, 7), latents_of_strip(config, 9)):
        assert np.allclose(latents.std(-1), 1.1, atol=0.1)


def test_places_on_the_disk_are_latents_and_continuous() -> None:
    config = tiny(None, latent=4096, temperature=1.05)
    here = at(config, 7, 0.3, -0.4)
    for x, y in ((0, 0), (1, 0), (0, -1), (0.6, 0.8), (1, 1)):
        assert at(config, 7, x, y).std() == pytest.approx(1.05, abs=0.05)
    assert np.array_equal(here, at(config, 7, 0.3, -0.4))
    assert np.linalg.norm(at(config, 7, 0.31, -0.4) - here) < 0.03 * np.linalg.norm(here)
    assert abs(np.corrcoef(at(config, 7, 0, 0), at(config, 7, 1, 0))[0, 1]) < 0.06, (
        "the edge is independent of the center"
    )
    assert abs(np.corrcoef(at(config, 7, 1, 0), at(config, 7, 0, 1))[0, 1]) < 0.06
    assert not np.allclose(here, at(config, 8, 0.3, -0.4))


def test_ten_draws_the_digits_of_a_place() -> None:
    generator, config = load_pretrained(None)
    middle = at(config, 3, 0, 0)
    images = ten(generator, config, 3, 0, 0)
    asked_for_four = np.concatenate([middle, np.eye(10, dtype=np.float32)[4]])[None]
    four = generator.forward(asked_for_four)[0][0, ..., 0]
    assert images.shape == (10, 28, 28)
    assert np.abs(images[4] - 127.5 * (four + 1)).max() <= 1


def test_the_path_between_latents_keeps_the_variance() -> None:
    first, last = np.random.default_rng(0).standard_normal((2, 10_000), np.float32)
    path = between(first, last, np.linspace(0, 1, 49))
    assert (path.shape, path.dtype.type) == ((49, 10_000), np.float32)
    assert np.array_equal(path[0], first)
    assert np.allclose(path[-1], last, atol=1e-6)
    assert np.allclose(path.var(1), 1, atol=0.05)  # on a straight line, it would be 1/2 halfway
    assert np.allclose(path[24], (first + last) / np.sqrt(2), atol=1e-6)
