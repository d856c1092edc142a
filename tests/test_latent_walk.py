"""A sheet that wanders: it begins at the run's picture, goes in small steps, joins itself, and asks for ten digits."""

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
from gan.saved_networks import load_pretrained
from nnet.layer import Layer

CONFIGS = [tiny(None, labels=True), tiny(None), tiny(3, seed=5)]
TURNS = PICTURE_LATENTS // GROUP


class Noted(Layer):
    """A generator that draws paper, and keeps what it was to draw from."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []

    def forward(self, x: Any) -> tuple[Any, Any]:
        self.asked.append(x)
        return np.zeros((len(x), 28, 28, 1), np.float32), None


def asked(config: Config, number: int) -> Any:
    """What a strip is drawn from: (FRAMES, GROUP, inputs)."""
    noted = Noted()
    assert strip(noted, config, number).shape == (FRAMES * GROUP, 28, 28)
    return np.concatenate(noted.asked).reshape(FRAMES, GROUP, config.inputs)


@pytest.mark.parametrize("config", CONFIGS)
def test_it_begins_at_the_run_s_own_picture(config: Config) -> None:
    start = rest(config, 0)
    assert np.array_equal(start, picture_latents(config, PICTURE_LATENTS))
    assert np.array_equal(start, Trainer(config, load(None)).picture_latents)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("number", [0, 1, TURNS, 41, STRIPS - 1])
def test_a_strip_ends_where_the_next_of_its_drawings_begins(config: Config, number: int) -> None:
    now, then = asked(config, number), asked(config, (number + TURNS) % STRIPS)
    cells = list(ORDER[number % TURNS * GROUP :][:GROUP])
    start, end = rest(config, number // TURNS)[cells], rest(config, number // TURNS + 1)[cells]
    assert np.allclose(now[-1], end, atol=1e-6)
    both = np.concatenate([start[None], now, then])  # (1 + 2 * FRAMES, GROUP, inputs)
    steps = np.linalg.norm(np.diff(both, axis=0), axis=2)
    assert steps.max() < 0.25 * np.linalg.norm(both, axis=2).max(), "no step is a leap"
    assert steps[FRAMES].max() <= 1.05 * max(steps[:FRAMES].max(), steps[FRAMES + 1 :].max()), "nor is that between two"


@settings(max_examples=20, deadline=None)
@given(number=st.integers(0, STRIPS - 1))
def test_the_same_strip_is_the_same_and_halfway_it_is_half_of_each_digit(number: int) -> None:
    config = CONFIGS[0]
    drawn = asked(config, number)
    assert np.array_equal(drawn, asked(config, number))
    labels = drawn[..., config.latent :]
    assert np.allclose(labels.sum(2), 1)
    halfway = np.sort(labels[FRAMES // 2 - 1], axis=1)
    assert np.allclose(halfway[:, -2:], 0.5), "each goes to another digit than its own"


def test_each_drawing_is_every_digit_once_before_it_is_one_again() -> None:
    digits = np.stack([rest(CONFIGS[0], legs)[:, 8:].argmax(1) for legs in range(11)])  # (11, 64)
    assert (np.sort(digits[:10], axis=0) == np.arange(10)[:, None]).all()
    assert np.array_equal(digits[10], digits[0])
    assert len({tuple(way) for way in digits.T}) > 60, "each its own way"


def test_all_drawings_take_turns() -> None:
    assert sorted(ORDER) == list(range(PICTURE_LATENTS))
    assert (STRIPS, LEGS % 10) == (LEGS * TURNS, 0)
    assert np.array_equal(rest(CONFIGS[1], LEGS), rest(CONFIGS[1], 0))


def test_every_rest_and_what_lies_between_is_as_likely_as_what_g_learned_from() -> None:
    config = tiny(None, latent=2000, temperature=1.1)
    for latents in (rest(config, 7), asked(config, 9)):
        assert np.allclose(latents.std(-1), 1.1, atol=0.1)


def test_on_the_disk_every_place_is_a_latent_and_near_places_are_near() -> None:
    config = tiny(None, latent=4096, temperature=1.05)
    here = at(config, 7, 0.3, -0.4)
    for x, y in ((0, 0), (1, 0), (0, -1), (0.6, 0.8), (1, 1)):
        assert at(config, 7, x, y).std() == pytest.approx(1.05, abs=0.05)
    assert np.array_equal(here, at(config, 7, 0.3, -0.4))
    assert np.linalg.norm(at(config, 7, 0.31, -0.4) - here) < 0.03 * np.linalg.norm(here)
    assert abs(np.corrcoef(at(config, 7, 0, 0), at(config, 7, 1, 0))[0, 1]) < 0.06, "the edge has nothing of the middle"
    assert abs(np.corrcoef(at(config, 7, 1, 0), at(config, 7, 0, 1))[0, 1]) < 0.06
    assert not np.allclose(here, at(config, 8, 0.3, -0.4))


def test_ten_digits_at_a_place_are_those_of_its_latent() -> None:
    generator, config = load_pretrained(None)
    middle = at(config, 3, 0, 0)
    images = ten(generator, config, 3, 0, 0)
    asked_for_four = np.concatenate([middle, np.eye(10, dtype=np.float32)[4]])[None]
    four = generator.forward(asked_for_four)[0][0, ..., 0]
    assert images.shape == (10, 28, 28)
    assert np.abs(images[4] - 127.5 * (four + 1)).max() <= 1


def test_the_way_between_two_begins_and_ends_at_them_and_keeps_the_variance() -> None:
    first, last = np.random.default_rng(0).standard_normal((2, 10_000), np.float32)
    way = between(first, last, np.linspace(0, 1, 49))
    assert (way.shape, way.dtype.type) == ((49, 10_000), np.float32)
    assert np.array_equal(way[0], first)
    assert np.allclose(way[-1], last, atol=1e-6)
    assert np.allclose(way.var(1), 1, atol=0.05)  # on the straight line it would be 1/2 in the middle
    assert np.allclose(way[24], (first + last) / np.sqrt(2), atol=1e-6)
