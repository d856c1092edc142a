"""Train the runs of a study in several processes, and measure them.

A run is measured at its marks, the iterations that the plan lists.
"""

import json
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gan.base.errors import InputError
from gan.cli.interrupts import ctrl_c_blocked, ignore_terminal_signals
from gan.data import load, only
from gan.drawings.classifier import CLASSIFIER
from gan.drawings.load_and_draw import draw_random
from gan.drawings.recognition import open_recognizer
from gan.evaluate.compare_with_real import FIGURES, load_evaluators
from gan.evaluate.real_against_real import Baseline, Real, usual_n
from gan.rules.run_config import Config
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.evaluation_record import distance_apart
from gan.runs.trainer import Trainer
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels.thread_pool import set_threads
from tools.study.plan_and_results import Run, Training, read_runs, write_runs


@cache
def baseline_of(digit: int | None) -> Baseline:
    """Return a baseline with the same groups of real images as in `gan.evaluate`."""
    groups_rng, _ = np.random.default_rng(0).spawn(2)
    return Baseline(Real.load(), digit, load_evaluators(), usual_n(digit), groups_rng)


def begin(config: Config) -> tuple[Trainer, SheetEvaluator]:
    """Return a trainer that uses one thread, and the evaluator of its sheets."""
    set_threads(1)
    return Trainer(config, load()), SheetEvaluator(config, load(), open_recognizer())


def run_training(training: Training) -> Run:
    """Train a GAN on one thread, and measure it at every mark.

    If a weight overflows, training stops, and the last point has the field `failed`.
    """
    measures = training.measures
    points = list[dict[str, Any]]()
    seconds = 0.0
    begin(training.config)[0].iterate()  # loads the kernels, which is not timed
    trainer, evaluator = begin(training.config)
    for mark in training.marks:
        start = time.process_time()
        while trainer.iteration < mark - 1:
            trainer.iterate()
        point: dict[str, Any] = {"iteration": mark}
        if "verdict" in measures:
            found = {"verdict": verdict(trainer, evaluator)}
        else:
            found = {}
            trainer.iterate()
        seconds += time.process_time() - start
        points.append(point)
        if not trainer.is_finite():
            point["failed"] = "a weight has overflowed"
            break
        point |= {"seconds": round(seconds, 3)} | found
        if "sheet" in measures:
            point["sheet"] = sheet(trainer, evaluator)
        if "figures" in measures:
            point["figures"] = figures(trainer)
    return training.fields() | {"points": points}


def sheet(trainer: Trainer, evaluator: SheetEvaluator) -> dict[str, float]:
    """Measure the 64 drawings on the run's sheet.

    read
        The fraction of drawings that the classifier reads as the requested digit.
    read_and_near
        The fraction of drawings that are read as the requested digit and near a real
        digit (gan/data/nearest.py).
    variety
        The mean Euclidean distance, in pixel space, between two drawings of the same
        digit, divided by that between two real digits. It is low if a generator always
        draws a digit the same way, which `read` does not reveal.
    """
    drawings = trainer.draw()
    evaluation = evaluator.evaluate(trainer, drawings)
    fields = evaluation.fields(trainer.config)
    reading = evaluation.recognition
    if reading is None:
        raise InputError(
            f"expected an intact {CLASSIFIER}, which reads the drawings; check out the "
            "project again"
        )
    digits = np.array(fields["asked"] or fields["digits"])
    ratios = [
        distance_apart(drawings.images[digits == digit]) / real_apart(int(digit))
        for digit in set(digits)
    ]
    return {
        "read": float(np.mean(reading.read(fields["asked"]))),
        "read_and_near": float(np.mean(fields["read"] or 0)),
        "variety": float(np.mean(ratios)),
    }


def verdict(trainer: Trainer, evaluator: SheetEvaluator) -> dict[str, float | None]:
    """Run one iteration and measure how G's update changes D.

    `d_change` is the norm of the change in D's weights. `before` and `after` are the
    fractions of (drawing, real digit) pairs in which D scores the drawing higher: after
    D's update, and after G's. The drawings are those of the averaged G before the
    iteration.
    """
    drawings = trainer.draw()
    shares = list[float]()

    def measure() -> None:
        real_preferred = evaluator.prefers_real(trainer, drawings)
        shares.append(1 - real_preferred / len(drawings.output))

    result = trainer.iterate(measure_d_change=True, look=measure)
    measure()
    return {"d_change": result.d_change, "before": shares[0], "after": shares[1]}


@cache
def real_apart(digit: int) -> float:
    """Return the mean distance between two of a digit's first hundred images."""
    return distance_apart(only(load(), digit).take(slice(100)).images)


def figures(trainer: Trainer) -> dict[str, Any]:
    """Return the figures of `gan.evaluate` for the averaged generator.

    Those of the second evaluator are in "second".
    """
    config = trainer.config
    generator = accelerate(trainer.drawing_network(), config.convolution)
    _, draw_rng = np.random.default_rng(0).spawn(2)
    result = baseline_of(config.digit).against(
        lambda n, rng: draw_random(generator, config, n, rng), draw_rng
    )
    first = {name: result[name] for name in FIGURES}
    second = {name: result["second"][name] for name in FIGURES}
    return first | {"second": second}


class LocalPool(ProcessPoolExecutor):
    """A pool of processes, which are killed after an error in a `with` block.

    They would otherwise finish their calls. The block always waits for the pool's
    thread: in Python 3.11 the thread may fail while the program exits.
    """

    def __exit__(self, error: type[BaseException] | None, *others: Any) -> None:
        if error:
            for process in multiprocessing.active_children():
                process.kill()
        self.shutdown(cancel_futures=error is not None)


def processes(workers: int) -> LocalPool:
    # A fork would copy the locks but not the threads that hold them.
    context = multiprocessing.get_context("spawn")
    with ctrl_c_blocked():  # a pool may start a child process, the resource tracker
        return LocalPool(workers, context, initializer=ignore_terminal_signals)


def run_all(trainings: Sequence[Training], executor: LocalPool, out: Path) -> None:
    """Train the runs in the pool, and add each result to the file `out` at once."""
    start = time.perf_counter()
    runs = read_runs(out)
    with executor as pool:
        with ctrl_c_blocked():
            # `submit` starts the processes, which inherit the blocked signals
            pending = [pool.submit(run_training, training) for training in trainings]
        for count, future in enumerate(as_completed(pending), 1):
            run = future.result()
            runs.append(run)
            write_runs(out, runs)
            name = f"{run['variant']}, digit {run['digit']}, seed {run['seed']}"
            seconds = time.perf_counter() - start
            last = json.dumps(run["points"][-1])
            progress = f"{count}/{len(trainings)}, {seconds:.0f} s"
            print(f"{progress}: {name}: {last}", flush=True)
