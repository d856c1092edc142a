"""Compare each part of an iteration with the least time that the machine allows: `python -m benchmarks.roofline`.

A part cannot take less time than its multiplications divided by the peak rate of fused multiply-adds, nor less than its
bytes divided by the bandwidth of the cache that holds them. Both limits are measured first, in the same process, on one
thread: the peak with the tile of nnet/fast/kernels/products.py on numbers that stay in the first-level cache, the
bandwidth by copying arrays of the same size. "The rest" is Python, random numbers and the choice of images.

The last line has the bound for a direct convolution, which needs 49/16 times as many multiplications as Winograd's and
no transforms.
"""

import argparse
import math
import statistics
import sys
import time
import timeit
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.parse_options import Table, main_of, print_machine
from benchmarks.timing import WARM_UP_RUNS, time_runs
from gan.data import load
from gan.rules.config import preset
from gan.runs.trainer import Trainer
from nnet.fast import optimizers
from nnet.fast.kernels import elementwise, one_channel, winograd, winograd_transforms
from nnet.fast.kernels.products import ROWS, multiply, width
from nnet.fast.kernels.thread_pool import set_threads
from nnet.fast.layers import FastDense

DIRECT = 49 / 16  # multiplications of a direct convolution for one of Winograd's: 49 x 16 taps against 64 x 4
COLUMNS = 32  # of the tile whose speed is the peak
NETWORKS = {"quick": preset(None, network="quick"), "digits": preset(0), "all digits": preset(None)}
ITERATIONS = 40  # of each network, with and without the record of its parts
PRODUCTS, TRANSFORMS = "convolution: products", "convolution: transforms"
SMALLEST = 1 << 17

Work = tuple[float, float, float]  # multiplications, bytes read and written, bytes that must be in a cache


def best_rate(work: float, run: Callable[[], object]) -> float:
    """Return how much work is done per second, in the best of ten measurements."""
    timer = timeit.Timer(run)
    count = math.ceil(timer.autorange()[0] / 10)  # of 0.2 s or more
    return count * work / min(timer.repeat(10, count))


@cache
def peak() -> float:
    """Return the multiplications per second of a tile that reads the same few numbers again and again."""
    L, columns = 1 << 14, width(COLUMNS, np.float32)
    A = np.broadcast_to(np.float32(1), (1, ROWS, L))
    panel = np.broadcast_to(np.ones(columns, np.float32), (1, 1, L, columns))
    C = np.empty((1, ROWS, columns), np.float32)
    return best_rate(ROWS * L * columns, lambda: multiply(A, panel, C))


@cache
def _bandwidth(half: int) -> float:
    a, b = np.zeros(half, np.uint8), np.empty(half, np.uint8)
    return best_rate(2 * half, lambda: np.copyto(b, a))


def bandwidth(size: float) -> float:
    """Return the bytes per second that copying moves if both arrays together take the next power of two of `size`.

    Small arrays count as SMALLEST bytes, because the call takes longer than copying fewer.
    """
    return _bandwidth(1 << (math.ceil(math.log2(max(size, SMALLEST))) - 1))


def traffic(read: Iterable[Any], written: Iterable[Any]) -> Work:
    """Return the work of a pass over arrays. An array that is read and written is in the cache once."""
    read, written = list(read), list(written)
    distinct = {array.ctypes.data: array.nbytes for array in [*read, *written]}
    return 0, sum(array.nbytes for array in [*read, *written]), sum(distinct.values())


def dense(layer: Any, x: Any, *_: Any) -> Work:
    return len(x) * layer.params["W"].size, 0, 1


def one(image: Any, maps: Any) -> Work:
    """Return the work of a one-channel convolution: 16 multiplications for each number of the maps, and its bytes."""
    return one_channel.TAPS * maps.size, image.nbytes + maps.nbytes, image.nbytes + maps.nbytes


Measure = Callable[..., Work]  # from the arguments of the function and, last, its result
PARTS: dict[str, list[tuple[Any, str, Measure]]] = {
    PRODUCTS: [(winograd, "multiply", lambda A, B, C, *_: (A.size * C.shape[2], 0, 1))],
    "dense layers: products": [(FastDense, name, dense) for name in ("linear", "transposed", "add_weight_gradient")],
    "one channel: products, patches": [
        (one_channel, "forward", lambda x, W, y: one(x, y)),
        (one_channel, "input_gradient", lambda dy, W, dx: one(dx, dy)),
        (one_channel, "weight_gradient", lambda x, dy, dW: one(x, dy)),
    ],
    TRANSFORMS: [
        *((winograd_transforms, name, lambda a, b, t, _: traffic([a], [b]))
          for name in ("input_tiles", "input_tiles_back", "output_tiles", "output_tiles_back")),
        (winograd_transforms, "weight_points_back", lambda G, dU, dw, start, _: traffic([dU, dw], [dw])),
        (winograd, "transform_weights", lambda W, out, found: traffic([W], found)),
    ],
    "biases, masks, penalty": [
        (elementwise, "bias_leaky", lambda z, *_: traffic([z], [z])),
        (elementwise, "mask_leaky", lambda dy, y, *rest: traffic([dy, y], [rest[-1]])),
        (elementwise, "mix", lambda u, c, h, *_: traffic([u, h], [u])),
    ],
    "Adam, average": [
        (elementwise, "adam", lambda all_, *_: traffic(sum(all_, ()), [a for w, _, m, v in all_ for a in (w, m, v)])),
        (optimizers, "approach", lambda pairs, *_: traffic(sum(pairs, ()), [average for average, _ in pairs])),
    ],
}  # fmt: skip


def record(figures: NDArray[np.float64]) -> None:
    """Add every later call of a function of PARTS to its part: its ms, and its bound in ms."""

    def recorded(function: Callable[..., Any], part: int, measure: Measure) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            result = function(*arguments, **options)
            seconds = time.perf_counter() - start
            multiplications, moved, size = measure(*arguments, *options.values(), result)
            bound = max(multiplications / peak(), moved / bandwidth(size))
            figures[part] += 1e3 * seconds, 1e3 * bound
            return result

        return timed

    for part, functions in enumerate(PARTS.values()):
        for owner, name, measure in functions:
            setattr(owner, name, recorded(getattr(owner, name), part, measure))


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    set_threads(1)
    trainers = {name: Trainer(config, load()) for name, config in NETWORKS.items()}
    whole_ms = {  # before the parts are recorded, which takes time, too
        name: statistics.median(time_runs(trainer.iterate, WARM_UP_RUNS + ITERATIONS)[WARM_UP_RUNS:])
        for name, trainer in trainers.items()
    }
    print(f"peak {2 * peak() / 1e9:.0f} GFLOP/s\n")
    figures = np.zeros((len(PARTS), 2))  # of each part in one iteration
    record(figures)
    table = Table({"network": 10, "part": 30, "ms": 6, "bound, ms": 9, "time / bound": 12})
    for network, trainer in trainers.items():
        trainer.iterate()  # measures the bandwidths that this network needs
        iterations = []
        for _ in range(ITERATIONS):
            figures[:] = 0
            trainer.iterate()
            iterations.append(figures.copy())
        for row in rows_of(np.median(iterations, axis=0), whole_ms[network]):
            table.row([network, *row])


def rows_of(figures: NDArray[np.float64], whole_ms: float) -> Iterator[list[str]]:
    """Yield the row of each part, given its ms and bound, and the rows of the whole iteration."""

    def row(name: str, ms: float, bound: float) -> list[str]:
        return [name, f"{ms:.2f}", f"{bound:.2f}", f"{ms / bound:.2f}" if bound else ""]

    for name, part in zip(PARTS, figures.tolist(), strict=True):
        yield row(name, *part)
    ms, bound = figures.sum(axis=0).tolist()
    yield row("the rest", whole_ms - ms, 0.0)
    yield row("all", whole_ms, bound)
    bounds = dict(zip(PARTS, figures[:, 1], strict=True))
    yield row("all, with a direct convolution", whole_ms, bound + (DIRECT - 1) * bounds[PRODUCTS] - bounds[TRANSFORMS])


main = main_of(measure, {})

if __name__ == "__main__":
    sys.exit(main())
