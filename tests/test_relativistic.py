"""The iteration of the shipped models: its gradients against finite differences, and what stays and what moves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from derivatives import distance_to_kinks, numeric_gradient
from fake_worker import tiny
from players import small_players
from strategies import as_bytes, threads

from gan import relativistic
from gan.latents import one_hot
from gan.training import Players
from nnet.fast.split import Split
from nnet.layer import Saved
from nnet.losses import sigmoid
from nnet.optimizers import Adam

RNG = np.random.default_rng(5)
B, GAMMA = 4, 0.5
REAL = RNG.uniform(-1, 1, (B, 28, 28, 1))
LATENTS = RNG.standard_normal((B, 3))
DIGITS = np.array([7, 0, 7, 3])


@dataclass
class Pairs:
    """Small players, and what they are given: with labels and without."""

    players: Players
    latents: np.ndarray  # (B, inputs)
    which: np.ndarray  # (B, outputs)

    @property
    def fake(self) -> np.ndarray:
        return self.players.generator.forward(self.latents)[0]

    def logits(self, x: np.ndarray) -> tuple[np.ndarray, Saved]:
        """The output for all digits, and that of each image's digit added to it: (N, 1); and D's Saved."""
        outputs, saved = self.players.discriminator.forward(x)
        of_digit = [outputs[n, 1 + DIGITS[n]] if outputs.shape[1] > 1 else 0 for n in range(len(x))]
        return outputs[:, :1] + np.array(of_digit)[:, None], saved

    def differences(self) -> np.ndarray:
        """r_i - f_i: by how much D rates each real image above its fake, (B, 1)."""
        return self.logits(REAL)[0] - self.logits(self.fake)[0]


def pairs(labels: bool, freeze: bool = True, seed: int = 0, double: bool = True) -> Pairs:
    players, dtype = small_players(freeze, seed, double, labels), np.float64 if double else np.float32
    which = relativistic.outputs_of(DIGITS, tiny(None, labels=labels))
    latents = np.concatenate([LATENTS, one_hot(DIGITS)], 1) if labels else LATENTS
    return Pairs(players, latents.astype(dtype), which.astype(dtype))


def generator_loss(p: Pairs) -> float:
    """By its definition: mean softplus(-(f - r))."""
    return float(np.log1p(np.exp(p.differences())).mean())


def discriminator_loss(p: Pairs, fake: np.ndarray, gamma: float) -> float:
    """By its definition: mean softplus(-(r - f)) + gamma / 2 (mean |dD/dreal|^2 + mean |dD/dfake|^2)."""
    total, logits = 0.0, []
    for x in (REAL, fake):
        y, saved = p.logits(x)
        logits.append(y)
        total += gamma / 2 * float((p.players.discriminator.pull(p.which, saved) ** 2).sum()) / B
    return total + float(np.log1p(np.exp(logits[1] - logits[0])).mean())


def away_from_kinks(labels: bool) -> Pairs:
    """Players in float64 whose numbers, for REAL and the fakes of LATENTS, stay further from kinks than steps reach.

    D's penalty jumps where a mask flips; see test_penalty. The steps are 1e-6, the images 784 numbers of at most 1.
    """
    for seed in range(100):
        p = pairs(labels, seed=seed)
        G, D = p.players.generator, p.players.discriminator
        fake, saved = G.forward(p.latents)
        both = D.forward(np.concatenate([REAL, fake]))[1]
        if distance_to_kinks(G, saved) > 1e-5 and distance_to_kinks(D, both) > 2e-5:
            return p
    raise AssertionError("no seed out of a hundred keeps away from the kinks")


LABELS = pytest.mark.parametrize("labels", [False, True])


@LABELS
@pytest.mark.parametrize("gamma", [0.0, GAMMA])
def test_the_discriminator_s_gradient_is_that_of_loss_plus_penalty(gamma: float, labels: bool) -> None:
    p = away_from_kinks(labels)
    D, fake = p.players.discriminator, p.fake
    loss, told_apart, penalty = relativistic.update_discriminator(p.players, REAL, fake, p.which, 0, gamma)
    assert loss + penalty == pytest.approx(discriminator_loss(p, fake, gamma), rel=1e-12)
    assert loss == pytest.approx(discriminator_loss(p, fake, 0), rel=1e-12)
    assert told_apart == pytest.approx(float(sigmoid(p.differences()).mean()), rel=1e-12)
    for name, w in D.parameters().items():
        numeric = numeric_gradient(lambda: discriminator_loss(p, fake, gamma), w)
        np.testing.assert_allclose(D.gradients()[name], numeric, rtol=0, atol=1e-6, err_msg=name)
    last_bias = list(D.parameters())[-1]
    assert np.abs(D.gradients()[last_bias]).max() < 1e-15  # only differences of logits matter


@LABELS
def test_the_generator_s_gradient_goes_through_the_fakes_alone(labels: bool) -> None:
    p = away_from_kinks(labels)
    G = p.players.generator
    fake, saved = G.forward(p.latents)
    loss = relativistic.update_generator(p.players, REAL, fake, saved, p.which, 0)
    assert loss == pytest.approx(generator_loss(p), rel=1e-12)
    for name, w in G.parameters().items():
        numeric = numeric_gradient(lambda: generator_loss(p), w)
        assert np.abs(numeric).max() > 1e-4, name
        np.testing.assert_allclose(G.gradients()[name], numeric, rtol=0, atol=1e-7, err_msg=name)


@LABELS
def test_without_freezing_d_gets_the_gradient_of_g_s_loss_through_both_kinds_of_images(labels: bool) -> None:
    p = away_from_kinks(labels)
    D = p.players.discriminator
    fake, saved = p.players.generator.forward(p.latents)
    relativistic.update_generator(p.players, REAL, fake, saved, p.which, 0, freeze=False)
    for name, w in D.parameters().items():
        numeric = numeric_gradient(lambda: generator_loss(p), w)
        np.testing.assert_allclose(D.gradients()[name], numeric, rtol=0, atol=1e-6, err_msg=name)


def test_with_augmentation_both_updates_are_those_of_what_d_sees() -> None:
    p = away_from_kinks(labels=False)
    shown: list[np.ndarray] = []

    def look(images: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
        """Upside down and halved: any linear map will do."""
        shown.append(images)
        return images[:, ::-1] / 2, lambda dseen: dseen[:, ::-1] / 2

    D, G = p.players.discriminator, p.players.generator
    fake, saved = G.forward(p.latents)
    relativistic.update_discriminator(p.players, REAL, fake, p.which, 0, GAMMA, look)
    assert np.array_equal(shown[0], np.concatenate([REAL, fake]))
    found = {name: dw.copy() for name, dw in D.gradients().items()}
    relativistic.update_discriminator(p.players, look(REAL)[0], look(fake)[0], p.which, 0, GAMMA)
    for name, dw in D.gradients().items():
        np.testing.assert_allclose(found[name], dw, rtol=1e-12, err_msg=name)

    def loss() -> float:
        r, f = (D.forward(look(x)[0])[0] for x in (REAL, G.forward(p.latents)[0]))
        return float(np.log1p(np.exp(r - f)).mean())

    assert relativistic.update_generator(p.players, REAL, fake, saved, p.which, 0, look=look) == pytest.approx(loss())
    for name, w in G.parameters().items():
        np.testing.assert_allclose(G.gradients()[name], numeric_gradient(loss, w), rtol=0, atol=1e-7, err_msg=name)


def test_the_output_for_all_digits_counts_always_and_that_of_the_digit_with_labels() -> None:
    assert relativistic.outputs_of(DIGITS, tiny(None)).tolist() == [[1]] * B
    outputs = relativistic.outputs_of(DIGITS, tiny(None, labels=True))
    assert [np.flatnonzero(row).tolist() for row in outputs] == [[0, 1 + digit] for digit in DIGITS]
    assert set(outputs.ravel()) == {0, 1}


def test_the_output_of_another_digit_learns_nothing() -> None:
    p = pairs(labels=True)
    relativistic.update_discriminator(p.players, REAL, p.fake, p.which, 0, GAMMA)
    last = [leaf for _, leaf in p.players.discriminator.leaves()][-1]
    used = [0, *sorted(1 + digit for digit in set(DIGITS.tolist()))]
    assert np.flatnonzero(np.abs(last.grads["W"]).max(0) > 0).tolist() == used


@pytest.mark.parametrize("freeze", [True, False])
def test_g_s_update_moves_d_only_where_it_is_not_frozen(freeze: bool) -> None:
    p = pairs(labels=True, freeze=freeze, double=False)
    players, D, real = p.players, p.players.discriminator, REAL.astype(np.float32)
    before: dict[str, bytes] = {}
    moments: dict[str, bytes] = {}

    def between() -> None:
        before.update(as_bytes(D.parameters()))
        moments.update(as_bytes(players.discriminator_adam.moments()))

    for _ in range(3):
        relativistic.iterate(players, real, p.latents, p.which, 1e-2, GAMMA, freeze, between)
    after = as_bytes(D.parameters())
    still = {name for name in after if after[name] == before[name]}
    last_bias = list(after)[-1]  # gets a gradient of zero, or of rounding
    assert still == set(after) if freeze else still <= {last_bias}
    assert as_bytes(players.discriminator_adam.moments()) == moments
    assert all(layer.trainable for _, layer in D.leaves())


def test_an_iteration_is_d_s_update_then_g_s_against_the_updated_d() -> None:
    one, other = pairs(labels=True, double=False), pairs(labels=True, double=False)
    whole, parts, which, real = one.players, other.players, other.which, REAL.astype(np.float32)
    progress = relativistic.iterate(whole, real, one.latents, which, 1e-2, GAMMA)
    fake, saved = parts.generator.forward(other.latents)
    d_loss, told_apart, penalty = relativistic.update_discriminator(parts, real, fake, which, 1e-2, GAMMA)
    g_loss = relativistic.update_generator(parts, real, fake, saved, which, 1e-2)
    assert (progress.d_loss, progress.g_loss, progress.told_apart) == (d_loss, g_loss, told_apart)
    assert progress.penalty == penalty > 0
    assert as_bytes(whole.generator.parameters()) == as_bytes(parts.generator.parameters())
    assert as_bytes(whole.discriminator.parameters()) == as_bytes(parts.discriminator.parameters())


@pytest.mark.parametrize("gamma", [0.0, GAMMA])
@pytest.mark.parametrize("freeze", [True, False])
def test_players_that_are_split_over_threads_do_the_same(freeze: bool, gamma: float) -> None:
    p = pairs(labels=True, freeze=freeze)
    plain, inner = p.players, pairs(labels=True, freeze=freeze).players
    G, D = Split(inner.generator), Split(inner.discriminator)
    split = Players(G, D, Adam(*((G,) if freeze else (G, D)), beta1=0.5), Adam(D, beta1=0.5))
    with threads(2):
        for _ in range(2):
            found, expected = (
                relativistic.iterate(players, REAL, p.latents, p.which, 1e-3, gamma, freeze)
                for players in (split, plain)
            )
            assert vars(found) == pytest.approx(vars(expected), rel=1e-9)
    last_bias = list(D.parameters())[-1]  # its gradient is rounding alone, and Adam makes steps of whatever there is
    for network, exact in ((G, plain.generator), (D, plain.discriminator)):
        for name, w in network.parameters().items():
            if network is G or name != last_bias:
                np.testing.assert_allclose(w, exact.parameters()[name], rtol=0, atol=1e-8, err_msg=name)


@LABELS
@pytest.mark.parametrize("split", [False, True])
def test_a_frozen_d_is_given_no_gradient_at_all(labels: bool, split: bool) -> None:
    """Its own optimizer would not take one from here, so the weights alone do not tell; but it would have been made."""
    p = pairs(labels)
    G, D = p.players.generator, p.players.discriminator
    if split:
        G, D = Split(G), Split(D)
    players = Players(G, D, Adam(G, beta1=0.5), Adam(D, beta1=0.5))
    made: list[bool] = []

    def between() -> None:
        made.append(all(dw.any() for name, dw in D.gradients().items() if not name.endswith("b")))

    with threads(2):
        relativistic.iterate(players, REAL, p.latents, p.which, 1e-3, GAMMA, between=between)
    assert made == [True]  # D's update makes them
    assert not any(dw.any() for dw in D.gradients().values())
    assert any(dw.any() for dw in G.gradients().values())
