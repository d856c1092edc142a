"""A run in memory: the schedule, resuming bit for bit, and what an iteration does."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fake_worker import tiny
from hypothesis import given
from hypothesis import strategies as st
from players import everything, noise_digits
from strategies import threads

from gan import data, relativistic
from gan.config import Config
from gan.errors import InputError
from gan.game import IterationResult
from gan.pictures import to_ink
from gan.runs.trainer import Trainer, scheduled_rate
from nnet.weights import WeightsError

KINDS: dict[str, dict[str, Any]] = {
    "relativistic": {},
    "relativistic without penalty": {"gamma": 0.0},
    "classic": {"loss": "classic", "gamma": 0.0, "beta1": 0.5},
    "relativistic, not frozen": {"freeze": False},
    "relativistic, augmented": {"augment": True},
    "relativistic, bent": {"bend": True},
    "classic, not frozen": {"loss": "classic", "gamma": 0.0, "freeze": False},
    "relativistic, three updates of G": {"generator_updates": 3},
    "classic, two updates of G, not frozen": {"loss": "classic", "gamma": 0.0, "freeze": False, "generator_updates": 2},
}
NOISE = noise_digits(20)  # with batches of 8, every third batch begins a new order


# The schedule


def test_the_learning_rate_stays_for_half_of_the_run_then_falls_to_a_fiftieth() -> None:
    config = Config(iterations=1000, learning_rate=1.0)
    at = {0: 1.0, 499: 1.0, 510: 1.0, 760: 0.5, 900: 0.22, 999: 0.022}
    assert {t: scheduled_rate(config, t) for t in at} == pytest.approx(at)
    assert scheduled_rate(config, 1000) == scheduled_rate(config, 5000) == pytest.approx(0.02)


def test_without_an_end_the_learning_rate_is_constant() -> None:
    config = Config(iterations=None, learning_rate=3e-4)
    assert {scheduled_rate(config, t) for t in (0, 10**6)} == {3e-4}


@pytest.mark.parametrize("part", [0.0, 0.25, 0.9])
def test_the_learning_rate_falls_from_where_it_is_told_to(part: float) -> None:
    config = Config(iterations=1000, learning_rate=1.0, falls_after=part)
    falling = [t for t in range(999) if scheduled_rate(config, t + 1) < scheduled_rate(config, t)]
    assert min(falling) == pytest.approx(1000 * part + 20 * (1 - part), abs=1)  # the last fiftieth is kept
    assert scheduled_rate(config, 1000) == pytest.approx(0.02)


def test_the_learning_rate_need_not_fall() -> None:
    config = Config(iterations=1000, learning_rate=1.0, falls_after=1.0)
    assert {scheduled_rate(config, t) for t in range(1001)} == {1.0}


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.floats(0, 1))
def test_the_learning_rate_never_rises(iterations: int, t: int, falls_after: float) -> None:
    config = Config(iterations=iterations, falls_after=falls_after)
    assert 0 < scheduled_rate(config, t + 1) <= scheduled_rate(config, t) <= config.learning_rate


def test_a_step_uses_the_rate_of_its_iteration() -> None:
    trainer = Trainer(tiny(3, iterations=4), NOISE)
    assert [trainer.iterate().learning_rate for _ in range(4)] == [scheduled_rate(trainer.config, t) for t in range(4)]


# Resuming


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_resumed_equals_uninterrupted_bit_for_bit(kind: str, count: int) -> None:
    with threads(count):
        resume(tiny(3, iterations=12, **KINDS[kind]))


def test_resumed_with_the_fast_convolution_equals_uninterrupted_bit_for_bit() -> None:
    with threads(2):
        resume(tiny(3, iterations=12, channels=(32, 32)))


def test_resumed_with_labels_equals_uninterrupted_bit_for_bit() -> None:
    resume(tiny(None, iterations=12, labels=True))


def resume(config: Config) -> None:
    """Assert that a run which is interrupted and resumed goes on as if it had not been."""
    straight = Trainer(config, NOISE)
    for _ in range(5):
        straight.iterate()
    arrays, texts = straight.state()
    kept = {name: array.copy() for name, array in arrays.items()}
    first = [straight.iterate(measure_d_change=True) for _ in range(7)]
    resumed = Trainer(config, NOISE)
    resumed.iterate()  # a state that restoring must overwrite altogether
    resumed.restore(kept, texts, "here")
    assert resumed.iteration == 5
    assert [resumed.iterate(measure_d_change=True) for _ in range(7)] == first
    assert everything(resumed) == everything(straight)
    assert resumed.picture().tobytes() == straight.picture().tobytes()


def test_the_state_holds_all_of_both_players_the_average_the_moments_and_the_random_numbers() -> None:
    arrays, texts = Trainer(tiny(3, freeze=False), NOISE).state()
    parts = {name.split(".")[0] for name in arrays}
    assert parts == {"generator", "discriminator", "average", "generator_adam", "discriminator_adam", "order"}
    moved_by_g = {name.split(".")[2] for name in arrays if name.startswith("generator_adam.m.")}
    assert moved_by_g == {"0", "1"}  # G, and D, whose moments in G's update are apart from those in its own
    for word in ("latents_rng", "order_rng", "position", "generator_adam_t", "discriminator_adam_t", "iteration"):
        assert word in texts["trainer"]


@pytest.mark.parametrize(
    ("other", "error"),
    [
        (tiny(3, channels=(4, 9)), WeightsError),
        (tiny(3, hidden_discriminator=0), WeightsError),
        (tiny(3, freeze=False), WeightsError),
    ],
)
def test_the_state_of_another_network_is_refused_and_nothing_is_lost(other: Config, error: type[ValueError]) -> None:
    trainer = Trainer(tiny(3), NOISE)
    trainer.iterate()
    before = everything(trainer)
    with pytest.raises(error, match=r"^there/checkpoint: is of another network; expected .*, found"):
        trainer.restore(*Trainer(other, NOISE).state(), "there/checkpoint")
    assert everything(trainer) == before


@pytest.mark.parametrize("texts", [{}, {"trainer": ""}, {"trainer": "[]"}, {"trainer": '{"iteration": 3}'}])
def test_weights_without_the_state_of_a_run_are_refused_and_nothing_is_lost(texts: dict[str, str]) -> None:
    trainer, other = Trainer(tiny(3), NOISE), Trainer(tiny(3, seed=1), NOISE)
    before = everything(trainer)
    with pytest.raises(InputError, match="there: expected a checkpoint of a run"):
        trainer.restore(other.state()[0], texts, "there")
    assert everything(trainer) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iteration", "3"),
        ("position", None),
        ("order_rng", {}),
        ("latents_rng", {"bit_generator": "PCG65", "state": {"state": 1, "inc": 1}, "has_uint32": 0, "uinteger": 0}),
        ("latents_rng", {"bit_generator": "PCG64", "state": {"state": 1, "inc": -1}, "has_uint32": 0, "uinteger": 0}),
    ],
)
def test_a_damaged_state_is_refused_and_nothing_is_lost(name: str, value: object) -> None:
    trainer, other = Trainer(tiny(3), NOISE), Trainer(tiny(3, seed=1), NOISE)
    before = everything(trainer)
    arrays, texts = other.state()
    damaged = {"trainer": json.dumps(json.loads(texts["trainer"]) | {name: value})}
    with pytest.raises(InputError, match="there: expected a checkpoint of a run"):
        trainer.restore(arrays, damaged, "there")
    assert everything(trainer) == before


def test_other_data_than_the_checkpoint_s_is_an_error() -> None:
    trainer = Trainer(tiny(3), NOISE)
    with pytest.raises(ValueError, match=r"^there: is of .*(20.*24|24.*20)"):
        trainer.restore(*Trainer(tiny(3), noise_digits(24)).state(), "there")


# A step


def test_pictures_are_drawn_at_the_temperature_and_batches_are_not() -> None:
    plain, warm = (Trainer(tiny(3, temperature=t), NOISE) for t in (1.0, 1.5))
    assert np.array_equal(warm.picture_latents, np.float32(1.5) * plain.picture_latents)
    assert warm.iterate().measured == plain.iterate().measured


def test_the_same_seed_trains_the_same_network_and_another_seed_another() -> None:
    def trained(seed: int) -> dict[str, bytes]:
        trainer = Trainer(tiny(3, seed=seed), NOISE)
        trainer.iterate()
        return everything(trainer)[0]

    assert trained(0) == trained(0)
    one, other = trained(0), trained(1)
    assert all(one[name] != other[name] for name in ("generator.0.W", "discriminator.0.W", "average.0.W", "order"))


@pytest.mark.parametrize("channels", [(4, 8), (32, 32)])  # by im2col, by the fast convolution
def test_a_number_of_threads_repeats_bit_for_bit_and_another_differs_by_rounding(channels: tuple[int, int]) -> None:
    found = []
    for count in (1, 2, 2, 3):
        with threads(count):
            trainer = Trainer(tiny(3, channels=channels), NOISE)
            measured = trainer.iterate().measured
        found.append((everything(trainer)[0], vars(measured)))
    assert found[1] == found[2]
    for _, other in found[1:]:
        assert other == pytest.approx(found[0][1], rel=1e-3)


def test_both_convolutions_train_the_same_network() -> None:
    by_name = {}
    for convolution in ("winograd", "im2col"):
        trainer = Trainer(tiny(3, channels=(32, 32), convolution=convolution), NOISE)
        by_name[convolution] = [vars(trainer.iterate().measured) for _ in range(2)]
    for fast_one, exact in zip(*by_name.values(), strict=True):
        assert fast_one == pytest.approx(exact, rel=1e-2)


def test_looking_changes_nothing() -> None:
    watched, unwatched = Trainer(tiny(3), NOISE), Trainer(tiny(3), NOISE)
    for _ in range(3):
        watched.picture()
        watched.iterate(measure_d_change=True)
        watched.state()
        unwatched.iterate()
    assert everything(watched) == everything(unwatched)


@pytest.mark.parametrize("kind", KINDS)
def test_the_change_of_d_in_g_s_update_is_measured(kind: str) -> None:
    trainer = Trainer(tiny(3, **KINDS[kind]), NOISE)
    assert trainer.iterate().d_change is None
    change = trainer.iterate(measure_d_change=True).d_change
    assert change == 0 if trainer.config.freeze else change is not None and change > 1e-4


def test_the_average_follows_the_generator_with_its_growing_memory() -> None:
    trainer = Trainer(tiny(3), NOISE)
    name = "0.W"
    expected = trainer.players.generator.parameters()[name].astype(np.float64)
    for t in range(1, 6):
        trainer.iterate()
        decay = (1 + t) / (10 + t)
        expected = decay * expected + (1 - decay) * trainer.players.generator.parameters()[name]
    average = trainer.average.network.parameters()[name]
    np.testing.assert_allclose(average, expected, rtol=0, atol=1e-6)
    assert not np.allclose(average, trainer.players.generator.parameters()[name], atol=1e-4)


def test_pictures_are_drawn_by_the_average_from_latents_that_stay() -> None:
    trainer = Trainer(tiny(3), NOISE)
    first = trainer.picture()
    assert (first.shape, first.dtype.type) == ((64, 28, 28), np.uint8)
    latents = trainer.picture_latents.copy()
    trainer.iterate()
    assert np.array_equal(trainer.picture_latents, latents)
    before = trainer.picture()
    for w in trainer.players.generator.parameters().values():
        w[...] = 0
    assert np.array_equal(trainer.picture(), before)
    assert not np.array_equal(before, first)


def test_a_digit_trains_on_its_own_images_and_too_few_of_them_are_refused() -> None:
    sample = data.load()
    trainer = Trainer(tiny(7), sample)
    assert np.array_equal(trainer.batches.data.images, sample.images[sample.labels == 7])
    assert len(Trainer(tiny(None), sample).batches.data.images) == 5000
    with pytest.raises(InputError, match="500 images") as caught:
        Trainer(tiny(3, batch=501), sample)
    assert caught.value.field == "batch"
    with pytest.raises(InputError, match="digit 4"):
        Trainer(tiny(4), NOISE)


def test_with_labels_g_is_asked_for_the_digit_of_its_real_partner(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = data.load()
    trainer = Trainer(tiny(None, labels=True, batch=40), sample)
    asked: list[tuple[Any, ...]] = []
    outputs: list[Any] = []
    game, outputs_of = trainer.game, relativistic.outputs_of

    def watched(
        players: Any, real: Any, digits: Any, latents: Any, rate: float, between: Callable[[], None] = lambda: None
    ) -> IterationResult:
        asked.append((real, digits, latents))
        return game(players, real, digits, latents, rate, between)

    def kept(digits: Any, labels: bool) -> Any:
        outputs.append(outputs_of(digits, labels))
        return outputs[-1]

    trainer.game = watched
    monkeypatch.setattr(relativistic, "outputs_of", kept)
    for _ in range(2):
        trainer.iterate()
    known = {image.tobytes(): label for image, label in zip(sample.images, sample.labels, strict=True)}
    for (real, digits, (latents,)), which in zip(asked, outputs, strict=True):
        assert digits.tolist() == [known[image.tobytes()] for image in to_ink(real)]
        assert len(set(digits.tolist())) > 5
        assert np.array_equal(latents[:, 8:], np.eye(10)[digits])
        assert np.array_equal(which[:, 1:], latents[:, 8:])


def test_pictures_with_labels_show_the_digits_in_turn() -> None:
    latents = Trainer(tiny(None, labels=True), NOISE).picture_latents
    assert latents[:, 8:].argmax(1).tolist() == [n % 10 for n in range(64)]
    assert Trainer(tiny(None), NOISE).picture_latents.shape == (64, 8)
