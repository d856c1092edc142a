"""Threads against processes, and what more cores would bring: `python -m benchmarks.threads`.

First one process with 1, 2, ... threads. Then 1, 2, ... processes of one thread each at the same time: what they lose
is what cores take from each other (memory, caches, the clock). Through the times of one process goes a model,

    t(threads) = serial + parallel / threads + overhead * threads

with no part below zero. With two cores there are two times for three parts: the overhead is then taken for zero, and
the prediction for more threads is a lower bound, not a measurement.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

import nnet.threads
from benchmarks.contest.race import Contestant, Timing, race
from benchmarks.contest.report import Figures, Table, add_save, run
from benchmarks.sides.peers import start_ours
from benchmarks.step import LOSSES, SIZES, config_of
from gan.command import Parser, whole
from gan.config import Config

RUNS = 4  # counted ones of a contestant's turn
PREDICTED = 7  # threads a run that ten runs have on 72 cores
TOGETHER = 10  # iterations that processes compute at the same time
PARTS = ("serial", "parallel", "overhead")


def fit(times: dict[int, float]) -> dict[str, float]:
    """The model's parts, in ms, that fit the times of 1, 2, ... threads best, none of them below zero.

    With fewer than three times the overhead is left at zero; with fewer than two all is called parallel.
    """
    threads = np.array(list(times), float)
    y = np.array(list(times.values()))
    columns = {"parallel": 1 / threads, "serial": np.ones_like(threads), "overhead": threads}
    names = list(columns)[: len(times)]
    while True:  # a part that comes out negative is left out
        solution = np.linalg.lstsq(np.stack([columns[name] for name in names], 1), y, rcond=None)[0]
        if (solution >= 0).all():
            found = dict(zip(names, solution.tolist(), strict=True))
            return {name: found.get(name, 0.0) for name in PARTS}
        names.pop(int(solution.argmin()))


def predict(parts: dict[str, float], threads: int) -> float:
    """The model's time in ms."""
    return parts["serial"] + parts["parallel"] / threads + parts["overhead"] * threads


def time_threads(config: Config, most: int, rounds: int) -> dict[int, Timing]:
    """One process for every number of threads, alternating."""
    with ExitStack() as stack:
        contestants = []
        for threads in range(1, most + 1):
            contestants.append(stack.enter_context(start_ours(config, threads)))
            contestants[-1].name = str(threads)
        return {int(name): timing for name, timing in race(contestants, rounds, RUNS).items()}


def time_together(contestants: Sequence[Contestant]) -> float:
    """Median ms of an iteration while all of them compute; the first and the last of each are not counted."""
    for contestant in contestants:
        contestant.tell(f"time {TOGETHER} iteration")
    times = [ms for contestant in contestants for ms in contestant.hear()[1:-1]]
    return statistics.median(times)


def time_workers(config: Config, most: int, rounds: int) -> dict[int, float]:
    """Median ms of an iteration by the number of processes that run at the same time, one thread each."""
    with ExitStack() as stack:
        contestants = [stack.enter_context(start_ours(config, 1)) for _ in range(most)]
        time_together(contestants)
        found = [[time_together(contestants[:workers]) for workers in range(1, most + 1)] for _ in range(rounds)]
    return {workers: statistics.median(times) for workers, times in enumerate(zip(*found, strict=True), 1)}


def measure(arguments: argparse.Namespace) -> list[Figures]:
    """Both tables, the model, and what it says of more threads."""
    config, most, rounds = config_of(arguments.network, arguments.loss), arguments.most, arguments.rounds
    timings = time_threads(config, most, rounds)
    times = {threads: timing.median for threads, timing in timings.items()}
    parts = fit(times)
    table = Table({"one process, threads": 20, "ms (quartiles)": 24, "speedup": 8, "model, ms": 9})
    for threads, timing in timings.items():
        lower, median, upper = timing.quartiles
        speedup = f"{times[1] / median:.2f}x"
        table.row([threads, f"{median:.1f} ({lower:.1f} - {upper:.1f})", speedup, f"{predict(parts, threads):.1f}"])
    print()
    together = time_workers(config, most, rounds)
    table = Table({"processes of one thread": 23, "ms each": 8, "iterations/s in sum": 20})
    for workers, ms in together.items():
        table.row([workers, f"{ms:.1f}", f"{1000 * workers / ms:.1f}"])
    explain(parts, times, together)
    return [{"threads": times, "together": together, "model": parts}]


def explain(parts: dict[str, float], times: dict[int, float], together: dict[int, float]) -> None:
    """What the figures say, and what they cannot."""
    terms = f"{parts['serial']:.1f} + {parts['parallel']:.1f} / threads + {parts['overhead']:.2f} * threads"
    print(f"\nModel: t = {terms} ms.")
    expected = predict(parts, PREDICTED)
    print(f"It predicts {expected:.1f} ms with {PREDICTED} threads, {times[1] / expected:.1f}x one thread.")
    if len(times) < len(PARTS):
        print(
            f"From {len(times)} number(s) of threads the overhead cannot be seen and is taken for zero: that is the "
            "least time to expect. Run this where there are more cores."
        )
    most = max(together)
    print(f"{most} process(es) at once: an iteration takes {together[most] / together[1]:.2f} times as long as alone.")


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.threads", description="Threads against processes.")
    cores = nnet.threads.available_cores()
    parser.add_argument("--network", choices=SIZES, default="digits")
    parser.add_argument("--loss", choices=LOSSES, default="relativistic")
    parser.add_argument("--most", type=whole(1), default=cores, help=f"threads, and processes (default {cores})")
    parser.add_argument("--rounds", type=whole(1), default=5)
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.threads`; returns the exit code, 1 if it cannot go on."""
    return run("threads", build_parser(), argv, measure)


if __name__ == "__main__":
    sys.exit(main())
