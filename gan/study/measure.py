"""One training of a study: train up to every mark, look there, go on."""

import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gan.classifier.reading import Reader, open_reader
from gan.config import Config
from gan.data import Dataset, load, only
from gan.errors import InputError
from gan.evaluate.evaluators import Judges
from gan.evaluate.figures import Baseline, Real, usual_n
from gan.pictures import Pictures
from gan.runs.evaluation import distance_apart, told
from gan.runs.sheets import SheetEvaluator
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


def execute(training: Training, full: Path | None) -> list[Point]:
    """Train, and measure at every mark. A training whose numbers overflow ends with a point that says so.

    `full`: the folder of the full MNIST, which "full" data and figures need; without it figures are of the sample.
    """
    config, points, seconds = training.config, list[Point](), 0.0
    folder = full if training.data == "full" else None
    trainer = Trainer(config, learned_from(folder))
    for mark in training.marks:
        start = time.process_time()
        while trainer.iteration < mark - 1:
            trainer.iterate()
        last = verdict(trainer, folder) if "verdict" in training.measures else trainer.iterate()
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
        if "verdict" in training.measures:
            point["verdict"] = last
        if "sheet" in training.measures:
            point["sheet"] = sheet(trainer, folder)
        if "figures" in training.measures:
            point["figures"] = figures(trainer, full, training.n)
        points.append(point)
    return points


def sheet(trainer: Trainer, folder: Path | None) -> dict[str, float]:
    """Of the run's own 64 drawings: shares, as the pages count them, and their variety.

    read : read as the digit asked for
    read_and_near : that, and near a real one (gan/data/nearest.py)
    prefers_drawn : the judge, shown one beside a real digit, prefers the drawing
    variety : how far two drawings of one digit lie apart on average, as a multiple of how far real ones do (Euclidean
        distance of pixels). Without it the best way to be read soon would be to draw each digit always alike.

    `folder` holds the real ones; None is the sample.
    """
    images = trainer.picture()
    remarks = onlooker_of(trainer.config, folder).remark(trainer, images)
    said, reading = told(remarks, trainer.config), remarks.reading
    assert reading is not None
    asked = np.array(said["asked"] or said["digits"])
    apart = [distance_apart(images[asked == digit]) / real_apart(int(digit), folder) for digit in set(asked)]
    return {
        "read": float(np.mean(reading.read(said["asked"]))),
        "read_and_near": float(np.mean(said["read"] or 0)),
        "prefers_drawn": 1 - (said["prefers_real"] or 0) / len(images),
        "variety": float(np.mean(apart)),
    }


def verdict(trainer: Trainer, folder: Path | None) -> dict[str, float | None]:
    """One iteration, and how G's update moves the judge: how far, and in which share of pairs it prefers the drawing.

    Asked of the same drawings, those of the averaged G before the iteration: after D's own update (`before`), and after
    G's (`after`).
    """
    images, evaluator = trainer.picture(), onlooker_of(trainer.config, folder)
    said = list[float]()

    def ask() -> None:
        said.append(1 - evaluator.prefers_real(trainer, images) / len(images))

    done = trainer.iterate(measure_d_change=True, look=ask)
    ask()
    return {"d_change": done.d_change, "before": said[0], "after": said[1]}


@cache
def onlooker_of(config: Config, folder: Path | None) -> SheetEvaluator:
    """Who looks at the sheets of all trainings with such a config."""
    return SheetEvaluator(config, learned_from(folder), _reader())


@cache
def real_apart(digit: int, folder: Path | None) -> float:
    """The same of real images of a digit, the first hundred."""
    return distance_apart(only(learned_from(folder), digit).images[:100])


@cache
def _reader() -> Reader:
    reader = open_reader()
    if reader is None:
        raise InputError("expected the shipped classifier, found none; python -m gan.classifier makes one")
    return reader


def figures(trainer: Trainer, full: Path | None, n: int | None) -> dict[str, Any]:
    """The figures of `gan.evaluate` for the averaged generator, by both judges."""
    config = trainer.config
    baseline = baseline_of(config.digit, n or usual_n(config.digit), full)
    generator = accelerate(trainer.average.network, config.convolution)

    def draw(count: int, rng: np.random.Generator) -> Pictures:
        return draw_random(generator, config, count, rng)

    _, draw_rng = np.random.default_rng(0).spawn(2)
    found = baseline.against(draw, draw_rng)
    kept = {name: found[name] for name in ("n", "groups", *JUDGED) if name in found}
    return kept | {"second": {name: found["second"][name] for name in JUDGED if name in found["second"]}}
