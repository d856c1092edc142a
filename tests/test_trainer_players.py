"""What the trainer makes of a config: the game, and two players made fast."""

import numpy as np
import pytest
from fake_worker import tiny
from players import noise_digits

from gan.augment import Augment, no_augmentation
from gan.errors import InputError
from gan.game import Classic, NeverFrozen
from gan.relativistic import Relativistic
from gan.runs.trainer import Trainer, game_of, make_players
from nnet.activations import Tanh
from nnet.dense import Dense
from nnet.fast.convolution import Im2col, Winograd
from nnet.fast.layers import FastConvolution
from nnet.fast.optimizers import FastAdam
from nnet.fast.split import Split
from nnet.sequential import Sequential


def test_the_game_is_the_one_that_the_config_asks_for() -> None:
    rng = np.random.default_rng(0)
    assert isinstance(game_of(tiny(3, loss="classic", gamma=0.0), rng), Classic)
    assert game_of(tiny(3), rng) == Relativistic(0.5, False, no_augmentation)
    assert game_of(tiny(None, gamma=0.0, labels=True), rng) == Relativistic(0.0, True, no_augmentation)
    augmented = game_of(tiny(3, augment=True), rng)
    assert isinstance(augmented, Relativistic)
    assert isinstance(augmented.augment, Augment)
    assert augmented.augment.rng is rng


@pytest.mark.parametrize(("name", "method"), [("winograd", Winograd), ("im2col", Im2col)])
@pytest.mark.parametrize("freeze", [True, False])
def test_the_players_are_fast_over_the_same_weights_and_d_may_be_the_mistake(
    name: str, method: type, freeze: bool
) -> None:
    config, rng = tiny(3, convolution=name, freeze=freeze, beta1=0.25, beta2=0.75), np.random.default_rng(0)
    plain = config.build_generator(rng), config.build_discriminator(rng)
    players = make_players(*plain, config)
    networks = players.generator, players.discriminator
    for network, own in zip(networks, plain, strict=True):
        assert all(w is own.parameters()[key] for key, w in network.parameters().items())
        methods = {type(layer.method) for _, layer in network.leaves() if isinstance(layer, FastConvolution)}
        assert methods == {method}
    assert [type(network) for network in networks] == [Split, Split if freeze else NeverFrozen]
    assert players.generator_adam.networks == networks[: 1 if freeze else 2]
    assert players.discriminator_adam.networks == networks[1:]
    for adam in (players.generator_adam, players.discriminator_adam):
        assert (type(adam), adam.beta1, adam.beta2) == (FastAdam, 0.25, 0.75)


def test_a_curved_discriminator_is_refused_where_there_is_a_penalty() -> None:
    rng = np.random.default_rng(0)
    G, D = tiny(3).build_generator(rng), Sequential(Dense(784, 1, rng, Tanh()))
    with pytest.raises(InputError, match="piecewise linear") as caught:
        make_players(G, D, tiny(3))
    assert caught.value.field == "gamma"
    make_players(G, D, tiny(3, gamma=0.0))


@pytest.mark.parametrize("adam", ["generator_adam", "discriminator_adam"])
def test_a_moment_that_has_overflowed_is_no_good_state(adam: str) -> None:
    """Its weights still are numbers: Adam divides by the root of it, and never moves one again."""
    trainer = Trainer(tiny(3), noise_digits(20))
    trainer.iterate()
    assert trainer.is_finite()
    moments = getattr(trainer.players, adam).moments()
    moments[max(moments)].flat[0] = np.inf
    assert not trainer.is_finite()
