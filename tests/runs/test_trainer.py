"""A training run in memory: learning rates, bit-for-bit resumption, and the game and
players that a config selects.
"""

import json
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from gan import data
from gan.base.errors import InputError
from gan.data import Dataset
from gan.data.images_and_sheets import to_ink
from gan.rules.adversarial_game import Classic
from gan.rules.relativistic import Relativistic
from gan.rules.run_config import Config
from gan.runs.trainer import Trainer, game_of, make_players, scheduled_rate
from nnet.fast.convolution_methods import Im2col, Winograd
from nnet.fast.layers import FastConvolution
from nnet.fast.optimizers import FastAdam
from nnet.weights import WeightsError
from tests.helpers.fake_worker import tiny
from tests.helpers.players import NOISE, everything, noise_digits, trained

KINDS: dict[str, dict[str, Any]] = {
    "relativistic": {},
    "relativistic without penalty": {"gamma": 0.0},
    "classic": {"loss": "classic", "gamma": 0.0, "beta1": 0.5},
    "relativistic, not frozen": {"freeze": False},
    "relativistic, bent": {"bend": True},
    "classic, not frozen": {"loss": "classic", "gamma": 0.0, "freeze": False},
    "relativistic, three updates of G": {"generator_updates": 3},
    "classic, two updates of G, not frozen": {
        "loss": "classic",
        "gamma": 0.0,
        "freeze": False,
        "generator_updates": 2,
    },
    "labels": {"digit": None, "labels": True},
    "fast convolution": {"channels": (32, 32)},
}

# The learning-rate schedule


def test_the_learning_rate_is_constant_then_falls_to_a_fiftieth() -> None:
    config = Config(iterations=1000, learning_rate=1.0)
    at = {0: 1.0, 499: 1.0, 510: 1.0, 760: 0.5, 900: 0.22, 999: 0.022, 1000: 0.02}
    assert {t: scheduled_rate(config, t) for t in at} == pytest.approx(at)
    late = replace(config, falls_after=0.9)
    at = {902: 1.0, 952: 0.5, 1000: 0.02, 5000: 0.02}
    assert {t: scheduled_rate(late, t) for t in at} == pytest.approx(at)
    endless = Config(iterations=None, learning_rate=3e-4)
    assert scheduled_rate(endless, 0) == scheduled_rate(endless, 10**6) == 3e-4


def test_each_iteration_uses_its_scheduled_rate() -> None:
    trainer = Trainer(tiny(3, iterations=4), NOISE)
    assert [trainer.iterate().learning_rate for _ in range(4)] == [
        scheduled_rate(trainer.config, t) for t in range(4)
    ]


# Resuming


@pytest.mark.parametrize("kind", KINDS)
def test_resumed_equals_uninterrupted_bit_for_bit(kind: str) -> None:
    config = tiny(**{"digit": 3, "iterations": 7} | KINDS[kind])
    uninterrupted = trained(config, 3)
    arrays, texts = uninterrupted.state()
    copies = {name: array.copy() for name, array in arrays.items()}
    first = [uninterrupted.iterate(measure_d_change=True) for _ in range(4)]
    resumed = trained(config, 1)  # restoring must overwrite this state completely
    resumed.restore(copies, texts, "here")
    assert resumed.iteration == 3
    assert [resumed.iterate(measure_d_change=True) for _ in range(4)] == first
    assert everything(resumed) == everything(uninterrupted)
    assert resumed.draw().images.tobytes() == uninterrupted.draw().images.tobytes()


PCG = {
    "bit_generator": "PCG64",
    "state": {"state": 1, "inc": 1},
    "has_uint32": 0,
    "uinteger": 0,
}
DAMAGED: list[dict[str, Any]] = [
    {"iteration": "3"},
    {"iteration": -1},
    {"iteration": 1 << 53},
    {"position": None},
    {"order_rng": {}},
    {"latents_rng": PCG | {"bit_generator": "PCG65"}},
    {"latents_rng": PCG | {"state": {"state": 1, "inc": -1}}},
]


@pytest.mark.parametrize("text", [None, "", "[]", '{"iteration": 3}', *DAMAGED])
def test_a_missing_or_damaged_state_is_refused_without_changes(text: Any) -> None:
    trainer = Trainer(tiny(3), NOISE)
    (arrays, texts) = Trainer(tiny(3, seed=1), NOISE).state()
    before = everything(trainer)
    if isinstance(text, dict):
        text = json.dumps(json.loads(texts["trainer"]) | text)
    with pytest.raises(WeightsError, match="there: expected a checkpoint of a run"):
        trainer.restore(arrays, {} if text is None else {"trainer": text}, "there")
    assert everything(trainer) == before


def test_a_run_does_not_resume_on_other_images() -> None:
    arrays, texts = Trainer(tiny(3), NOISE).state()
    other = Dataset(NOISE.images[::-1], NOISE.labels[::-1], "other digits")
    found = (
        f"expected SHA-256 {NOISE.sha256[:12]}.., received {other.sha256[:12]}.. of "
        "other digits"
    )
    for images, message in ((other, found), (noise_digits(24), "20 images, here 24")):
        with pytest.raises(
            InputError,
            match=rf"^here: belongs to a run on other data \({message}\); pass",
        ) as caught:
            Trainer(tiny(3), images).restore(arrays, texts, "here")
        assert caught.value.field == "data"


# One training step


def test_the_temperature_applies_to_pictures_and_not_to_batches() -> None:
    plain, warm = (Trainer(tiny(3, temperature=t), NOISE) for t in (1.0, 1.5))
    assert np.array_equal(warm.picture_latents, np.float32(1.5) * plain.picture_latents)
    assert warm.iterate().measured == plain.iterate().measured


def test_training_depends_on_the_seed() -> None:
    one, again, other = (
        everything(trained(tiny(3, seed=seed), 1))[0] for seed in (0, 0, 1)
    )
    assert one == again
    assert all(
        one[name] != other[name]
        for name in ("generator.0.W", "discriminator.0.W", "average.0.W", "order")
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_change_of_d_in_the_update_of_g_is_measured(kind: str) -> None:
    trainer = Trainer(tiny(**{"digit": 3} | KINDS[kind]), NOISE)
    assert trainer.iterate().d_change is None
    change = trainer.iterate(measure_d_change=True).d_change
    assert change is not None
    assert change == 0 if trainer.config.freeze else change > 1e-4


def test_pictures_use_the_average_and_fixed_latents() -> None:
    trainer = Trainer(tiny(3), NOISE)
    first = trainer.draw().images
    assert first.shape == (64, 28, 28)
    assert first.dtype.type == np.uint8
    latents = trainer.picture_latents.copy()
    trainer.iterate()
    assert np.array_equal(trainer.picture_latents, latents)
    before = trainer.draw().images
    for w in trainer.players.generator.parameters().values():
        w[...] = 0
    assert np.array_equal(trainer.draw().images, before)
    assert not np.array_equal(before, first)


def test_a_run_of_a_digit_uses_its_images() -> None:
    sevens = data.only(data.load(), 7).images
    for images, expected in ((None, sevens), (500, sevens[:500])):
        assert np.array_equal(
            Trainer(tiny(7, images=images), data.load()).batches.data.images, expected
        )
    assert Trainer(tiny(None, images=2), data.load()).batches.data.labels.tolist() == [
        *np.repeat(range(10), 2)
    ]
    with pytest.raises(InputError, match="500 available images") as caught:
        Trainer(tiny(3, batch=501, images=500), data.load())
    assert caught.value.field == "batch"
    with pytest.raises(InputError, match="digit 4"):
        Trainer(tiny(4), NOISE)


def test_with_labels_fakes_have_the_digits_of_the_real_images() -> None:
    sample = data.head(data.load(), data.HEAD)
    trainer = Trainer(tiny(None, labels=True, batch=40), data.load())
    trainer.play = play = Mock(wraps=trainer.play)
    for _ in range(2):
        trainer.iterate()
    label_of = {
        image.tobytes(): label
        for image, label in zip(sample.images, sample.labels, strict=True)
    }
    for call in play.call_args_list:
        real, digits, (latents,) = call.args[1]
        assert digits.tolist() == [label_of[image.tobytes()] for image in to_ink(real)]
        assert len(set(digits.tolist())) > 5
        assert np.array_equal(latents[:, 8:], np.eye(10)[digits])


# Game and players


def test_the_game_is_that_of_the_config() -> None:
    assert game_of(tiny(3, loss="classic", gamma=0.0), freeze=False) == Classic(
        freeze=False
    )
    assert game_of(tiny(3), freeze=False) == Relativistic(
        0.5, labels=False, freeze=False
    )
    assert game_of(tiny(None, gamma=0.0, labels=True), freeze=True) == Relativistic(
        0.0, labels=True, freeze=True
    )


@pytest.mark.parametrize(
    ("name", "method"), [("winograd", Winograd), ("im2col", Im2col)]
)
def test_players_are_accelerated(name: str, method: type) -> None:
    config = tiny(3, convolution=name, beta1=0.25, beta2=0.75)
    rng = np.random.default_rng(0)
    plain = config.build_generator(rng), config.build_discriminator(rng)
    players = make_players(*plain, config)
    networks = players.generator, players.discriminator
    for network, plain_network in zip(networks, plain, strict=True):
        assert all(
            w is plain_network.parameters()[key]
            for key, w in network.parameters().items()
        )
        methods = {
            type(layer.method)
            for _, layer in network.leaves()
            if isinstance(layer, FastConvolution)
        }
        assert methods == {method}
    assert players.adversarial_adam.networks.layers == networks
    assert players.discriminator_adam.networks.layers == networks[1:]
    for adam in (players.adversarial_adam, players.discriminator_adam):
        assert type(adam) is FastAdam
        assert adam.beta1 == 0.25
        assert adam.beta2 == 0.75


@pytest.mark.parametrize("adam", ["adversarial_adam", "discriminator_adam"])
def test_an_infinite_moment_makes_the_state_invalid(adam: str) -> None:
    """The weights stay finite, because Adam divides by the root of the infinite moment
    and no longer changes them.
    """
    trainer = trained(tiny(3), 1)
    assert trainer.is_finite()
    moments = getattr(trainer.players, adam).moments()
    moments[min(moments)].flat[0] = np.inf  # of G in the adversarial network
    assert not trainer.is_finite()
