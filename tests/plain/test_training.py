"""One iteration of the plain GAN: gradients compared with finite differences, and what each update changes."""

import numpy as np
import pytest

from gan.plain import training
from gan.plain.training import Players
from nnet import Array, sigmoid
from tests.helpers.derivatives import assert_gradients, distance_to_kinks
from tests.helpers.players import small_players

RNG = np.random.default_rng(5)
REAL = RNG.uniform(-1, 1, (4, 28, 28, 1))
LATENTS = RNG.standard_normal((4, 3))


def generator_loss(players: Players) -> float:
    """Return G's classic loss, computed from its definition: mean of -log sigmoid(D(G(z)))."""
    logits, _ = players.discriminator.forward(players.generator.forward(LATENTS)[0])
    return float(-np.log(sigmoid(logits)).mean())


def discriminator_loss(players: Players, fake: Array) -> float:
    """Return D's classic loss, computed from its definition as a mean over real and fake images together."""
    real_logits, fake_logits = (players.discriminator.forward(x)[0] for x in (REAL, fake))
    return float(-(np.log(sigmoid(real_logits)).mean() + np.log(1 - sigmoid(fake_logits)).mean()) / 2)


def test_the_gradient_of_g_through_a_frozen_d() -> None:
    players = small_players(seed=3, double=True)
    fake, saved = players.generator.forward(LATENTS)
    # No finite-difference step of 1e-6 below may cross a kink.
    assert distance_to_kinks(players.generator, saved) > 1e-4
    loss = training.update_generator(players, fake, saved, learning_rate=0)
    assert loss == pytest.approx(generator_loss(players), rel=1e-12)
    gradients = players.generator.gradients()
    assert_gradients(lambda: generator_loss(players), players.generator.parameters(), gradients)
    assert all(dw.any() for dw in gradients.values())


def test_the_gradient_of_d() -> None:
    players = small_players(seed=3, double=True)
    fake = players.generator.forward(LATENTS)[0]
    loss, told_apart = training.update_discriminator(players, REAL, fake, learning_rate=0)
    assert loss == pytest.approx(discriminator_loss(players, fake), rel=1e-12)
    logits = [players.discriminator.forward(x)[0] for x in (REAL, fake)]
    assert told_apart == pytest.approx(float(sigmoid(logits[0] - logits[1]).mean()))
    D = players.discriminator
    assert_gradients(lambda: discriminator_loss(players, fake), D.parameters(), D.gradients())
