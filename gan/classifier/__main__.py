"""Train the classifier, as the shipped one was: `python -m gan.classifier --data data/mnist --out mine.safetensors`."""

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import nnet.threads
from gan.classifier.network import PASSES, accuracy, round_weights, train
from gan.command import exit_code
from gan.data import DOWNLOAD_DIRECTORY, load, load_test
from gan.errors import InputError
from nnet import weights
from nnet.fast.kernels.parallel import set_threads
from nnet.sequential import Sequential


def train_and_store(arguments: argparse.Namespace, command: str) -> None:
    """Do what the command line asks."""
    if arguments.passes < 1:
        raise InputError(f"--passes: expected at least 1, received {arguments.passes}", "passes")
    if arguments.seed < 0:
        raise InputError(f"--seed: expected 0 or more, received {arguments.seed}", "seed")
    if not (arguments.threads == "auto" or (arguments.threads.isdecimal() and int(arguments.threads))):
        raise InputError(f"--threads: expected at least 1 or auto, received {arguments.threads}", "threads")
    cores = nnet.threads.available_cores()
    set_threads(cores if arguments.threads == "auto" else int(arguments.threads))
    data, test = load(arguments.data), load_test(arguments.data)
    start = time.perf_counter()

    def report(done: int, classifier: Sequential) -> None:
        seconds = time.perf_counter() - start
        print(f"pass {done} of {arguments.passes}: {accuracy(classifier, test):.2%} in {seconds:.0f} s", flush=True)

    classifier = train(data, arguments.passes, np.random.default_rng(arguments.seed), report)
    round_weights(classifier)
    found = accuracy(classifier, test)
    texts = {
        "command": command,
        "seed": str(arguments.seed),
        "passes": str(arguments.passes),
        "data": data.name,
        "test_accuracy": f"{found:.4f}",
    }
    weights.save(arguments.out, classifier.parameters(), texts, np.float16)
    print(f"{found:.2%} of the test digits named rightly; stored in {arguments.out}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.classifier`; returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser("python -m gan.classifier", description="Train the classifier of digits.")
    parser.add_argument("--data", type=Path, default=DOWNLOAD_DIRECTORY, metavar="DIR", help="(default data/mnist)")
    # Required: nobody shall replace the shipped yardstick without having said so.
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where its weights go")
    parser.add_argument("--passes", type=int, default=PASSES, help=f"over the images (default {PASSES})")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and distortions (default 0)")
    parser.add_argument("--threads", default="auto", help="or auto (default): as many as there are cores")
    arguments = parser.parse_args(argv)
    command = shlex.join(["python", "-m", "gan.classifier", *argv])
    return exit_code("gan.classifier", lambda: train_and_store(arguments, command))


if __name__ == "__main__":
    sys.exit(main())
