"""Train the plain GAN with D frozen and not frozen.

    # one and two turns of G, five seeds: half an hour
    python -m benchmarks.freezing_in_plain_gan

A drawing is recognized if the classifier is at least 90 % sure of a 3 and a real 3 is
near. The classifier alone is not enough, because it takes some noise for a 3. In the
table, "D" stands before the means of D(drawing) and D(real digit) after G's turn, each
the median over the seeds. docs/freeze.md has the table.
"""

import argparse
import sys
from collections.abc import Sequence
from statistics import median

import numpy as np

from benchmarks.parse_options import Table, main_of
from gan.data import head, load, only
from gan.data.images_and_sheets import to_ink, to_unit
from gan.data.nearest import Near
from gan.drawings.classifier import classify, load_classifier
from gan.plain.one_digit import LATENT, train
from gan.plain.training import Measured, Players
from nnet.losses import sigmoid

DIGIT = 3
DRAWINGS = 256
SURE = 0.9
MARKS = (100, 250, 1000)  # iterations
TURNS = (1, 2)  # updates of G for each update of D
SEEDS = 5


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


def train_and_measure(
    seed: int, turns: int, freeze: bool, marks: Sequence[int] = MARKS
) -> list[tuple[float, ...]]:
    found = list[tuple[float, ...]]()

    def each(iteration: int, _: Measured, players: Players) -> None:
        if iteration in marks:
            found.append(measure_players(players))

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
    table = Table({"": 26} | {f"after {mark:,}": 50 for mark in MARKS})
    for count in TURNS:
        for freeze in (True, False):
            cells = []
            runs = [train_and_measure(seed, count, freeze) for seed in range(SEEDS)]
            for measured in zip(*runs, strict=True):  # at one mark
                shares, fake, real = zip(*sorted(measured), strict=True)
                cells.append(
                    f"{', '.join(f'{one:.2f}' for one in shares)}; D "
                    f"{median(fake):.2f}, {median(real):.2f}"
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
