"""Train the plain GAN with D frozen and not frozen: `python -m benchmarks.plain_freezing`.

    python -m benchmarks.plain_freezing                  # one and two turns of G, five seeds: half an hour

A drawing is recognized if the classifier is at least 90 % sure of a 3 and a real 3 is near. The classifier alone is no
measure, because it takes some noise for a 3. docs/freeze.md has the table.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.parse_options import Table, main_of
from gan.data import load
from gan.data.images_and_sheets import to_ink
from gan.data.nearest import Near
from gan.drawings.classifier import classify, load_classifier
from gan.plain.one_digit import LATENT, train
from gan.plain.training import Measured, Players
from nnet.layer import Layer

DIGIT, DRAWINGS, SURE = 3, 256, 0.9
MARKS = (100, 250, 1000)  # iterations
TURNS, SEEDS = (1, 2), 5  # turns of G for each of D


def recognized(generator: Layer) -> float:
    fake, _ = generator.forward(np.random.default_rng(1).standard_normal((DRAWINGS, LATENT), np.float32))
    ink = to_ink(fake)  # (DRAWINGS, 28, 28)
    digits, confidence = classify(load_classifier(), ink)
    near = Near(load())(ink, np.full(DRAWINGS, DIGIT))
    return float(((digits == DIGIT) & (confidence >= SURE) & near).mean())


def shares(seed: int, turns: int, freeze: bool, marks: Sequence[int] = MARKS) -> list[float]:
    found = list[float]()

    def each(iteration: int, _: Measured, players: Players) -> None:
        if iteration in marks:
            found.append(recognized(players.generator))

    train(DIGIT, max(marks), np.random.default_rng(seed), each=each, turns=turns, freeze=freeze)
    return found


def measure(asked: argparse.Namespace) -> None:
    """Print a row for every number of turns, with and without the line that freezes D: all seeds at each mark."""
    table = Table({"": 24} | {f"after {mark:,}": 30 for mark in MARKS})
    for count in TURNS:
        for freeze in (True, False):
            every = [shares(seed, count, freeze) for seed in range(SEEDS)]
            cells = [", ".join(f"{share:.2f}" for share in sorted(at)) for at in zip(*every, strict=True)]
            table.row([f"{count} turn(s) of G, {'frozen' if freeze else 'not frozen'}", *cells])


main = main_of(measure, {})

if __name__ == "__main__":
    sys.exit(main())
