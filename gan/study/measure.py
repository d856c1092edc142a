"""One training of a study: train up to every mark, look there, go on."""

import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gan.classifier.reading import Reader, open_reader
from gan.data import Dataset, load
from gan.errors import InputError
from gan.evaluate.figures import ALL_N, DIGIT_N, Baseline, Real
from gan.evaluate.judges import Judges
from gan.pictures import Pictures
from gan.runs.sheet import told_reading
from gan.runs.trainer import Trainer
from gan.sample import draw_random
from gan.study.plan import Training, changes
from gan.study.points import Point
from nnet.fast.accelerate import accelerate

# What is kept of each judge; those of one digit are not there for all.
JUDGED = ("frechet", "precision", "recall", "confident", "read_as_digit", "confident_and_read_as_digit")


@cache  # a process carries out many trainings with the same
def learned_from(full: Path | None) -> Dataset:
    """The full MNIST of a folder, or the shipped sample."""
    return load(full)


@cache
def baseline_of(digit: int | None, n: int, full: Path | None) -> Baseline:
    """Real digits beside real ones, in the same groups every time: those of `python -m gan.evaluate`."""
    groups_rng, _ = np.random.default_rng(0).spawn(2)
    return Baseline(_real(full), digit, _judges(), n, groups_rng, copies=False)


@cache
def _real(full: Path | None) -> Real:
    return Real.load(full)


@cache
def _judges() -> Judges:
    return Judges.load()


def carry_out(training: Training, full: Path | None) -> list[Point]:
    """Train, and measure at every mark. A training whose numbers overflow ends with a point that says so.

    `full`: the folder of the full MNIST, which "full" data and figures need; without it figures are of the sample.
    """
    config, points, seconds = training.config, list[Point](), 0.0
    trainer = Trainer(config, learned_from(full if training.data == "full" else None))
    for mark in training.marks:
        start = time.process_time()
        while trainer.iteration < mark:
            trainer.iterate()
        seconds += time.process_time() - start
        point: Point = {
            "variant": training.variant,
            "digit": "any" if config.digit is None else config.digit,
            "seed": config.seed,
            "data": training.data,
            "iteration": mark,
            "config": changes(config),
            "cpu_seconds": round(seconds, 3),
        }
        if not trainer.is_finite():
            return [*points, point | {"failed": "a weight has overflowed"}]
        if "sheet" in training.measures:
            point["sheet"] = sheet(trainer)
        if "figures" in training.measures:
            point["figures"] = figures(trainer, full, training.n)
        points.append(point)
    return points


def sheet(trainer: Trainer) -> dict[str, float]:
    """The share of the run's own 64 drawings that is read, as the pages count it."""
    read = told_reading(_reader()(trainer.picture()), trainer.config)["read"]
    assert read is not None
    return {"read": float(np.mean(read))}


@cache
def _reader() -> Reader:
    reader = open_reader()
    if reader is None:
        raise InputError("expected the shipped classifier, found none; python -m gan.classifier makes one")
    return reader


def figures(trainer: Trainer, full: Path | None, n: int | None) -> dict[str, Any]:
    """The figures of `gan.evaluate` for the averaged generator, by both judges."""
    config = trainer.config
    baseline = baseline_of(config.digit, n or (ALL_N if config.digit is None else DIGIT_N), full)
    generator = accelerate(trainer.average.network, config.convolution)

    def draw(count: int, rng: np.random.Generator) -> Pictures:
        return draw_random(generator, config, count, rng)

    _, draw_rng = np.random.default_rng(0).spawn(2)
    found = baseline.against(draw, draw_rng)
    kept = {name: found[name] for name in ("n", "groups", *JUDGED) if name in found}
    return kept | {"second": {name: found["second"][name] for name in JUDGED if name in found["second"]}}
