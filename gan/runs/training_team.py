"""Train the iterations of a run in several processes, each on its share of the batch.

A batch consists of pairs of a real image and a drawing. The loss and the penalty are
sums over pairs, and each term depends only on its own pair. So every process computes
the gradients (gan/rules) for its share of the pairs, and the optimizers add them up
(nnet/fast/network_in_shared_memory.py). The results depend on the number of processes,
but not on their timing.

The leader is the process that handles the data, the random numbers, the config and the
commands. The others are helpers. Before each iteration, the leader writes what they
need into shared memory. The networks' weights are in shared memory, too.

All processes wait for each other (`Team.wait`) at these points:

- at the start of an iteration, until the leader has written its inputs;
- twice in each step of an optimizer, until all gradients are complete, and until all
weights are updated;
- at the end, until the average and the measurements are complete.

Between iterations the helpers wait, so the leader may read and write all shared arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, fields

import numpy as np

from gan.rules.adversarial_game import IterationResult
from gan.runs.trainer import Batch, Trainer, game_of
from nnet.fast.kernels import elementwise
from nnet.fast.kernels.thread_pool import shares
from nnet.fast.network_in_shared_memory import SharedNetwork, TeamAdam, move_weights
from nnet.fast.team import Team, TeamError, shared

# What the leader sets before each iteration.
SETTINGS = np.dtype(
    [
        ("learning_rate", np.float64),
        ("averaging", np.float64),  # rate of the running average
        # numbers of steps that the optimizers have made
        ("adversarial_steps", np.int64),
        ("discriminator_steps", np.int64),
        ("freeze", np.bool_),
    ]
)


class TrainingTeam:
    """The processes that train a run.

    The constructor forks the helpers, so the calling process must have only one thread
    and should have compiled all kernels. Raise OSError if the helpers cannot be
    started.

    `bind` replaces the trainer, and `close` ends the helpers.
    """

    def __init__(self, trainer: Trainer, team: Team) -> None:
        config = trainer.config
        players = trainer.players
        cores = team.cores
        self.config = config
        self.team = team
        self.generator, self.discriminator = (
            SharedNetwork(self.team, network)
            for network in (players.generator, players.discriminator)
        )
        self.average = self.generator.zeros()
        dtype = self.generator.dtype
        B = config.batch
        self.ranges = shares(B, cores)
        self.fractions = np.array(
            [(stop - start) / B for start, stop in self.ranges], dtype
        )
        latents = shared((config.generator_updates, B, config.inputs), dtype)
        self.batch = Batch(
            shared((B, 28, 28, 1), dtype), shared((B,), np.int64), latents
        )
        self.settings = shared((), SETTINGS)
        self.measured = shared((cores, len(fields(IterationResult))), np.float64)
        self.adversarial_adam = TeamAdam(
            (self.generator, self.discriminator),
            self.fractions,
            players.adversarial_adam,
        )
        self.discriminator_adam = TeamAdam(
            (self.discriminator,), self.fractions, players.discriminator_adam
        )
        self.bind(trainer)
        self.team.fork(self._follow)

    def bind(self, trainer: Trainer) -> None:
        """Use the team for this trainer from now on.

        Its networks must have the same sizes as the first trainer's. Their arrays move
        into shared memory.
        """
        self.players = players = trainer.players
        self.generator.take(players.generator)
        self.discriminator.take(players.discriminator)
        move_weights(trainer.average.network, self.generator.views(self.average))
        self.adversarial_adam.take(players.adversarial_adam)
        self.discriminator_adam.take(players.discriminator_adam)
        players.adversarial_adam = self.adversarial_adam
        players.discriminator_adam = self.discriminator_adam
        trainer.play = self._play

    def close(self) -> None:
        self.team.close()

    def _play(
        self, trainer: Trainer, batch: Batch, rate: float, between: Callable[[], None]
    ) -> IterationResult:
        """Train for one iteration, as the leader, together with the helpers.

        Raise TeamError if a helper fails.
        """
        for ours, given in zip(self.batch, batch, strict=True):
            ours[...] = given
        freeze = trainer.config.frozen_at(trainer.iteration)
        averaging = trainer.average.rate(trainer.iteration + 1)
        self.settings["learning_rate"] = rate
        self.settings["freeze"] = freeze
        self.settings["averaging"] = averaging
        self.settings["adversarial_steps"] = self.adversarial_adam.t
        self.settings["discriminator_steps"] = self.discriminator_adam.t
        try:
            self.team.wait()
            return self._play_share(between)
        except OSError as error:
            # Callers would take an OSError for a full disk and continue, but an update
            # may be incomplete.
            raise TeamError(str(error)) from error

    def _follow(self) -> None:
        """Train on this helper's share of each batch, until the leader ends it."""
        self.generator.take_gradients(self.players.generator)
        self.discriminator.take_gradients(self.players.discriminator)
        while True:
            self.team.wait()
            self._play_share(lambda: None)

    def _play_share(self, between: Callable[[], None]) -> IterationResult:
        """Train on this process's share of a batch; return the batch's measurements."""
        rate = float(self.settings["learning_rate"])
        averaging = float(self.settings["averaging"])
        self.adversarial_adam.t = int(self.settings["adversarial_steps"])
        self.discriminator_adam.t = int(self.settings["discriminator_steps"])
        game = game_of(self.config, bool(self.settings["freeze"]))
        mine = slice(*self.ranges[self.team.rank])
        real = self.batch.real[mine]
        digits = self.batch.digits[mine]
        latents = self.batch.latents[:, mine]
        self.measured[self.team.rank] = astuple(
            game(self.players, real, digits, [*latents], rate, between)
        )
        weights = slice(*self.generator.own_range())
        elementwise.approach(
            [(self.average[weights], self.generator.weights[weights])], averaging
        )
        self.team.wait()
        return IterationResult(*(self.fractions @ self.measured).tolist())
