"""Perform the training runs of a study in several processes, and measure them at every mark."""

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gan.cli.interrupts import Interrupts, ctrl_c_blocked, ignore_terminal_signals
from gan.data import load, only
from gan.drawings.classifier import CLASSIFIER
from gan.drawings.load_and_draw import draw_random
from gan.drawings.recognition import Recognizer, open_recognizer
from gan.errors import InputError
from gan.evaluate.baseline import Baseline, Real, usual_n
from gan.evaluate.compare_with_real import FIGURES, Evaluators
from gan.rules.config import Config
from gan.runs.sheet_evaluation import distance_apart
from gan.runs.sheet_evaluator import SheetEvaluator
from gan.runs.trainer import Trainer
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels.thread_pool import set_threads
from tools.study.plan_and_results import OF_RUN, Point, Training, add_points, changes

training_data = cache(load)  # cached because a process performs many training runs on the same data


@cache
def baseline_of(digit: int | None, n: int, full: Path | None) -> Baseline:
    """Return a baseline with the same groups of real images as `python -m gan.evaluate` uses."""
    groups_rng, _ = np.random.default_rng(0).spawn(2)
    return Baseline(_load_real(full), digit, _load_evaluators(), n, groups_rng, copies=False)


_load_real = cache(Real.load)
_load_evaluators = cache(Evaluators.load)


@cache
def _recognizer() -> Recognizer:
    recognizer = open_recognizer()
    if recognizer is None:
        raise InputError(f"expected an intact {CLASSIFIER}, which reads the drawings; check out the project again")
    return recognizer


def run_training(training: Training, full: Path | None) -> list[Point]:
    """Train a GAN and return a point for every mark. If a weight overflows, the last point says so.

    `full` is the folder with the full MNIST, used as training data if the plan says "full", and for the figures. If it
    is None, the figures use the bundled sample.
    """
    config, points = training.config, list[Point]()
    digit = "any" if config.digit is None else config.digit
    run: Point = dict(zip(OF_RUN, (training.variant, digit, config.seed, training.data, changes(config)), strict=True))
    folder = full if training.data == "full" else None
    Trainer(config, training_data(folder)).iterate()  # loads the kernels, so that no time includes it
    trainer, seconds = Trainer(config, training_data(folder)), 0.0
    for mark in training.marks:
        start = time.process_time()
        while trainer.iteration < mark - 1:
            trainer.iterate()
        last = verdict(trainer, folder) if "verdict" in training.measures else trainer.iterate()
        seconds += time.process_time() - start
        point = run | {"iteration": mark, "seconds": round(seconds, 3)}
        if not trainer.is_finite():
            return [*points, point | {"failed": "a weight has overflowed"}]
        if "verdict" in training.measures:
            point["verdict"] = last
        if "sheet" in training.measures:
            point["sheet"] = sheet(trainer, folder)
        if "figures" in training.measures:
            point["figures"] = figures(trainer, full)
        points.append(point)
    return points


def sheet(trainer: Trainer, folder: Path | None) -> dict[str, float]:
    """Measure the 64 drawings on the run's sheet. `folder` contains the real digits; None means the bundled sample.

    read
        The fraction of drawings that the classifier reads as the requested digit.
    read_and_near
        The fraction of drawings that are read as the requested digit and near a real digit (gan/data/nearest.py).
    variety
        The mean Euclidean distance, in pixel space, between two drawings of the same digit, divided by that between two
        real digits. It is low if a generator always draws a digit the same way, which `read` does not reveal.
    """
    drawings = trainer.draw()
    evaluation = evaluator_of(trainer.config, folder).evaluate(trainer, drawings)
    fields, reading = evaluation.fields(trainer.config), evaluation.recognition
    assert reading is not None
    digits = np.array(fields["asked"] or fields["digits"])
    ratios = [distance_apart(drawings.images[digits == d]) / real_apart(int(d), folder) for d in set(digits)]
    return {
        "read": float(np.mean(reading.read(fields["asked"]))),
        "read_and_near": float(np.mean(fields["read"] or 0)),
        "variety": float(np.mean(ratios)),
    }


def verdict(trainer: Trainer, folder: Path | None) -> dict[str, float | None]:
    """Run one iteration and measure how G's update changes D.

    `d_change` is the norm of the change in D's weights. `before` and `after` are the fractions of (drawing, real digit)
    pairs in which D scores the drawing higher: after D's update, and after G's. The drawings are those of the averaged
    G before the iteration.
    """
    drawings, evaluator = trainer.draw(), evaluator_of(trainer.config, folder)
    shares = list[float]()

    def measure() -> None:
        shares.append(1 - evaluator.prefers_real(trainer, drawings) / len(drawings.output))

    result = trainer.iterate(measure_d_change=True, look=measure)
    measure()
    return {"d_change": result.d_change, "before": shares[0], "after": shares[1]}


@cache
def evaluator_of(config: Config, folder: Path | None) -> SheetEvaluator:
    """Return the sheet evaluator that all training runs with this config share."""
    return SheetEvaluator(config, training_data(folder), _recognizer())


@cache
def real_apart(digit: int, folder: Path | None) -> float:
    """Return the mean distance between two real images of a digit, computed from the first hundred images."""
    return distance_apart(only(training_data(folder), digit).images[:100])


def figures(trainer: Trainer, full: Path | None) -> dict[str, Any]:
    """Return figures that `gan.evaluate` computes for the averaged generator, from both evaluators."""
    config = trainer.config
    generator = accelerate(trainer.drawing_network(), config.convolution)
    _, draw_rng = np.random.default_rng(0).spawn(2)
    baseline = baseline_of(config.digit, usual_n(config.digit), full)
    result = baseline.against(lambda n, rng: draw_random(generator, config, n, rng), draw_rng)
    first, second = ({name: of[name] for name in FIGURES} for of in (result, result["second"]))
    return first | {"second": second}


def run_in_pool(training: Training, full: Path | None) -> list[Point]:
    """Perform a training run on one thread, in a process of the pool."""
    set_threads(1)
    return run_training(training, full)


class LocalPool(ProcessPoolExecutor):
    """A pool of processes on this machine.

    Without `wait`, `shutdown` kills the processes, which would otherwise finish their calls. It always waits for the
    pool's thread, because in Python 3.11 that may fail if the program exits at the same time.
    """

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for process in [] if wait else multiprocessing.active_children():
            process.kill()
        super().shutdown(wait=True, cancel_futures=cancel_futures)


def processes(workers: int) -> LocalPool:
    context = multiprocessing.get_context("spawn")  # a fork would copy the locks but not the threads that hold them
    with ctrl_c_blocked():  # because this may start the resource tracker
        return LocalPool(workers, context, initializer=ignore_terminal_signals)


def run_all(trainings: Sequence[Training], full: Path | None, executor: Executor, out: Path) -> int:
    """Perform training runs and write their points to a file. Return the number of failed runs."""
    failed, start, interrupts = 0, time.perf_counter(), Interrupts()
    with executor as pool:
        try:
            # `submit` starts the processes, which inherit the blocked signals. SIGTERM is deferred, because it could
            # arrive when a process has started but is not yet known, so that nothing would end it.
            with interrupts.deferred(), ctrl_c_blocked():
                pending = [pool.submit(run_in_pool, training, full) for training in trainings]
            interrupts.raise_if_received()
            for count, future in enumerate(as_completed(pending), 1):
                points = future.result()
                add_points(out, points)
                failed += "failed" in points[-1]
                seconds = time.perf_counter() - start
                print(f"{count}/{len(trainings)}, {seconds:.0f} s: {summary_line(points[-1])}", flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failed


def summary_line(point: Point) -> str:
    result = f"failed, {point['failed']}" if "failed" in point else ""
    if "sheet" in point:
        result += f" read {point['sheet']['read']:.0%}"
    if "figures" in point:
        result += f" Frechet/real {point['figures']['frechet']['ratio']:.2f}"
    training = f"{point['variant']}, digit {point['digit']}, seed {point['seed']}, iteration {point['iteration']}"
    return f"{training}: {result.strip()}"
