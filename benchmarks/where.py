"""Where the time of an iteration goes: `python -m benchmarks.where [--network digits --loss relativistic --threads 1]`.

Every kernel and every product is replaced by one that keeps time and then does the same. Only the main thread is
watched: with several threads it has its share of the samples, and waits for the others at the end.

The work is done in a process that is started from here, as a training worker is, for the sake of its memory settings.
"""

import argparse
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

import nnet.threads
from benchmarks.contest import machine
from benchmarks.contest.agreement import noise_images
from benchmarks.step import LOSSES, SIZES, config_of
from gan.command import Parser, exit_code, whole
from gan.data import Dataset
from gan.runs.trainer import Trainer
from nnet.fast import convolution, layers, optimizers, split
from nnet.fast.kernels import elementwise, im2col, one_channel, parallel, winograd

UNCOUNTED, COUNTED = 5, 20
# What is watched, from the outside in: an inner one's time is not counted in the outer one's.
WATCHED: dict[str, list[tuple[Any, str]]] = {
    "fast convolution: products": [(winograd, "multiply")],
    "fast convolution: tiles": [
        (winograd, name) for name in ("input_tiles", "input_tiles_back", "output_tiles", "output_tiles_back")
    ],
    "fast convolution: filters": [(winograd, "transform_weights"), (winograd, "weight_points_back")],
    "are the filters the same?": [(convolution.Winograd, "transformed")],
    "fast convolution: the rest": [(winograd, name) for name in ("forward", "input_gradient", "weight_gradient")],
    "one channel": [(one_channel, name) for name in ("forward", "input_gradient", "weight_gradient")],
    "im2col": [(im2col, name) for name in ("forward", "input_gradient", "weight_gradient")],
    "dense": [(layers.FastDense, name) for name in ("linear", "transposed", "add_weight_gradient")],
    "bias, masks": [(elementwise, "bias_leaky"), (elementwise, "mask_leaky"), (elementwise, "mix")],
    "sums of the bias gradient": [(layers.Fused, "add_gradients")],
    "Adam, average": [(optimizers.FastAdam, "step"), (optimizers, "approach")],
    "adding up the threads' gradients": [(split, "move")],
    "waiting for other threads": [(parallel, "wait")],
}


class Watch:
    """Adds up the time that the main thread spends in functions, by a name for several of them."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._inner = [0.0]  # time of the watched functions that the running ones have called, innermost last

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, watched."""

        @wraps(function)
        def watched(*arguments: Any, **options: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return function(*arguments, **options)
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                passed = time.perf_counter() - start
                self.seconds[name] += passed - self._inner.pop()
                self._inner[-1] += passed
                self.calls[name] += 1

        return watched

    def all(self) -> None:
        """Watch whatever WATCHED names, from now on."""
        for name, places in WATCHED.items():
            for place, attribute in places:
                assert isinstance(place, ModuleType | type)
                setattr(place, attribute, self.around(name, getattr(place, attribute)))


def build_parser() -> Parser:
    """The command line."""
    cores = nnet.threads.available_cores()
    parser = Parser("python -m benchmarks.where", description="Where the time of an iteration goes.")
    parser.add_argument("--network", choices=SIZES, default="reference")
    parser.add_argument("--loss", choices=LOSSES, default="classic")
    parser.add_argument("--threads", type=whole(1), default=cores, help=f"(default {cores})")
    parser.add_argument("--here", action="store_true", help="in this process, whatever its memory settings")
    return parser


def show(arguments: argparse.Namespace) -> None:
    """Run some iterations and print where their time went."""
    watch = Watch()
    watch.all()
    parallel.set_threads(arguments.threads)
    config = config_of(arguments.network, arguments.loss)
    images = noise_images(8 * config.batch)
    trainer = Trainer(config, Dataset(images, np.full(len(images), config.digit or 0, np.uint8), "noise"))
    for _ in range(UNCOUNTED):
        trainer.iterate()
    watch.seconds.clear()
    watch.calls.clear()
    start = time.perf_counter()
    for _ in range(COUNTED):
        trainer.iterate()
    total = (time.perf_counter() - start) / COUNTED
    print(machine.headline(machine.describe()), end="\n\n")
    for name, seconds in sorted(watch.seconds.items(), key=lambda item: -item[1]):
        print(f"{name:34} {1000 * seconds / COUNTED:6.2f} ms  {watch.calls[name] / COUNTED:5.0f} calls")
    rest = total - sum(watch.seconds.values()) / COUNTED
    print(f"{'losses, batches, Python':34} {1000 * rest:6.2f} ms\n{'an iteration':34} {1000 * total:6.2f} ms")


def start(argv: Sequence[str]) -> None:
    """Read the command line and do what it asks, here or in a process of its own, whose exit code is then ours."""
    arguments = build_parser().parse_args(argv)
    if arguments.here:
        show(arguments)
    elif code := subprocess.call([sys.executable, "-m", "benchmarks.where", *argv, "--here"]):
        raise SystemExit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.where`; returns the exit code."""
    return exit_code("benchmarks.where", lambda: start(sys.argv[1:] if argv is None else argv))


if __name__ == "__main__":
    sys.exit(main())
