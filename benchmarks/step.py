"""How long one iteration takes: `python -m benchmarks.step`.

    python -m benchmarks.step --json                              # the reference network, classic loss
    python -m benchmarks.step --network digits --loss relativistic --threads 1

An iteration is one update of D and one of G on random images, after a few that are not counted. The median is the
figure to quote, beside the quartiles.
"""

import nnet.threads

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np

from gan.config import CONVOLUTIONS, LOSSES, NETWORKS, Config, preset
from gan.data import Dataset
from gan.trainer import Trainer
from nnet.kernels.parallel import set_threads

UNCOUNTED = 5  # first iterations: kernels are loaded, memory is fetched, the processor's clock settles


def random_digits(count: int, rng: np.random.Generator) -> Dataset:
    """Images of noise: the time of an iteration does not depend on what they show."""
    images = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)  # (count, 28, 28)
    return Dataset(images, np.zeros(count, np.uint8), "noise")


def time_iterations(config: Config, count: int) -> list[float]:
    """Milliseconds of each of `count` iterations."""
    trainer = Trainer(config, random_digits(8 * config.batch, np.random.default_rng(0)))
    times = []
    for index in range(UNCOUNTED + count):
        start = time.perf_counter()
        trainer.iterate()
        if index >= UNCOUNTED:
            times.append(1000 * (time.perf_counter() - start))
    return times


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser("python -m benchmarks.step", description="How long one iteration takes.")
    parser.add_argument("--network", choices=NETWORKS, default="reference")
    parser.add_argument("--loss", choices=LOSSES, default="classic")
    parser.add_argument("--convolution", choices=CONVOLUTIONS, default=CONVOLUTIONS[0])
    parser.add_argument("--threads", type=int, default=nnet.threads.available_cores())
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    arguments = parser.parse_args(argv)
    digit = 0 if arguments.network == "digits" else None
    config = preset(digit, arguments.loss, arguments.network, convolution=arguments.convolution)
    set_threads(arguments.threads)
    times = time_iterations(config, arguments.iterations)
    lower, median, upper = statistics.quantiles(times, n=4)
    figures = {
        "network": config.network,
        "loss": config.loss,
        "convolution": config.convolution,
        "batch": config.batch,
        "threads": arguments.threads,
        "ms": round(median, 2),
        "ms_quartiles": [round(lower, 2), round(upper, 2)],
    }
    if arguments.json:
        print(json.dumps(figures))
    else:
        print(*(f"{name:>12}  {value}" for name, value in figures.items()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
