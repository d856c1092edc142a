"""Train a classifier like the shipped ones: `python -m gan.classifier --data data/mnist --out mine.safetensors`.

With `--architecture second` it trains a classifier like the second evaluator (gan/classifier/network.py).
"""

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import nnet.threads
from gan.classifier.network import ARCHITECTURES, FIRST
from gan.classifier.training import PASSES, accuracy, round_weights, train
from gan.command import Parser, auto_or, exit_code, new_file, whole
from gan.data import DOWNLOAD_DIRECTORY, load, load_test
from gan.parameters import SEED
from nnet import weights
from nnet.fast.kernels.parallel import set_threads
from nnet.sequential import Sequential


def train_and_store(arguments: argparse.Namespace, command: str) -> None:
    """Train a classifier as the command line requests. Store its weights together with the command."""
    set_threads(arguments.threads or nnet.threads.available_cores())
    data, test = load(arguments.data), load_test(arguments.data)
    start = time.perf_counter()

    def report(done: int, classifier: Sequential) -> None:
        seconds = time.perf_counter() - start
        print(f"pass {done} of {arguments.passes}: {accuracy(classifier, test):.2%} in {seconds:.0f} s", flush=True)

    classifier = train(data, arguments.passes, np.random.default_rng(arguments.seed), report, arguments.architecture)
    round_weights(classifier)
    test_accuracy = accuracy(classifier, test)
    texts = {
        "command": command,
        "architecture": arguments.architecture,
        "seed": str(arguments.seed),
        "passes": str(arguments.passes),
        "data": data.name,
        "test_accuracy": f"{test_accuracy:.4f}",
    }
    weights.save(arguments.out, classifier.parameters(), texts, np.float16)
    print(f"{test_accuracy:.2%} of the test digits classified correctly; weights stored in {arguments.out}")


def build_parser() -> Parser:
    """Build the command line."""
    parser = Parser("python -m gan.classifier", description="Train a classifier of digits.")
    add = parser.add_argument
    add("--data", type=Path, default=DOWNLOAD_DIRECTORY, metavar="DIR", help="(default data/mnist)")
    # Required, so that nobody replaces the shipped classifier by accident.
    add("--out", type=new_file(), required=True, metavar="FILE", help="file for the weights")
    add("--architecture", choices=ARCHITECTURES, default=FIRST, help=f"(default {FIRST})")
    add("--passes", type=whole(1), default=PASSES, help=f"passes over the images (default {PASSES})")
    add("--seed", type=SEED.option, default=0, help="seed of weights, order and distortions (default 0)")
    add("--threads", type=auto_or(whole(1)), help="number of threads, or auto (default): all cores")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.classifier` and return the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    command = shlex.join(["python", "-m", "gan.classifier", *argv])
    return exit_code("gan.classifier", lambda: train_and_store(build_parser().parse_args(argv), command))


if __name__ == "__main__":
    sys.exit(main())
