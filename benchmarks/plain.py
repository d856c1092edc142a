"""Does the plain GAN keep its word? `python -m benchmarks.plain [--digits 3 5] [--seeds 0 1 2]`.

Each digit is trained as `python -m gan.plain` does it, with every seed. Told are the share of 64 drawings that the
classifier reads as that digit, the share that it also is sure of (gan/classifier/reading.py), and the seconds of the
processor that the training took; the classifier is loaded later.
"""

import sys
import time
from collections.abc import Sequence

import numpy as np

from gan import plain
from gan.classifier.network import classify, load_classifier
from gan.classifier.reading import SURE
from gan.command import SEED, Parser, exit_code, whole
from gan.pictures import to_ink

DRAWINGS = 64


def measure(digit: int, seed: int) -> tuple[float, float, float]:
    """Train a digit: the share read as it, the share read and sure, the processor's seconds."""
    rng = np.random.default_rng(seed)
    start = time.process_time()
    G = plain.train(digit, plain.ITERATIONS, rng, say=lambda line: None)
    seconds = time.process_time() - start
    fake, _ = G.forward(rng.standard_normal((DRAWINGS, plain.LATENT), np.float32))  # (64, 28, 28, 1)
    digits, confidence = classify(load_classifier(), to_ink(fake))
    right = digits == digit
    return float(right.mean()), float((right & (confidence >= SURE)).mean()), seconds


def measure_all(digits: Sequence[int], seeds: Sequence[int]) -> None:
    """Print a row a training, then the least and the mean."""
    rows = []
    print("digit  seed  read  and sure  seconds", flush=True)
    for digit in digits:
        for seed in seeds:
            rows.append(measure(digit, seed))
            print(f"{digit:5}  {seed:4}  {rows[-1][0]:4.0%}  {rows[-1][1]:8.0%}  {rows[-1][2]:7.1f}", flush=True)
    read, sure, seconds = np.array(rows).T
    print(f"{len(rows)} trainings: read {read.min():.0%} to {read.max():.0%}, mean {read.mean():.0%}; "
          f"and sure {sure.min():.0%} to {sure.max():.0%}, mean {sure.mean():.0%}; "
          f"{seconds.min():.0f} to {seconds.max():.0f} seconds")  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.plain`."""
    parser = Parser("python -m benchmarks.plain", description="What the plain GAN draws, digit by digit.")
    parser.add_argument("--digits", type=whole(0, 9), nargs="+", default=list(range(10)), help="(default: all ten)")
    parser.add_argument("--seeds", type=whole(*SEED), nargs="+", default=[0, 1, 2], help="(default 0 1 2)")

    def run() -> None:
        arguments = parser.parse_args(argv)
        measure_all(arguments.digits, arguments.seeds)

    return exit_code("benchmarks.plain", run)


if __name__ == "__main__":
    sys.exit(main())
