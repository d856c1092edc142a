"""Which digit is it? A classifier of ten digits, the yardstick of this project.

It judges drawn digits (gan/evaluate.py) in two ways: it says which digit one is and how sure it is of it, and the 64
numbers that it makes its decision from, its features, tell how alike two sets of pictures are (gan/measures.py). The
training page labels its pictures with it. No generator has ever learned from it.

    python -m gan.classifier --data data/mnist --out mine.safetensors     # the shipped one was made so

It is a chain of the layers that the discriminator has, too, with ten logits at its end instead of one.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import nnet.threads  # isort: skip  first of all: see there

import numpy as np
from numpy.typing import NDArray

from gan.data import DOWNLOAD_DIRECTORY, Dataset, load, load_test, to_unit
from gan.distort import distort
from gan.errors import InputError, exit_code
from nnet import weights
from nnet.activations import LeakyReLU, Reshape
from nnet.average import RunningAverage
from nnet.conv import Conv2D
from nnet.dense import Dense
from nnet.fast import use_method
from nnet.kernels.parallel import set_threads
from nnet.losses import softmax_cross_entropy
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from nnet.split import Split
from nnet.weights import WeightsError

CLASSIFIER = Path(__file__).parent / "pretrained" / "classifier.safetensors"
FEATURES = 64  # the last layer but one
PORTION = 512  # images classified at once: bounds the memory for any number

PASSES = 14  # over the 60,000 images
BATCH = 100
LEARNING_RATE = 1e-3  # Adam's usual one; it falls to zero along half a cosine


def build_classifier(rng: np.random.Generator) -> Sequential:
    """(N, 28, 28, 1) in [-1, 1] -> (N, 10) logits, float32. The input of the last layer are the features."""
    leaky = LeakyReLU()
    return Sequential(
        Conv2D(1, 64, rng, activation=leaky),  # (N, 14, 14, 64)
        Conv2D(64, 128, rng, activation=leaky),  # (N, 7, 7, 128)
        Reshape(7 * 7 * 128),
        Dense(7 * 7 * 128, FEATURES, rng, leaky),  # (N, 64)
        Dense(FEATURES, 10, rng),  # (N, 10)
    )


def load_classifier(path: Path | None = None) -> Sequential:
    """The shipped classifier, or that of a file; InputError if it is missing, damaged or something else."""
    path = path or CLASSIFIER
    classifier = build_classifier(np.random.default_rng(0))
    try:
        weights.assign(classifier, weights.load(path)[0], str(path))
    except WeightsError as error:
        raise InputError(f"{error}; python -m gan.classifier --out {path} makes one", "classifier") from error
    return classifier


def features_and_logits(
    classifier: Sequential, images: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the classifier sees in every image, and what it makes of it.

    Parameters
    ----------
    classifier : as `build_classifier` makes it
    images : (N, 28, 28) uint8, ink 255

    Returns
    -------
    features : (N, 64) float32
    logits : (N, 10) float32
    """
    features = np.empty((len(images), FEATURES), np.float32)
    logits = np.empty((len(images), 10), np.float32)
    split = Split(Sequential(*classifier.layers[:-1]))
    for start in range(0, len(images), PORTION):
        rows = slice(start, start + PORTION)
        features[rows], _ = split.forward(to_unit(images[rows]))
        logits[rows], _ = classifier.layers[-1].forward(features[rows])
    return features, logits


def decide(logits: NDArray[np.floating]) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """The likeliest digit and its probability, the largest of the softmax: (N, 10) -> (N,) 0 to 9, (N,) 0.1 to 1."""
    shares = np.exp(logits - logits.max(1, keepdims=True))  # the likeliest has 1
    return logits.argmax(1), 1 / shares.sum(1)


def classify(classifier: Sequential, images: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Which digit every image shows, and how sure the classifier is.

    Parameters
    ----------
    images : (N, 28, 28) uint8, ink 255

    Returns
    -------
    digits : (N,) integers, 0 to 9
    confidence : (N,) float32, 0.1 to 1
    """
    return decide(features_and_logits(classifier, images)[1])


def accuracy(classifier: Sequential, data: Dataset) -> float:
    """The share of images whose digit is named rightly."""
    return float((classify(classifier, data.images)[0] == data.labels).mean())


def train(
    data: Dataset,
    passes: int,
    rng: np.random.Generator,
    after_pass: Callable[[int, Sequential], None] = lambda index, classifier: None,
) -> Sequential:
    """Train a classifier: Adam on the cross-entropy of distorted images. Returns the running average of its weights.

    Parameters
    ----------
    data : Dataset
    passes : int
        How often every image is seen.
    rng : draws the weights, the order and the forms of the images
    after_pass : called with the number of passes done and the average so far
    """
    network = build_classifier(rng)
    use_method(network, "winograd")
    split, average = Split(network), RunningAverage(network)
    adam, step, steps = Adam(split), 0, passes * -(-len(data.images) // BATCH)
    for index in range(passes):
        order = rng.permutation(len(data.images))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            split.zero_grads()
            logits, saved = split.forward(distort(data.images[chosen], rng))  # (B, 10)
            _, dlogits = softmax_cross_entropy(logits, data.labels[chosen])
            split.backward(dlogits, saved, need_dx=False)
            adam.step(LEARNING_RATE * (1 + np.cos(np.pi * step / steps)) / 2)
            step += 1
            average.update(step)
        after_pass(index + 1, average.network)  # type: ignore[arg-type]
    return average.network  # type: ignore[return-value]


def round_weights(classifier: Sequential) -> None:
    """Round every weight to float16, as it is stored: what is measured is then what ships."""
    for w in classifier.parameters().values():
        w[...] = w.astype(np.float16)


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
