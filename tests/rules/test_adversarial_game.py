"""The games that the trainer plays: what each update changes, and what happens if D is
not frozen.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from gan.plain import training
from gan.plain.training import Players
from gan.rules.adversarial_game import Classic, Game
from gan.rules.latents import draw_latents
from gan.rules.relativistic import Relativistic
from gan.rules.run_config import Config
from gan.runs.trainer import game_of, make_players
from nnet.fast.accelerate import accelerate
from nnet.layer import Array
from tests.helpers.fake_worker import tiny
from tests.helpers.players import players_of, small_players
from tests.helpers.strategies import as_bytes

B = 4
RNG = np.random.default_rng(5)
REAL: Array = RNG.uniform(-1, 1, (B, 28, 28, 1)).astype(np.float32)
LATENTS = RNG.standard_normal((B, 3), np.float32)
DIGITS = np.array([7, 0, 7, 3])
Arrays = dict[str, bytes]

KINDS: dict[str, Config] = {
    "relativistic": tiny(3),  # the default
    "relativistic without penalty": tiny(3, gamma=0.0),
    "relativistic, with labels": tiny(None, labels=True),
    "classic": tiny(3, loss="classic", gamma=0.0, beta1=0.5),
}

FROZEN_OR_NOT = pytest.mark.parametrize("freeze", [True, False])
GAMES: dict[str, Callable[[bool], Game]] = {
    "classic": Classic,
    "relativistic": partial(Relativistic, 0.5, False),
}
EVERY_GAME = pytest.mark.parametrize("name", GAMES)


# The classic game


@pytest.mark.parametrize("fast", [False, True])
def test_the_classic_game_equals_the_plain_iteration_bit_for_bit(fast: bool) -> None:
    players, plain = (small_players() for _ in range(2))
    if fast:
        players, plain = (
            players_of(accelerate(each.generator), accelerate(each.discriminator))
            for each in (players, plain)
        )
    for _ in range(3):
        expected = training.iterate(plain, REAL, LATENTS, 1e-2)
        measured = Classic()(players, REAL, DIGITS, [LATENTS], 1e-2)
        assert measured.d_loss == expected.d_loss
        assert measured.g_loss == expected.g_loss
    assert contents_of(players) == contents_of(plain)


def contents_of(players: Players) -> dict[str, Arrays]:
    """Return the weights of both players and the moments of both optimizers."""
    return {
        "G": as_bytes(players.generator.parameters()),
        "D": as_bytes(players.discriminator.parameters()),
        "both": as_bytes(players.adversarial_adam.moments()),
        "moments of D": as_bytes(players.discriminator_adam.moments()),
    }


def shared(some: Arrays, others: Arrays) -> list[str]:
    """Return the names of the arrays that are equal in both."""
    return [name for name in some if some[name] == others[name]]


@pytest.mark.parametrize("kind", KINDS)
@FROZEN_OR_NOT
def test_d_is_updated_and_then_g_which_leaves_a_frozen_d_unchanged(
    kind: str, freeze: bool
) -> None:
    config = KINDS[kind]
    rng = np.random.default_rng(0)
    players = make_players(
        config.build_generator(rng), config.build_discriminator(rng), config
    )
    game = game_of(config, freeze)
    latents = draw_latents(config, B, rng, DIGITS)
    states: list[dict[str, Arrays]] = []

    def record() -> None:
        states.append(contents_of(players))

    for _ in range(3):
        states.clear()
        record()
        game(players, REAL, DIGITS, [latents], 1e-2, record)
        record()
        first, between, last = states
        assert first["G"] == between["G"]
        assert not shared(between["G"], last["G"])
        # With the relativistic loss, D's last bias has no effect and may remain
        # unchanged.
        assert len(shared(first["D"], between["D"])) <= 1
        assert (between["D"] == last["D"]) is freeze
        assert between["moments of D"] == last["moments of D"], (
            "the update of G has separate moments, also for D"
        )
        leaves = players.discriminator.leaves()
        assert all(layer.trainable for _, layer in leaves), "D is frozen for good"


# Several updates of G


@EVERY_GAME
@FROZEN_OR_NOT
def test_a_second_update_of_g_equals_a_separate_one(name: str, freeze: bool) -> None:
    """Two updates in one iteration equal one update followed by a separate one, bit for
    bit.
    """
    both = small_players()
    one = small_players()
    more = -LATENTS
    game = GAMES[name](freeze)
    game(both, REAL, DIGITS, [LATENTS, more], 1e-2)
    game(one, REAL, DIGITS, [LATENTS], 1e-2)
    drawn = one.generator.forward(more)
    if isinstance(game, Relativistic):
        game.update_generator(one, REAL, [drawn], np.ones((B, 1), np.float32), 1e-2)
    else:
        training.update_generator(one, *drawn, 1e-2, freeze=freeze)
    assert contents_of(both) == contents_of(one)
    assert both.adversarial_adam.t == 2
    assert both.discriminator_adam.t == 1


@EVERY_GAME
def test_gradients_left_over_in_d_do_not_hide_the_mistake(name: str) -> None:
    clean = small_players()
    dirty = small_players()

    def leave_gradients() -> None:
        for dw in dirty.discriminator.gradients().values():
            dw[...] = 1e3

    GAMES[name](False)(clean, REAL, DIGITS, [LATENTS], 1e-2)
    GAMES[name](False)(dirty, REAL, DIGITS, [LATENTS], 1e-2, leave_gradients)
    assert contents_of(clean) == contents_of(dirty)
