"""The relativistic game: its loss and gradients compared with finite differences, and
what each update changes.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from gan.plain.training import Players
from gan.rules.latents import one_hot
from gan.rules.relativistic import Relativistic, outputs_of, relativistic_pair
from nnet import Array, Saved, sigmoid
from tests.helpers.derivatives import assert_gradients, distance_to_kinks
from tests.helpers.players import small_players
from tests.helpers.strategies import BOTH_DTYPES, as_bytes, close, pull

RNG = np.random.default_rng(5)
B = 4
GAMMA = 0.5
REAL = RNG.uniform(-1, 1, (B, 28, 28, 1))
LATENTS = RNG.standard_normal((B, 3))
DIGITS = np.array([7, 0, 7, 3])


@dataclass
class Pairs:
    """Small players and their inputs, with or without labels."""

    players: Players
    latents: Array  # (B, inputs)
    which: Array  # (B, outputs)

    @property
    def fake(self) -> Array:
        return self.players.generator.forward(self.latents)[0]

    def logits(self, x: Array) -> tuple[Array, Saved]:
        """Return the common output plus the output for each image's digit, (N, 1), and
        what D saved for `backward`.
        """
        outputs, saved = self.players.discriminator.forward(x)
        of_digit = [
            outputs[n, 1 + DIGITS[n]] if outputs.shape[1] > 1 else 0
            for n in range(len(x))
        ]
        return outputs[:, :1] + np.array(of_digit)[:, None], saved

    def differences(self) -> Array:
        """Return r_i - f_i, the real minus the fake logits, (B, 1)."""
        return self.logits(REAL)[0] - self.logits(self.fake)[0]


def pairs(labels: bool, seed: int = 0, double: bool = True) -> Pairs:
    players = small_players(seed, double, labels)
    dtype = np.float64 if double else np.float32
    outputs = outputs_of(DIGITS, labels)
    latents = np.concatenate([LATENTS, one_hot(DIGITS)], 1) if labels else LATENTS
    return Pairs(players, latents.astype(dtype), outputs.astype(dtype))


def generator_loss(p: Pairs) -> float:
    """Return G's loss, computed from its definition: mean softplus(-(f - r))."""
    return float(np.log1p(np.exp(p.differences())).mean())


def discriminator_loss(p: Pairs, fake: Array, gamma: float) -> float:
    """Return D's loss plus penalty: mean softplus(-(r - f)) + gamma / 2 (mean
    |dD/dreal|^2 + mean |dD/dfake|^2).
    """
    total = 0.0
    logits = []
    for x in (REAL, fake):
        y, saved = p.logits(x)
        logits.append(y)
        squares = pull(p.players.discriminator, p.which, saved) ** 2
        total += gamma / 2 * float(squares.sum()) / B
    return total + float(np.log1p(np.exp(logits[1] - logits[0])).mean())


@cache
def seed_away_from_kinks(labels: bool) -> int:
    """Return a seed whose players stay far enough from kinks on REAL and on the fakes
    drawn from LATENTS.

    D's penalty jumps where an activation mask flips; see test_gradient_penalty. A
    finite-difference step of 1e-6 must not reach such a kink. Each image has 784
    numbers with absolute values of at most 1.
    """
    for seed in range(100):
        p = pairs(labels, seed=seed)
        G, D = p.players.generator, p.players.discriminator
        fake, saved = G.forward(p.latents)
        both = D.forward(np.concatenate([REAL, fake]))[1]
        if distance_to_kinks(G, saved) > 1e-5 and distance_to_kinks(D, both) > 2e-5:
            return seed
    raise AssertionError("no seed out of a hundred keeps away from the kinks")


def away_from_kinks(labels: bool) -> Pairs:
    """Return new float64 players that stay away from kinks."""
    return pairs(labels, seed=seed_away_from_kinks(labels))


LABELS = pytest.mark.parametrize("labels", [False, True])


@pytest.mark.parametrize(("gamma", "labels"), [(0.0, False), (GAMMA, True)])
def test_the_gradient_of_d_is_that_of_loss_plus_penalty(
    gamma: float, labels: bool
) -> None:
    p = away_from_kinks(labels)
    D = p.players.discriminator
    fake = p.fake
    loss, told_apart, penalty = Relativistic(gamma, labels).update_discriminator(
        p.players, REAL, fake, p.which, 0
    )
    assert loss + penalty == pytest.approx(
        discriminator_loss(p, fake, gamma), rel=1e-12
    )
    assert loss == pytest.approx(discriminator_loss(p, fake, 0), rel=1e-12)
    assert told_apart == pytest.approx(
        float(sigmoid(p.differences()).mean()), rel=1e-12
    )
    assert_gradients(
        lambda: discriminator_loss(p, fake, gamma), D.parameters(), D.gradients()
    )
    last_bias = list(D.parameters())[-1]
    # The loss depends only on differences of logits, so this bias has no effect.
    assert np.abs(D.gradients()[last_bias]).max() < 1e-15


@LABELS
def test_the_gradient_of_g_goes_through_the_fakes_only(labels: bool) -> None:
    p = away_from_kinks(labels)
    G = p.players.generator
    fake, saved = G.forward(p.latents)
    loss = Relativistic(GAMMA, labels).update_generator(
        p.players, REAL, [(fake, saved)], p.which, 0
    )
    assert loss == pytest.approx(generator_loss(p), rel=1e-12)
    assert_gradients(lambda: generator_loss(p), G.parameters(), G.gradients())
    assert all(np.abs(dw).max() > 1e-4 for dw in G.gradients().values())


@LABELS
def test_without_freezing_d_gets_the_gradient_of_the_loss_of_g(labels: bool) -> None:
    p = away_from_kinks(labels)
    D = p.players.discriminator
    fake, saved = p.players.generator.forward(p.latents)
    game = Relativistic(GAMMA, labels, freeze=False)
    game.update_generator(p.players, REAL, [(fake, saved)], p.which, 0)
    assert_gradients(lambda: generator_loss(p), D.parameters(), D.gradients())


def test_an_iteration_updates_d_and_then_g_against_the_new_d() -> None:
    one = pairs(labels=True, double=False)
    other = pairs(labels=True, double=False)
    whole = one.players
    parts = other.players
    outputs = other.which
    real = REAL.astype(np.float32)
    game = Relativistic(GAMMA, labels=True)
    measured = game(whole, real, DIGITS, [one.latents], 1e-2)
    fake, saved = parts.generator.forward(other.latents)
    d_loss, told_apart, penalty = game.update_discriminator(
        parts, real, fake, outputs, 1e-2
    )
    g_loss = game.update_generator(parts, real, [(fake, saved)], outputs, 1e-2)
    assert measured.d_loss == d_loss
    assert measured.g_loss == g_loss
    assert measured.told_apart == told_apart
    assert measured.penalty == penalty > 0
    for name in ("generator", "discriminator"):
        weights = getattr(whole, name).parameters()
        assert as_bytes(weights) == as_bytes(getattr(parts, name).parameters())


@BOTH_DTYPES
def test_the_pair_loss_of_extreme_logits_is_finite(dtype: type) -> None:
    logits: Array = np.array([-1e4, -100.0, 0.0, 100.0, 1e4], dtype)[:, None]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dwinner, dloser = relativistic_pair(logits, -logits)
    assert loss == pytest.approx((20000 + 200 + np.log(2)) / 5)
    assert dwinner.dtype == dloser.dtype == dtype
    close(dwinner.ravel(), np.array([-1, -1, -0.5, 0, 0]) / 5, dtype)
    close(dloser.ravel(), np.array([1, 1, 0.5, 0, 0]) / 5, dtype)
