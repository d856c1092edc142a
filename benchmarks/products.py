"""The products of the fast convolution, ours beside NumPy's: `python -m benchmarks.products`.

64 products at a time, of 64 -> 128 channels: V U forward and dM U^T for the input gradient with 8 images, as a chunk
has them, V^T dM for the weight gradient with 64. On one thread, in turns, GFLOP/s.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.contest import machine
from benchmarks.contest.report import Table
from nnet.fast.kernels.parallel import set_threads
from nnet.fast.kernels.products import ROWS, multiply, pack
from nnet.fast.kernels.vectors import REGISTER

POINTS, L, K = 64, 256, 128  # L = 4C
ROUNDS = 40
# What is multiplied: rows of A, the length of the sum, columns of B; whether A is stored transposed and B is plain.
PRODUCTS = {
    "forward, 8 images": (8, L, K, False),
    "input gradient, 8 images": (8, K, L, False),
    "weight gradient, 64 images": (L, 64, K, True),
}


def milliseconds(work: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def compare(rows: int, length: int, columns: int, once: bool) -> tuple[float, float]:
    """GFLOP/s of ours and of NumPy's; `once`: B is used once, and is not copied into panels for us."""
    rng = np.random.default_rng(0)
    A, B = (rng.standard_normal((POINTS, *shape), np.float32) for shape in ((rows, length), (length, columns)))
    if once:
        A = np.ascontiguousarray(A.swapaxes(1, 2)).swapaxes(1, 2)  # as V^T lies in memory
    panels, C = pack(B) if once else np.ascontiguousarray(pack(B)), np.empty((POINTS, rows, columns), np.float32)
    sides = partial(multiply, A, panels, C), partial(np.matmul, A, B, out=C)
    times = [[milliseconds(side) for side in sides] for _ in range(ROUNDS)]
    flop = 2 * POINTS * rows * length * columns
    ours, theirs = (flop / 1e6 / statistics.median(side) for side in zip(*times, strict=True))
    return ours, theirs


def main() -> int:
    """Print the table."""
    set_threads(1)
    print(f"{machine.headline(machine.describe())}\nregisters of {REGISTER} bytes, tiles of {ROWS} rows\n")
    table = Table({"products": 26, "ours, GFLOP/s": 13, "NumPy, GFLOP/s": 14})
    for name, product in PRODUCTS.items():
        ours, theirs = compare(*product)
        table.row([name, f"{ours:.0f}", f"{theirs:.0f}"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
