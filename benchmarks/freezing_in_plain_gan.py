"""Train the plain GAN with D frozen and not frozen.

    # one and two turns of G, five seeds: half an hour
    python -m benchmarks.freezing_in_plain_gan

A drawing is recognized if the classifier is at least 90 % sure of a 3 and a real 3 is
near. The classifier alone is not enough, because it takes some noise for a 3. In the
table, "D" stands before the means of D(drawing) and D(real digit) after G's turn, and
"moved" before the mean changes of G's and of D's weights in a turn of G, in learning
rates, over all of the training so far. Each is the median over the seeds.
docs/freeze.md has the table.
"""

import argparse
import copy
import sys
from collections.abc import Sequence
from statistics import median

import numpy as np

from benchmarks.parse_options import Table, main_of
from gan.data import head, load, only
from gan.data.images_and_sheets import to_ink, to_unit
from gan.data.nearest import Near
from gan.drawings.classifier import classify, load_classifier
from gan.plain.one_digit import BATCH, LATENT, LEARNING_RATE, train
from gan.plain.training import (
    Measured,
    Players,
    update_discriminator,
    update_generator,
)
from nnet.layer import Array, Layer
from nnet.losses import sigmoid

DIGIT = 3
DRAWINGS = 256
SURE = 0.9
MARKS = (100, 250, 1000)  # iterations
TURNS = (1, 2)  # updates of G for each update of D
SEEDS = 5
SPACING = 10  # iterations between measurements of movements


def measure_players(players: Players) -> tuple[float, ...]:
    """Return the share of recognized drawings, mean D(drawing) and mean D(real)."""
    G = players.generator
    D = players.discriminator
    data = load()
    rng = np.random.default_rng(1)
    fake, _ = G.forward(rng.standard_normal((DRAWINGS, LATENT), np.float32))
    ink = to_ink(fake)  # (DRAWINGS, 28, 28)
    digits, confidence = classify(load_classifier(), ink)
    near = Near(data)(ink, np.full(DRAWINGS, DIGIT))
    real = to_unit(head(only(data, DIGIT), DRAWINGS).images)
    recognized = (digits == DIGIT) & (confidence >= SURE) & near
    return (
        float(recognized.mean()),
        *(float(sigmoid(D.forward(images)[0]).mean()) for images in (fake, real)),
    )


def all_weights(network: Layer) -> Array:
    """Return a copy of all parameters in one row."""
    return np.concatenate([p.ravel() for p in network.parameters().values()])


def measure_movements(players: Players, freeze: bool) -> list[float]:
    """Return how far the next turn of G moves G's and D's weights, in learning rates.

    D's turn comes before it. The players are left as they are.
    """
    players = copy.deepcopy(players)
    networks = players.generator, players.discriminator
    real = to_unit(head(only(load(), DIGIT), BATCH).images)
    latents = np.random.default_rng(2).standard_normal((BATCH, LATENT), np.float32)
    fake, saved_fake = players.generator.forward(latents)
    update_discriminator(players, real, fake, LEARNING_RATE)
    before = [all_weights(network) for network in networks]
    update_generator(players, fake, saved_fake, LEARNING_RATE, freeze=freeze)
    return [
        float(abs(all_weights(network) - old).mean() / LEARNING_RATE)
        for network, old in zip(networks, before, strict=True)
    ]


def train_and_measure(
    seed: int, turns: int, freeze: bool, marks: Sequence[int] = MARKS
) -> list[tuple[float, ...]]:
    found = list[tuple[float, ...]]()
    movements = list[list[float]]()

    def each(iteration: int, _: Measured, players: Players) -> None:
        if iteration % SPACING == 0:
            movements.append(measure_movements(players, freeze))
        if iteration in marks:
            moved = np.mean(movements, axis=0).tolist()
            found.append((*measure_players(players), *moved))

    train(
        DIGIT,
        max(marks),
        np.random.default_rng(seed),
        each=each,
        turns=turns,
        freeze=freeze,
    )
    return found


def measure(asked: argparse.Namespace) -> None:
    """Print a row for every number of turns, with and without freezing."""
    table = Table({"": 26} | {f"after {mark:,}": 70 for mark in MARKS})
    for count in TURNS:
        for freeze in (True, False):
            cells = []
            runs = [train_and_measure(seed, count, freeze) for seed in range(SEEDS)]
            for measured in zip(*runs, strict=True):  # at one mark
                shares, *others = zip(*sorted(measured), strict=True)
                fake, real, moved_g, moved_d = map(median, others)
                cells.append(
                    f"{', '.join(f'{one:.2f}' for one in shares)}; D {fake:.2f}, "
                    f"{real:.2f}; moved {moved_g:.2f}, {moved_d:.2f}"
                )
            table.row(
                [
                    f"turns of G: {count}, {'frozen' if freeze else 'not frozen'}",
                    *cells,
                ]
            )


main = main_of(measure, {})

if __name__ == "__main__":
    sys.exit(main())
