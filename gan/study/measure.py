"""The trainings of a study: train, measure at every mark, many at once in processes here or on a cluster."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gan.classifier.reading import Reader, open_reader
from gan.config import Config
from gan.data import Dataset, load, only
from gan.errors import InputError
from gan.evaluate.evaluators import Evaluators
from gan.evaluate.figures import Baseline, Real, usual_n
from gan.interrupts import ctrl_c_blocked, end_at_ctrl_c
from gan.pictures import Pictures
from gan.runs.evaluation import distance_apart, told
from gan.runs.sheets import SheetEvaluator
from gan.runs.trainer import Trainer
from gan.sample import draw_random
from gan.study.plan import Training, changes
from gan.study.points import Point, add_points
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels.parallel import set_threads

# The stored figures of each evaluator; the last two exist for one digit only.
FIGURES = ("frechet", "precision", "recall", "confident", "read_as_digit", "confident_and_read_as_digit")


@cache  # a process runs many trainings with the same data
def training_data(full: Path | None) -> Dataset:
    """Load the full MNIST of a folder, or the shipped sample."""
    return load(full)


@cache
def baseline_of(digit: int | None, n: int, full: Path | None) -> Baseline:
    """Return the baseline with the same groups every time: those of `python -m gan.evaluate`."""
    groups_rng, _ = np.random.default_rng(0).spawn(2)
    return Baseline(_load_real(full), digit, _load_evaluators(), n, groups_rng, copies=False)


_load_real = cache(Real.load)
_load_evaluators = cache(Evaluators.load)


def run_training(training: Training, full: Path | None) -> list[Point]:
    """Train, and measure at every mark. If a weight overflows, the last point says so.

    `full`: the folder of the full MNIST, for "full" data and for figures; without it figures use the sample.
    """
    config, points, seconds = training.config, list[Point](), 0.0
    folder = full if training.data == "full" else None
    trainer = Trainer(config, training_data(folder))
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
    """Measure the run's own 64 drawings: shares, counted as on the pages, and variety.

    read : read as the requested digit
    read_and_near : that, and near a real digit (gan/data/nearest.py)
    prefers_drawn : the judge prefers the drawing to a real digit
    variety : the mean distance of two drawings of a digit, relative to that of real ones (Euclidean, pixels). Without
        it, a generator that draws each digit always the same way would be read soonest.

    `folder` holds the real digits; None is the sample.
    """
    images = trainer.picture()
    remarks = onlooker_of(trainer.config, folder).remark(trainer, images)
    fields, reading = told(remarks, trainer.config), remarks.reading
    assert reading is not None
    digits = np.array(fields["asked"] or fields["digits"])
    ratios = [distance_apart(images[digits == digit]) / real_apart(int(digit), folder) for digit in set(digits)]
    return {
        "read": float(np.mean(reading.read(fields["asked"]))),
        "read_and_near": float(np.mean(fields["read"] or 0)),
        "prefers_drawn": 1 - (fields["prefers_real"] or 0) / len(images),
        "variety": float(np.mean(ratios)),
    }


def verdict(trainer: Trainer, folder: Path | None) -> dict[str, float | None]:
    """Run one iteration and measure how G's update moves the judge, and in which share of pairs it prefers the drawing.

    The drawings are those of the averaged G before the iteration. `before` is measured after D's own update, `after`
    after G's.
    """
    images, evaluator = trainer.picture(), onlooker_of(trainer.config, folder)
    shares = list[float]()

    def measure() -> None:
        shares.append(1 - evaluator.prefers_real(trainer, images) / len(images))

    result = trainer.iterate(measure_d_change=True, look=measure)
    measure()
    return {"d_change": result.d_change, "before": shares[0], "after": shares[1]}


@cache
def onlooker_of(config: Config, folder: Path | None) -> SheetEvaluator:
    """Return the sheet evaluator for all trainings with this config."""
    return SheetEvaluator(config, training_data(folder), _reader())


@cache
def real_apart(digit: int, folder: Path | None) -> float:
    """Return the mean distance of two real images of a digit, among the first hundred."""
    return distance_apart(only(training_data(folder), digit).images[:100])


@cache
def _reader() -> Reader:
    reader = open_reader()
    if reader is None:
        raise InputError("expected the shipped classifier, found none; python -m gan.classifier makes one")
    return reader


def figures(trainer: Trainer, full: Path | None, n: int | None) -> dict[str, Any]:
    """Return the figures of `gan.evaluate` for the averaged generator, by both evaluators."""
    config = trainer.config
    baseline = baseline_of(config.digit, n or usual_n(config.digit), full)
    generator = accelerate(trainer.average.network, config.convolution)

    def draw(count: int, rng: np.random.Generator) -> Pictures:
        return draw_random(generator, config, count, rng)

    _, draw_rng = np.random.default_rng(0).spawn(2)
    result = baseline.against(draw, draw_rng)
    first = {name: result[name] for name in ("n", "groups", *FIGURES) if name in result}
    return first | {"second": {name: result["second"][name] for name in FIGURES if name in result["second"]}}


def run_in_pool(training: Training, full: Path | None) -> list[Point]:
    """Run a training on one thread, in a process of the pool."""
    set_threads(1)
    return run_training(training, full)


@contextmanager
def processes(workers: int, cluster: str | None) -> Iterator[Executor]:
    """Yield a pool of processes: of this machine, of a cluster, or of a cluster started here (address "local").

    InputError if there is no such cluster.
    """
    if cluster is None:
        context = multiprocessing.get_context("spawn")  # a fork would copy locks but not threads
        yield ProcessPoolExecutor(workers, context, initializer=end_at_ctrl_c)
        return
    from gan.cluster.join import ClusterPool, join_cluster  # here: nothing else needs Dask

    with join_cluster(cluster, 1, workers) as joined:
        yield ClusterPool(joined)


def run_all(trainings: Sequence[Training], full: Path | None, executor: Executor, out: Path) -> int:
    """Run trainings and write their points; return how many trainings failed."""
    failed, start = 0, time.perf_counter()
    with executor as pool:
        with ctrl_c_blocked():  # `submit` starts the processes, which inherit the blocked signal
            pending = [pool.submit(run_in_pool, training, full) for training in trainings]
        try:
            for count, future in enumerate(as_completed(pending), 1):
                points = future.result()
                add_points(out, points)
                failed += "failed" in points[-1]
                seconds = time.perf_counter() - start
                print(f"{count}/{len(trainings)}, {seconds:.0f} s: {summary_line(points[-1])}", flush=True)
        except CancelledError as error:
            raise InputError("--cluster: the scheduler has gone; the same command goes on when it is back") from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failed


def summary_line(point: Point) -> str:
    """Return a point as a line of progress."""
    result = f"failed, {point['failed']}" if "failed" in point else ""
    if "sheet" in point:
        result += f" read {point['sheet']['read']:.0%}"
    if "figures" in point:
        result += f" Frechet/real {point['figures']['frechet']['ratio']:.2f}"
    training = f"{point['variant']}, digit {point['digit']}, seed {point['seed']}, iteration {point['iteration']}"
    return f"{training}: {result.strip()}"
