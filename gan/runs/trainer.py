"""Train a run in memory: its networks, optimizers, data order and random numbers.

`iterate` trains one iteration. `state()` returns everything that the next iteration
depends on, so a restored run continues bit for bit as if it had never been interrupted.
gan/runs/run.py and gan/runs/run_writer.py handle the files, and gan/runs/session.py
carries out commands in a worker process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError, parse_json
from gan.data import Dataset
from gan.data.images_and_sheets import Pictures, to_ink
from gan.drawings.match_mnist_grey_levels import (
    FITTED,
    PART,
    count_greys,
    fit,
    fit_finish,
)
from gan.plain.training import Players
from gan.rules.adversarial_game import Classic, Game, IterationResult
from gan.rules.config_for_data import batches_of, identity
from gan.rules.gradient_penalty import check_penalty
from gan.rules.latents import draw_latents, picture_latents
from gan.rules.relativistic import Relativistic, judge, outputs_of
from gan.rules.run_config import Config
from nnet.clipped_tanh_and_finish import Finish
from nnet.fast.accelerate import accelerate
from nnet.fast.optimizers import FastAdam, RunningAverage
from nnet.fast.parallel_forward import forward_on_threads
from nnet.layer import Array, Layer
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from nnet.weights import WeightsError, copy_into

PICTURE_LATENTS = 64  # drawings on a sheet, 8 x 8, always from the same latents
# The parts of the state that are not arrays.
COUNTS = ("iteration", "position", "generator_adam_t", "discriminator_adam_t")
RANDOM = ("latents_rng", "order_rng")
MAX_COUNT = 1 << 53  # a double holds all smaller counts exactly
LOWEST_RATE = 0.02  # the schedule ends at this fraction of the initial learning rate


def scheduled_rate(config: Config, iteration: int) -> float:
    """Return the learning rate of an iteration, 0, 1, and so on.

    It is constant at first and then falls linearly. With T = config.iterations, it is
    learning_rate * max(0.02, min(1, (1 - iteration / T) / (1 - falls_after) + 0.02)).
    Without T it is constant.
    """
    if config.iterations is None or config.falls_after == 1:
        return config.learning_rate
    left = (1 - iteration / config.iterations) / (1 - config.falls_after)
    return config.learning_rate * max(LOWEST_RATE, min(1.0, left + LOWEST_RATE))


@dataclass
class Iteration:
    """The measurements from one iteration."""

    measured: IterationResult
    learning_rate: float
    # Norm of the change of D's weights during G's update, 0 if frozen; None if
    # unmeasured.
    d_change: float | None


class Batch(NamedTuple):
    """The inputs of one iteration of a game (gan/rules/adversarial_game.py)."""

    real: Array  # (B, 28, 28, 1)
    digits: NDArray[np.integer]  # (B,)
    latents: Array  # (updates of G, B, inputs)


@dataclass
class Drawings:
    """The drawings on a sheet.

    Attributes
    ----------
    output : (64, 28, 28, 1) float32 in [-1, 1]
        G's own output, which D judges.
    finish : Finish or None
        Corrects the grey levels of the output
        (gan/drawings/match_mnist_grey_levels.py); None if the output is shown as it is.
    """

    output: Array
    finish: Finish | None

    @cached_property
    def images(self) -> Pictures:
        """The drawings as they are shown, (64, 28, 28) uint8, ink 255."""
        return self.show(self.output)

    def show(self, output: Array) -> Pictures:
        """Return output of G, (N, 28, 28, 1), as images, (N, 28, 28) uint8, ink 255."""
        if self.finish is not None:
            output, _ = self.finish.forward(output)
        return to_ink(output)


def game_of(config: Config, freeze: bool) -> Game:
    if config.loss == "classic":
        return Classic(freeze)
    return Relativistic(config.gamma, config.labels, freeze)


def play_alone(
    trainer: Trainer, batch: Batch, rate: float, between: Callable[[], None]
) -> IterationResult:
    """Train both networks for one iteration in this process, and update the average."""
    game = game_of(trainer.config, trainer.config.frozen_at(trainer.iteration))
    measured = game(
        trainer.players, batch.real, batch.digits, [*batch.latents], rate, between
    )
    trainer.average.update(trainer.iteration + 1)
    return measured


def forget(adam: Adam) -> None:
    """Set the moments to zero, as in a new optimizer."""
    adam.t = 0
    for moment in (*adam.m.values(), *adam.v.values()):
        moment[...] = 0


def adam_of(config: Config, *networks: Layer) -> FastAdam:
    return FastAdam(*networks, beta1=config.beta1, beta2=config.beta2)


def make_players(G: Sequential, D: Sequential, config: Config) -> Players:
    """Return both networks, accelerated, with their optimizers.

    Raise InputError if the discriminator does not support the gradient penalty that the
    config requests.
    """
    if config.gamma > 0:
        check_penalty(D)
    fast_G = accelerate(G, config.convolution)
    fast_D = accelerate(D, config.convolution)
    adversarial_adam = adam_of(config, fast_G, fast_D)
    return Players(fast_G, fast_D, adversarial_adam, adam_of(config, fast_D))


def parse_numbers(texts: Mapping[str, str], source: str) -> dict[str, Any]:
    """Return the counts and random states among the texts of `Trainer.state`.

    Raise WeightsError, which names `source`, if they are missing or invalid.
    """
    try:
        numbers = parse_json(texts["trainer"])
        if numbers.keys() != {*COUNTS, *RANDOM}:
            raise ValueError
        for name in COUNTS:
            if type(numbers[name]) is not int or not 0 <= numbers[name] < MAX_COUNT:
                raise ValueError
        for name in RANDOM:
            # An invalid random state raises here, before the trainer changes.
            np.random.default_rng(0).bit_generator.state = numbers[name]
    except (KeyError, AttributeError, TypeError, ValueError, OverflowError) as error:
        raise WeightsError(
            f"{source}: expected a checkpoint of a run, found a file without its state"
        ) from error
    return dict(numbers)


def other_data(source: str, difference: str) -> InputError:
    return InputError(
        f"{source}: belongs to a run on other data ({difference}); "
        "pass the --data that it started with, unchanged, or none for MNIST",
        "data",
    )


class Trainer:
    """Everything that a run keeps in memory.

    Parameters
    ----------
    config : Config
    data : Dataset
        The images of all digits; the trainer selects the digits that the config
        requests.

    Attributes
    ----------
    config : Config
        Only `freeze_switches` may change, when a person freezes or unfreezes D during
        training (`Config.switched`).
    iteration : int
        The number of iterations trained so far.
    average : RunningAverage
        `average.network` is the averaged generator, which makes the drawings.

    Raises
    ------
    InputError
        If the data has other labels or too few images, or if the discriminator does not
        support the gradient penalty.
    """

    def __init__(self, config: Config, data: Dataset) -> None:
        self.config = config
        self.data = data
        # Independent random streams.
        streams = np.random.SeedSequence(config.seed).spawn(3)
        weights_rng, order_rng, self.latents_rng = map(np.random.default_rng, streams)
        G = config.build_generator(weights_rng)
        D = config.build_discriminator(weights_rng)
        self.players = make_players(G, D, config)
        self.average = RunningAverage(G, config.average_memory)
        self.batches = batches_of(config, data, order_rng)
        # (64, inputs), drawn from a random stream of their own
        self.picture_latents = picture_latents(config, PICTURE_LATENTS)
        self.iteration = 0
        self.play = play_alone  # or in several processes (gan/runs/training_team.py)

    def iterate(
        self, measure_d_change: bool = False, look: Callable[[], None] = lambda: None
    ) -> Iteration:
        """Train one iteration: update D once, G one or more times, then the average.

        With `measure_d_change`, compare D's weights before and after G's updates.
        `look` is called between the updates of D and of G.
        """
        if self.iteration in self.config.freeze_switches:
            forget(self.players.adversarial_adam)
        real, digits = self.batches.next()
        latents = [
            draw_latents(self.config, self.config.batch, self.latents_rng, digits)
            for _ in range(self.config.generator_updates)
        ]
        rate = scheduled_rate(self.config, self.iteration)
        D = self.players.discriminator.parameters() if measure_d_change else {}
        before: dict[str, NDArray[Any]] = {}

        def between() -> None:
            before.update({name: w.copy() for name, w in D.items()})
            look()

        measured = self.play(
            self, Batch(real, digits, np.stack(latents)), rate, between
        )
        self.iteration += 1
        squares = sum(float(((D[name] - w) ** 2).sum()) for name, w in before.items())
        return Iteration(measured, rate, squares**0.5 if measure_d_change else None)

    def draw(self) -> Drawings:
        """Return the averaged generator's 64 drawings from the run's fixed latents."""
        # Use im2col, because occasional sheets of 64 drawings do not justify 17 MB of
        # transformed filters.
        G = accelerate(self.average.network, "im2col")
        output = forward_on_threads(G, self.picture_latents)
        finish = fit(output, self.real_greys) if self.config.finish else None
        return Drawings(output, finish)

    @cached_property
    def real_greys(self) -> NDArray[np.int64]:
        """How many pixels of the training images have each grey level, (256,)."""
        return count_greys(self.batches.data.images)

    def drawing_network(self) -> Layer:
        """Return the averaged generator, with a finish if the config requests one."""
        G = self.average.network
        if not self.config.finish:
            return G
        # Fit an untrained generator to fewer drawings: they are only noise, and the
        # first iteration has to wait for this.
        count = FITTED if self.iteration else PART
        return fit_finish(G, self.config, self.real_greys, count)

    def verdict(
        self, images: Array, digits: NDArray[np.integer] | None
    ) -> NDArray[np.floating]:
        """Return D's logits, (N,), for images, (N, 28, 28, 1) in [-1, 1].

        `digits`, (N,), are the requested ones; None if D has no labels. Only
        differences between logits are meaningful.
        """
        requested = np.zeros(len(images), np.intp) if digits is None else digits
        which = outputs_of(requested, self.config.labels)  # (N, outputs)
        logits, _ = judge(self.players.discriminator, images, which)  # (N, 1)
        return logits[:, 0]

    def is_finite(self) -> bool:
        """Return whether all weights and moments are finite.

        Finite losses do not prove this, because they were computed before the last
        update.
        """
        arrays = self._arrays(self.iteration).values()
        return all(np.isfinite(array).all() for array in arrays)

    def _arrays(self, iteration: int) -> dict[str, NDArray[Any]]:
        """Return the arrays of the state after an iteration, without the data order.

        They are not copied. "generator_adam" has the moments of the adversarial
        optimizer. They include D's only if D was not frozen in that iteration.
        """
        players = self.players
        was_frozen = self.config.frozen_at(iteration - 1)
        with players.discriminator.frozen() if was_frozen else nullcontext():
            adversarial_moments = players.adversarial_adam.moments()
        parts = {
            "generator": players.generator.parameters(),
            "discriminator": players.discriminator.parameters(),
            "average": self.average.network.parameters(),
            "generator_adam": adversarial_moments,
            "discriminator_adam": players.discriminator_adam.moments(),
        }
        return {
            f"{part}.{name}": array
            for part, arrays in parts.items()
            for name, array in arrays.items()
        }

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
        """Return everything that later iterations depend on, as arrays and strings."""
        numbers = {
            "iteration": self.iteration,
            "position": self.batches.position,
            "generator_adam_t": self.players.adversarial_adam.t,
            "discriminator_adam_t": self.players.discriminator_adam.t,
            "latents_rng": self.latents_rng.bit_generator.state,
            "order_rng": self.batches.rng.bit_generator.state,
        }
        texts = {
            "trainer": json.dumps(numbers),
            "data_sha256": identity(self.config, self.data),
        }
        return self._arrays(self.iteration) | {"order": self.batches.order}, texts

    def restore(
        self, arrays: dict[str, NDArray[Any]], texts: dict[str, str], source: str
    ) -> None:
        """Restore a state that `state` has returned.

        Raise WeightsError if it belongs to other networks, and InputError if it belongs
        to other data. The errors name `source`, the file.
        """
        numbers = parse_numbers(texts, source)
        order = self.batches.order.copy()
        if "order" in arrays and arrays["order"].shape != order.shape:
            sizes = f"{len(arrays['order'])} images, here {len(order)}"
            raise other_data(source, sizes)
        expected = texts.get("data_sha256", "")
        received = identity(self.config, self.data)
        if expected != received:
            hashes = f"expected SHA-256 {expected[:12]}.., received {received[:12]}.."
            raise other_data(source, f"{hashes} of {self.data.name}")
        copy_into(self._arrays(numbers["iteration"]) | {"order": order}, arrays, source)
        self.iteration = numbers["iteration"]
        self.batches.order = order
        self.batches.position = numbers["position"]
        self.players.adversarial_adam.t = numbers["generator_adam_t"]
        self.players.discriminator_adam.t = numbers["discriminator_adam_t"]
        self.latents_rng.bit_generator.state = numbers["latents_rng"]
        self.batches.rng.bit_generator.state = numbers["order_rng"]
