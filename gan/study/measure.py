"""One training of a study: train up to every mark, look there, go on."""

import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gan.classifier.network import classify, load_classifier
from gan.data import Dataset, load
from gan.evaluate.figures import SURE, Baseline, Real
from gan.latents import in_turn
from gan.pictures import Pictures
from gan.runs.trainer import PICTURE_LATENTS, Trainer
from gan.sample import draw_random
from gan.study.plan import Training, changes
from gan.study.points import Point
from nnet.fast.accelerate import accelerate

DIGIT_N, ALL_N = 1000, 10_000  # pictures a comparison


@cache  # a process carries out many trainings with the same
def learned_from(full: Path | None) -> Dataset:
    """The full MNIST of a folder, or the shipped sample."""
    return load(full)


@cache
def baseline_of(digit: int | None, n: int, full: Path | None) -> Baseline:
    """Real digits beside real ones, in the same groups every time."""
    return Baseline(Real.load(full), digit, load_classifier(convolution="winograd"), n, np.random.default_rng(0))


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
    """The share of the run's own 64 drawings that is read: named as asked for, with a confidence of `SURE`.

    A GAN of all digits without labels is asked for none; there it is enough that some digit is named so.
    """
    digits, confidence = classify(_reader(), trainer.picture())
    asked = in_turn(trainer.config, PICTURE_LATENTS) if trainer.config.digit is None else trainer.config.digit
    right = True if asked is None else digits == asked
    return {"read": float((right & (confidence >= SURE)).mean())}


@cache
def _reader() -> Any:
    return load_classifier()


def figures(trainer: Trainer, full: Path | None, n: int | None) -> dict[str, Any]:
    """The figures of `gan.evaluate` for the averaged generator, but for those that no table shows."""
    config = trainer.config
    baseline = baseline_of(config.digit, n or (ALL_N if config.digit is None else DIGIT_N), full)
    generator = accelerate(trainer.average.network, config.convolution)

    def draw(count: int, rng: np.random.Generator) -> Pictures:
        return draw_random(generator, config, count, rng)

    found = baseline.against(draw, np.random.default_rng(1))
    return {name: found[name] for name in found if name not in ("balance", "nearest_training")}
