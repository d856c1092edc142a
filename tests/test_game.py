"""The games as the trainer plays them: what moves in which update, and the mistake, a D that will not be frozen."""

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
from nnet.fast.layers import FastConv2D, FastConvTranspose2D, FastDense, Fused
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


def played(kind: str, freeze: bool) -> tuple[Game, Players, Array]:
    """The trainer's game and players of this kind, and latents for them."""
    config, rng = Config(**vars(KINDS[kind]) | {"freeze": freeze}), np.random.default_rng(0)
    players = make_players(config.build_generator(rng), config.build_discriminator(rng), config)
    return game_of(config, rng), players, draw_latents(config, B, rng, DIGITS)


# The classic game is the ground floor's iteration


@pytest.mark.parametrize("fast", [False, True])
def test_the_classic_game_is_the_plain_iteration_bit_for_bit(fast: bool) -> None:
    one, other = small_players(freeze=True), small_players(freeze=True)
    if fast:
        one, other = (players_of(accelerate(both.generator), accelerate(both.discriminator)) for both in (one, other))
    for _ in range(3):
        measured = training.iterate(other, REAL, LATENTS, 1e-2)
        assert Classic()(one, REAL, DIGITS, [LATENTS], 1e-2) == IterationResult(**vars(measured), penalty=0)
    assert held(one) == held(other)


def held(players: Players) -> list[dict[str, bytes]]:
    """All that two players hold: weights and moments."""
    adams = players.generator_adam, players.discriminator_adam
    networks = players.generator, players.discriminator
    return [*(as_bytes(adam.moments()) for adam in adams), *(as_bytes(one.parameters()) for one in networks)]


@EVERY_KIND
@FROZEN_OR_NOT
def test_between_is_called_once_between_d_s_update_and_g_s(kind: str, freeze: bool) -> None:
    game, players, latents = played(kind, freeze)
    seen: list[tuple[dict[str, bytes], dict[str, bytes]]] = []

    def look() -> None:
        seen.append((as_bytes(players.generator.parameters()), as_bytes(players.discriminator.parameters())))

    look()
    game(players, REAL, DIGITS, [latents], 1e-2, look)
    look()
    assert len(seen) == 3
    (g_first, d_first), (g_between, d_between), (g_last, d_last) = seen
    assert g_first == g_between
    assert all(g_last[name] != g_between[name] for name in g_last)
    assert len([name for name in d_first if d_first[name] != d_between[name]]) >= len(d_first) - 1  # but a last bias
    assert (d_between == d_last) is freeze


# Several updates of G


@EVERY_KIND
@FROZEN_OR_NOT
def test_g_moves_once_for_each_batch_of_latents_d_once(kind: str, freeze: bool) -> None:
    game, players, latents = played(kind, freeze)
    G_before: list[dict[str, bytes]] = []
    seen: list[Array] = []
    forward = players.generator.forward

    def watched(x: Array) -> tuple[Array, Saved]:
        G_before.append(as_bytes(players.generator.parameters()))
        seen.append(x)
        return forward(x)

    players.generator.forward = watched  # type: ignore[method-assign]
    game(players, REAL, DIGITS, [latents, -latents, 2 * latents], 1e-2)
    assert players.generator_adam.t == 3
    assert players.discriminator_adam.t == 1
    assert len({tuple(weights.values()) for weights in G_before}) == 3  # each is drawn by a G that has moved
    assert all(np.array_equal(x, wanted) for x, wanted in zip(seen, [latents, -latents, 2 * latents], strict=True))


@EVERY_GAME
@FROZEN_OR_NOT
def test_another_update_of_g_is_what_one_alone_would_be(name: str, freeze: bool) -> None:
    """Two updates in one iteration, and an update by itself of the same players after one: the same, bit for bit."""
    both, one = small_players(freeze), small_players(freeze)
    more = -LATENTS
    GAMES[name](both, REAL, DIGITS, [LATENTS, more], 1e-2)
    first = GAMES[name](one, REAL, DIGITS, [LATENTS], 1e-2)
    drawn = one.generator.forward(more)
    if name == "classic":
        training.update_generator(one, *drawn, 1e-2)
    else:
        Relativistic(0.5).update_generator(one, REAL, [drawn], np.ones((B, 1), np.float32), 1e-2)
    assert held(both) == held(one)
    assert np.isfinite(first.g_loss)


# Frozen


@EVERY_KIND
@pytest.mark.parametrize("count", [1, 2])
def test_g_s_update_leaves_a_frozen_d_and_its_adam_bit_for_bit(kind: str, count: int) -> None:
    game, players, latents = played(kind, freeze=True)
    D, adam = players.discriminator, players.discriminator_adam
    before: list[Any] = []
    with threads(count):
        for _ in range(3):
            game(players, REAL, DIGITS, [latents], 1e-2, lambda: before.append(state_of(D, adam)))
            assert state_of(D, adam) == before.pop()
            assert all(layer.trainable for _, layer in D.leaves())  # thawed again


def state_of(network: Layer, adam: Adam) -> tuple[dict[str, bytes], dict[str, bytes], int]:
    return as_bytes(network.parameters()), as_bytes(adam.moments()), adam.t


@contextmanager
def counted(network: Layer) -> Iterator[Counter[str]]:
    """Counts, by the weight's name, how often its gradient is computed, by whichever fast layer or thread."""
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


def test_the_counter_counts_every_kind_of_layer() -> None:
    assert not any("add_gradients" in vars(kind) for kind in (FastDense, FastConv2D, FastConvTranspose2D))
    players = played("relativistic", freeze=True)[1], played("classic", freeze=True)[1]
    for network, shape in ((players[0].generator, (2, 8)), (players[1].discriminator, (2, 28, 28, 1))):
        with threads(1):  # a share each would count once more
            y, saved = network.forward(np.ones(shape, np.float32))
            with counted(network) as counts:
                network.backward(y, saved)
        assert counts == {name: 1 for name in network.parameters() if name.endswith("W")}


@EVERY_KIND
@FROZEN_OR_NOT
@pytest.mark.parametrize("count", [1, 2])
def test_in_g_s_update_no_gradient_of_a_frozen_d_is_made(kind: str, freeze: bool, count: int) -> None:
    """It would not show in D's weights, which G's optimizer does not know: it would cost time for nothing.

    Of the mistake all are made, so the counter is known to count.
    """
    game, players, latents = played(kind, freeze)
    D = players.discriminator
    at_between: list[Counter[str]] = []
    left: list[dict[str, bytes]] = []

    def between() -> None:
        at_between.append(counts.copy())
        left.append(as_bytes(D.gradients()))

    with threads(count), counted(D) as counts:
        game(players, REAL, DIGITS, [latents], 1e-2, between)
    weights = {name for name in D.parameters() if name.endswith("W")}
    assert set(at_between[0]) == weights
    assert set(counts - at_between[0]) == (set() if freeze else weights)
    assert (left == [as_bytes(D.gradients())]) is freeze  # what D's own update has left stays as it is


# The mistake


def generator_loss(name: str, players: Players) -> float:
    """G's own loss by its definition: the mean of softplus(-f), or of softplus(r - f) where fakes are compared."""
    G, D = players.generator, players.discriminator
    r, f = (D.forward(x)[0].astype(np.float64) for x in (REAL, G.forward(LATENTS)[0]))
    return float(softplus(-f if name == "classic" else r - f).mean())


@EVERY_GAME
def test_without_freezing_g_s_update_moves_d_down_g_s_own_loss(name: str) -> None:
    players = small_players(freeze=False)
    G, D = players.generator, players.discriminator
    kept: dict[str, Any] = {}

    def look() -> None:
        kept.update(d=as_bytes(D.parameters()), moments=as_bytes(players.discriminator_adam.moments()))
        kept.update(g={key: w.copy() for key, w in G.parameters().items()}, loss=generator_loss(name, players))

    GAMES[name](players, REAL, DIGITS, [LATENTS], 1e-3, look)
    still = {key for key, w in as_bytes(D.parameters()).items() if w == kept["d"][key]}
    last_bias = list(D.parameters())[-1]
    assert still <= ({last_bias} if name == "relativistic" else set())  # only differences of logits count there
    assert as_bytes(players.discriminator_adam.moments()) == kept["moments"]  # the mistake has moments of its own
    for key, w in G.parameters().items():
        w[...] = kept["g"][key]
    assert generator_loss(name, players) < kept["loss"]  # D alone was made to like the same fakes better


@EVERY_GAME
def test_d_s_own_update_is_the_same_for_one_that_will_not_be_frozen(name: str) -> None:
    found: list[dict[str, bytes]] = []
    for D in (Split, NeverFrozen):
        plain = small_players(freeze=True)
        players = players_of(plain.generator, D(plain.discriminator))

        def look(discriminator: Layer = players.discriminator) -> None:
            found.append(as_bytes(discriminator.parameters()))

        with threads(2):
            GAMES[name](players, REAL, DIGITS, [LATENTS], 1e-2, look)
    assert len(found) == 2
    assert found[0] == found[1]


def test_it_will_not_be_frozen() -> None:
    D = NeverFrozen(build_discriminator(1, (2, 3), np.random.default_rng(0)))
    y, saved = D.forward(REAL)
    with D.frozen():
        assert D.trainable
        D.backward(y, saved)
    assert all(dw.any() for dw in D.gradients().values())
