"""How well is a handwriting found? `python -m benchmarks.found --data data/mnist`.

Test digits of MNIST, which no generator has seen, are each found again (gan/write/glyphs/invert.py) from their own picture. How
near what is drawn then comes to it is told by the cosine of the two pictures, beside that of the nearest of 1,000
random latent vectors of that digit; whether it can be read, by the second judge (gan/evaluate/evaluators.py), which nothing
was chosen by; how long it takes, on one core.

From one digit come the nine others. Do they lean, and are they as heavy, as its writer's? The odd-indexed training
images of MNIST come in writer order (benchmarks/one_writer.py), without telling who wrote which. So a writer is a place
among them: its digit, and of the nine others the nearest images within NEAR. Lean and the logarithm of ink, each less
the digit's median, are averaged over the nine digits that were drawn, and over all writers correlated with

    shown  those of the one digit that was shown
    own    those of the writer's nine others, which were not

Beside `own` stands how far the shown digit itself correlates with the writer's others: one digit tells no more.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.report import Figures, Table, add_save, run
from gan.classifier.network import classify, load_classifier
from gan.command import SEED, Parser, whole
from gan.config import DIGITS, Config
from gan.data import Dataset, load
from gan.data.dataset import load_test
from gan.latents import with_labels
from gan.sample import draw
from gan.saved_networks import load_pretrained
from gan.shipped import SECOND_CLASSIFIER
from gan.write.glyphs.invert import find
from gan.write.vectorize.components import Picture, amount_of_ink, lean, likeness
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels.parallel import set_threads
from nnet.layer import Layer

RANDOM = 1000  # latent vectors, of which the nearest stands beside what was found
NEAR = 100  # images to either side: MNIST has about a hundred of a writer in this half
MEASURES = ("lean", "ink")

Numbers = NDArray[np.float64]


def found_again(data: Dataset, generator: Layer, config: Config, rng: np.random.Generator) -> Figures:
    """Find each digit again from its own picture; what came of it."""
    latents = rng.standard_normal((RANDOM, config.latent), np.float32)
    quick = accelerate(generator)
    random = [draw(quick, with_labels(latents, np.full(RANDOM, digit))) for digit in range(DIGITS)]
    cosines, nearest, seconds, drawn = [], [], [], []
    for picture, label in zip(data.images, data.labels.tolist(), strict=True):
        begun = time.perf_counter()
        z = find({label: picture}, generator, config).own[label]
        seconds.append(time.perf_counter() - begun)
        drawn.append(draw(quick, with_labels(z[None], np.array([label])))[0])
        cosines.append(likeness(drawn[-1], picture))
        nearest.append(float(cosines_to(random[label], picture).max()))
    judge = load_classifier(SECOND_CLASSIFIER)
    read, real = (float((classify(judge, those)[0] == data.labels).mean()) for those in (np.stack(drawn), data.images))
    return {
        "n": len(cosines),
        "cosine": float(np.median(cosines)),
        "cosine_tenth": float(np.quantile(cosines, 0.1)),
        "random": float(np.median(nearest)),
        "read": read,
        "real_read": real,
        "seconds": float(np.median(seconds)),
        "longest": max(seconds),
    }


def cosines_to(pictures: Picture, picture: Picture) -> Numbers:
    """`likeness` of many pictures to one: (n,)."""
    a, b = pictures.reshape(len(pictures), -1).astype(np.float64), picture.ravel().astype(np.float64)
    return np.asarray(a @ b / np.maximum(np.sqrt((a**2).sum(axis=1) * (b @ b)), 1e-9))


class Usual:
    """What is measured on a digit, less what is usual for it."""

    def __init__(self, data: Dataset) -> None:
        self._medians = [
            np.median([measured(picture) for picture in data.images[data.labels == digit]], axis=0)
            for digit in range(DIGITS)
        ]

    def less(self, picture: Picture, digit: int) -> Numbers:
        """(2,) lean, in pixels a pixel, and the logarithm of ink."""
        return np.asarray(measured(picture) - self._medians[digit])


def measured(picture: Picture) -> Numbers:
    """Lean, and the logarithm of ink."""
    return np.array([lean(picture), np.log(max(amount_of_ink(picture), 1.0))])


def others_of(labels: NDArray[np.integer], place: int) -> dict[int, int]:
    """Of each other digit, where its image nearest to a place lies; nothing where one has none within NEAR."""
    around = np.arange(max(0, place - NEAR), min(len(labels), place + NEAR + 1))
    around = around[np.argsort(np.abs(around - place), kind="stable")]
    found = {digit: around[labels[around] == digit] for digit in range(DIGITS) if digit != labels[place]}
    return {digit: int(places[0]) for digit, places in found.items()} if all(map(len, found.values())) else {}


def nine_others(data: Dataset, places: Sequence[int], generator: Layer, config: Config) -> Figures:
    """From one digit of each writer draw the nine others; how they correlate with it and with the writer's own."""
    usual, quick = Usual(data), accelerate(generator)
    shown, own, drawn = [], [], []
    for place in places:
        others = others_of(data.labels, place)
        digit, digits = int(data.labels[place]), np.array(list(others))
        shown.append(usual.less(data.images[place], digit))
        own.append(np.mean([usual.less(data.images[at], d) for d, at in others.items()], axis=0))
        z = find({digit: data.images[place]}, generator, config).together
        pictures = draw(quick, with_labels(np.tile(z, (len(digits), 1)), digits))
        drawn.append(
            np.mean([usual.less(picture, int(d)) for picture, d in zip(pictures, digits, strict=True)], axis=0)
        )
    return {
        "n": len(places),
        **{f"{name}_shown": correlation(drawn, shown, i) for i, name in enumerate(MEASURES)},
        **{f"{name}_own": correlation(drawn, own, i) for i, name in enumerate(MEASURES)},
        **{f"{name}_most": correlation(shown, own, i) for i, name in enumerate(MEASURES)},
    }


def correlation(a: Sequence[Numbers], b: Sequence[Numbers], measure: int) -> float:
    """Of one measure, over all writers."""
    return float(np.corrcoef(np.array(a)[:, measure], np.array(b)[:, measure])[0, 1])


def measure(arguments: argparse.Namespace) -> list[Figures]:
    """Measure both on one core, and print the tables."""
    set_threads(1)
    generator, config = load_pretrained(None)
    rng = np.random.default_rng(arguments.seed)
    test, train = load_test(arguments.data), load(arguments.data)
    some = rng.choice(len(test.images), min(arguments.digits, len(test.images)), replace=False)
    found = found_again(Dataset(test.images[some], test.labels[some], test.name), generator, config, rng)
    table = Table({"test digits": 11, "cosine": 8, "tenth": 6, "nearest random": 14, "read": 8, "real": 8, "s each": 6})
    cosines = [f"{found[name]:.3f}" for name in ("cosine", "cosine_tenth", "random")]
    table.row(
        [found["n"], *cosines, *(f"{found[name]:.1%}" for name in ("read", "real_read")), f"{found['seconds']:.2f}"]
    )
    print(f"The longest took {found['longest']:.2f} s.\n")
    ordered = Dataset(train.images[1::2], train.labels[1::2], train.name)
    places = [place for place in rng.permutation(len(ordered.labels)).tolist() if others_of(ordered.labels, place)]
    others = nine_others(ordered, places[: arguments.writers], generator, config)
    table = Table({"nine others": 20, "with the shown": 14, "with the writer's": 17, "the shown with those": 20})
    for name in MEASURES:
        table.row(
            [f"{name}, {others['n']} writers", *(f"{others[f'{name}_{of}']:.2f}" for of in ("shown", "own", "most"))]
        )
    return [{"what": "found again", **found}, {"what": "nine others", **others}]


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.found", description="How well is a handwriting found from a drawing?")
    add = parser.add_argument
    add("--digits", type=whole(1, 10_000), default=500, metavar="N", help="test digits to find again (default 500)")
    add("--writers", type=whole(3, 10_000), default=100, metavar="N", help="(default 100)")
    add("--seed", type=whole(*SEED), default=0, help="which of them (default 0)")
    add("--data", type=Path, default=Path("data", "mnist"), metavar="DIR", help="(default: data/mnist)")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.found`; returns the exit code, 2 without MNIST."""
    return run("found", build_parser(), argv, measure)


if __name__ == "__main__":
    sys.exit(main())
