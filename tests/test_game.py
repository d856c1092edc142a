"""The games that the trainer plays: what each update changes, and what happens if D is not frozen."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from fake_worker import tiny
from players import players_of, small_players
from strategies import as_bytes, threads

from gan import training
from gan.config import Config
from gan.game import Classic, Game, IterationResult, NeverFrozen
from gan.latents import draw_latents
from gan.models import build_discriminator
from gan.relativistic import Relativistic
from gan.runs.trainer import game_of, make_players
from gan.training import Players
from nnet.fast.accelerate import accelerate
from nnet.fast.layers import Fused
from nnet.fast.split import Split
from nnet.layer import Array, Layer, Saved
from nnet.losses import softplus
from nnet.optimizers import Adam

B = 4
RNG = np.random.default_rng(5)
REAL: Array = RNG.uniform(-1, 1, (B, 28, 28, 1)).astype(np.float32)
LATENTS = RNG.standard_normal((B, 3), np.float32)
DIGITS = np.array([7, 0, 7, 3])

KINDS: dict[str, Config] = {
    "relativistic": tiny(3),  # the default
    "relativistic without penalty": tiny(3, gamma=0.0),
    "relativistic, with labels": tiny(None, labels=True),
    "relativistic, augmented": tiny(3, augment=True),
    "classic": tiny(3, loss="classic", gamma=0.0, beta1=0.5),
}

EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
FROZEN_OR_NOT = pytest.mark.parametrize("freeze", [True, False])
GAMES: dict[str, Game] = {"classic": Classic(), "relativistic": Relativistic(0.5)}
EVERY_GAME = pytest.mark.parametrize("name", GAMES)


def game_and_players(kind: str, freeze: bool) -> tuple[Game, Players, Array]:
    """Return the trainer's game and players of this kind, and latents for them."""
    config, rng = Config(**vars(KINDS[kind]) | {"freeze": freeze}), np.random.default_rng(0)
    players = make_players(config.build_generator(rng), config.build_discriminator(rng), config)
    return game_of(config, rng), players, draw_latents(config, B, rng, DIGITS)


# The classic game


@pytest.mark.parametrize("fast", [False, True])
def test_the_classic_game_equals_the_plain_iteration_bit_for_bit(fast: bool) -> None:
    one, other = small_players(freeze=True), small_players(freeze=True)
    if fast:
        one, other = (players_of(accelerate(both.generator), accelerate(both.discriminator)) for both in (one, other))
    for _ in range(3):
        measured = training.iterate(other, REAL, LATENTS, 1e-2)
        assert Classic()(one, REAL, DIGITS, [LATENTS], 1e-2) == IterationResult(**vars(measured), penalty=0)
    assert contents_of(one) == contents_of(other)


def contents_of(players: Players) -> list[dict[str, bytes]]:
    """Return the weights and moments of both players."""
    adams = players.generator_adam, players.discriminator_adam
    networks = players.generator, players.discriminator
    return [*(as_bytes(adam.moments()) for adam in adams), *(as_bytes(one.parameters()) for one in networks)]


@EVERY_KIND
@FROZEN_OR_NOT
def test_between_is_called_between_the_updates_of_d_and_g(kind: str, freeze: bool) -> None:
    game, players, latents = game_and_players(kind, freeze)
    states: list[tuple[dict[str, bytes], dict[str, bytes]]] = []

    def record() -> None:
        states.append((as_bytes(players.generator.parameters()), as_bytes(players.discriminator.parameters())))

    record()
    game(players, REAL, DIGITS, [latents], 1e-2, record)
    record()
    assert len(states) == 3
    (g_first, d_first), (g_between, d_between), (g_last, d_last) = states
    assert g_first == g_between
    assert all(g_last[name] != g_between[name] for name in g_last)
    # With the relativistic loss, D's last bias has no effect and may remain unchanged.
    assert len([name for name in d_first if d_first[name] != d_between[name]]) >= len(d_first) - 1
    assert (d_between == d_last) is freeze


# Several updates of G


@EVERY_KIND
@FROZEN_OR_NOT
def test_g_is_updated_once_per_batch_of_latents_and_d_once(kind: str, freeze: bool) -> None:
    game, players, latents = game_and_players(kind, freeze)
    G_before: list[dict[str, bytes]] = []
    inputs: list[Array] = []
    forward = players.generator.forward

    def record_forward(x: Array) -> tuple[Array, Saved]:
        G_before.append(as_bytes(players.generator.parameters()))
        inputs.append(x)
        return forward(x)

    players.generator.forward = record_forward  # type: ignore[method-assign]
    game(players, REAL, DIGITS, [latents, -latents, 2 * latents], 1e-2)
    assert players.generator_adam.t == 3
    assert players.discriminator_adam.t == 1
    assert len({tuple(weights.values()) for weights in G_before}) == 3  # G changed between its drawings
    assert all(
        np.array_equal(x, expected) for x, expected in zip(inputs, [latents, -latents, 2 * latents], strict=True)
    )


@EVERY_GAME
@FROZEN_OR_NOT
def test_a_second_update_of_g_equals_a_separate_one(name: str, freeze: bool) -> None:
    """Two updates in one iteration equal one update followed by a separate one, bit for bit."""
    both, one = small_players(freeze), small_players(freeze)
    more = -LATENTS
    GAMES[name](both, REAL, DIGITS, [LATENTS, more], 1e-2)
    first = GAMES[name](one, REAL, DIGITS, [LATENTS], 1e-2)
    drawn = one.generator.forward(more)
    if name == "classic":
        training.update_generator(one, *drawn, 1e-2)
    else:
        Relativistic(0.5).update_generator(one, REAL, [drawn], np.ones((B, 1), np.float32), 1e-2)
    assert contents_of(both) == contents_of(one)
    assert np.isfinite(first.g_loss)


# D frozen during G's update


@EVERY_KIND
@pytest.mark.parametrize("count", [1, 2])
def test_the_update_of_g_does_not_change_a_frozen_d_or_its_adam(kind: str, count: int) -> None:
    game, players, latents = game_and_players(kind, freeze=True)
    D, adam = players.discriminator, players.discriminator_adam
    before: list[Any] = []
    with threads(count):
        for _ in range(3):
            game(players, REAL, DIGITS, [latents], 1e-2, lambda: before.append(state_of(D, adam)))
            assert state_of(D, adam) == before.pop()
            assert all(layer.trainable for _, layer in D.leaves())  # unfrozen again


def state_of(network: Layer, adam: Adam) -> tuple[dict[str, bytes], dict[str, bytes], int]:
    return as_bytes(network.parameters()), as_bytes(adam.moments()), adam.t


@contextmanager
def count_gradients(network: Layer) -> Iterator[Counter[str]]:
    """Count how often each weight gradient is computed, by name, in any fast layer or thread."""
    names = {id(w): name for name, w in network.parameters().items()}
    counts: Counter[str] = Counter()

    real = Fused.add_gradients

    def add_gradients(self: Fused, dz: Array, x: Array, bias_weight: Array) -> None:
        if (name := names.get(id(self.params["W"]))) is not None:
            counts[name] += 1
        real(self, dz, x, bias_weight)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fused, "add_gradients", add_gradients)
        yield counts


@EVERY_KIND
@FROZEN_OR_NOT
@pytest.mark.parametrize("count", [1, 2])
def test_the_update_of_g_computes_no_weight_gradient_of_a_frozen_d(kind: str, freeze: bool, count: int) -> None:
    """Count D's weight gradients while G is updated.

    D's weights cannot reveal these gradients, because G's optimizer does not update D. Computing them would only waste
    time. Without freezing, all gradients are computed, which shows that the counter works.
    """
    game, players, latents = game_and_players(kind, freeze)
    D = players.discriminator
    at_between: list[Counter[str]] = []
    gradients: list[dict[str, bytes]] = []

    def between() -> None:
        at_between.append(counts.copy())
        gradients.append(as_bytes(D.gradients()))

    with threads(count), count_gradients(D) as counts:
        game(players, REAL, DIGITS, [latents], 1e-2, between)
    weights = {name for name in D.parameters() if name.endswith("W")}
    assert set(at_between[0]) == weights
    assert set(counts - at_between[0]) == (set() if freeze else weights)
    assert (gradients == [as_bytes(D.gradients())]) is freeze  # the gradients of D's own update remain


# The mistake: G's update also changes D


def generator_loss(name: str, players: Players) -> float:
    """Compute G's loss: the mean of softplus(-f), or of softplus(r - f) for the relativistic game."""
    G, D = players.generator, players.discriminator
    r, f = (D.forward(x)[0].astype(np.float64) for x in (REAL, G.forward(LATENTS)[0]))
    return float(softplus(-f if name == "classic" else r - f).mean())


@EVERY_GAME
def test_without_freezing_the_update_of_g_moves_d_to_reduce_the_loss_of_g(name: str) -> None:
    players = small_players(freeze=False)
    G, D = players.generator, players.discriminator
    before: dict[str, Any] = {}

    def record() -> None:
        before.update(d=as_bytes(D.parameters()), moments=as_bytes(players.discriminator_adam.moments()))
        before.update(g={key: w.copy() for key, w in G.parameters().items()}, loss=generator_loss(name, players))

    GAMES[name](players, REAL, DIGITS, [LATENTS], 1e-3, record)
    unchanged = {key for key, w in as_bytes(D.parameters()).items() if w == before["d"][key]}
    last_bias = list(D.parameters())[-1]
    assert unchanged <= ({last_bias} if name == "relativistic" else set())  # it cancels in logit differences
    assert as_bytes(players.discriminator_adam.moments()) == before["moments"]  # the mistake uses separate moments
    for key, w in G.parameters().items():
        w[...] = before["g"][key]
    assert generator_loss(name, players) < before["loss"]  # D changed to prefer the same fakes


@EVERY_GAME
def test_the_update_of_d_is_the_same_for_never_frozen(name: str) -> None:
    results: list[dict[str, bytes]] = []
    for D in (Split, NeverFrozen):
        plain = small_players(freeze=True)
        players = players_of(plain.generator, D(plain.discriminator))

        def record(discriminator: Layer = players.discriminator) -> None:
            results.append(as_bytes(discriminator.parameters()))

        with threads(2):
            GAMES[name](players, REAL, DIGITS, [LATENTS], 1e-2, record)
    assert len(results) == 2
    assert results[0] == results[1]


def test_never_frozen_stays_trainable() -> None:
    D = NeverFrozen(build_discriminator(1, (2, 3), np.random.default_rng(0)))
    y, saved = D.forward(REAL)
    with D.frozen():
        assert D.trainable
        D.backward(y, saved)
    assert all(dw.any() for dw in D.gradients().values())
