"""The digit classifiers that evaluate the generators: build, load and train them.

    python -m gan.drawings.classifier --out mine.safetensors
    python -m gan.drawings.classifier --architecture second --out second.safetensors

A classifier is used in two ways (gan/evaluate). It predicts which digit a drawing
shows, with a confidence. The 64 inputs of its last layer, its *features*, serve to
compare two sets of pictures (gan/evaluate/measures.py). No generator was ever trained
against a classifier.

Two classifiers with different architectures and seeds ship with the project. The first
is the main evaluator: training settings were chosen by its scores, and the pages label
pictures with it. Choosing settings by one evaluator overfits that evaluator slightly,
and the first has the same layers as the discriminator. The second is therefore built
differently, and was never used to choose settings. It exposes choices that suit only
the first.

Each classifier is a chain of nnet layers that ends in ten logits. Adam minimizes its
cross-entropy on distorted images.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import nnet.threads
from gan.base.errors import InputError
from gan.base.parameter import SEED
from gan.cli.command_line import Parser, exit_code, new_file
from gan.data import Dataset, load, load_test
from gan.data.distortions import distort
from gan.data.images_and_sheets import to_unit
from gan.drawings.load_and_draw import PRETRAINED
from gan.plain.models import build_discriminator
from nnet import weights
from nnet.activations import LeakyReLU, Reshape
from nnet.conv import Conv2D
from nnet.dense import Dense
from nnet.fast.accelerate import accelerate
from nnet.fast.kernels.thread_pool import set_threads
from nnet.fast.optimizers import FastAdam, RunningAverage
from nnet.fast.parallel_forward import forward_on_threads
from nnet.initializers import UNDRAWN
from nnet.sequential import Sequential
from nnet.softmax_loss import softmax_cross_entropy
from nnet.weights import WeightsError

# the first, which also labels the pictures on the pages
CLASSIFIER = PRETRAINED / "classifier.safetensors"
SECOND_CLASSIFIER = PRETRAINED / "second-judge.safetensors"
FEATURES = 64  # outputs of the second-to-last layer
PORTION = 512  # images classified at once; limits memory use
PASSES = 14  # over the 60,000 images
BATCH = 100
# Adam's usual initial rate; it decays to zero along half a cosine wave
LEARNING_RATE = 1e-3


def build_first(rng: np.random.Generator) -> Sequential:
    """Build the discriminator's layers: two convolutions and a hidden layer."""
    return build_discriminator(10, (64, 128), rng, [FEATURES])


def build_second(rng: np.random.Generator) -> Sequential:
    """Build a convolution with 8x8 kernels and three dense layers.

    The patches of the convolution overlap by half.
    """
    leaky = LeakyReLU()
    return Sequential(
        # (N, 7, 7, 64)
        Conv2D(1, 64, rng, activation=leaky, kernel=8, stride=4, padding=2),
        Reshape(7 * 7 * 64),
        Dense(7 * 7 * 64, 128, rng, leaky),  # (N, 128)
        Dense(128, FEATURES, rng, leaky),  # (N, 64)
        Dense(FEATURES, 10, rng),  # (N, 10)
    )


# Each network maps (N, 28, 28, 1) in [-1, 1] to (N, 10) logits, float32. The features
# are the last layer's input.
ARCHITECTURES = {"first": build_first, "second": build_second}


def load_classifier(
    path: Path | str = CLASSIFIER, convolution: str = "im2col"
) -> Sequential:
    """Load the classifier in a file, in its accelerated form (see `accelerate`).

    Raise InputError if the file is missing, damaged, or not a classifier.
    """
    try:
        arrays, texts = weights.load(path)
        architecture = texts.get("architecture")
        if architecture not in ARCHITECTURES:
            known = " or ".join(ARCHITECTURES)
            expected = f"expected the architecture {known}, received {architecture}"
            raise WeightsError(f"{path}: {expected}")
        classifier = ARCHITECTURES[architecture](UNDRAWN)
        weights.copy_into(classifier.parameters(), arrays, str(path))
    except WeightsError as error:
        remedy = f"python -m gan.drawings.classifier --out {path} makes one"
        raise InputError(f"{error}; {remedy}", "classifier") from error
    return accelerate(classifier, convolution)  # type: ignore[return-value]


def features_and_logits(
    classifier: Sequential, images: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the features, (N, 64), and the logits, (N, 10), of images.

    The images are (N, 28, 28) uint8, ink 255.
    """
    features = np.empty((len(images), FEATURES), np.float32)
    logits = np.empty((len(images), 10), np.float32)
    hidden = Sequential(*classifier.layers[:-1])
    for start in range(0, len(images), PORTION):
        rows = slice(start, start + PORTION)
        features[rows] = forward_on_threads(hidden, to_unit(images[rows]))
        logits[rows], _ = classifier.layers[-1].forward(features[rows])
    return features, logits


def decide(
    logits: NDArray[np.floating],
) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Return the most likely digits, (N,), and their probabilities, (N,), 0.1 to 1.

    The logits are (N, 10). The probabilities are those of the softmax.
    """
    # probabilities relative to the most likely digit's
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return logits.argmax(1), 1 / shares.sum(1)


def classify(
    classifier: Sequential, images: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Return the predicted digits, (N,), and the confidence in them, (N,), 0.1 to 1.

    The images are (N, 28, 28) uint8, ink 255.
    """
    _, logits = features_and_logits(classifier, images)
    return decide(logits)


def accuracy(classifier: Sequential, data: Dataset) -> float:
    digits, _ = classify(classifier, data.images)
    return float((digits == data.labels).mean())


def train(
    data: Dataset, passes: int, rng: np.random.Generator, architecture: str = "first"
) -> Iterator[Sequential]:
    """Train a classifier, and yield it after each pass over the images.

    Every time, it is the same network object, whose weights are their running average.
    Training uses every image `passes` times. rng gives the initial weights, the order
    of the images and the distortions.
    """
    network = ARCHITECTURES[architecture](rng)
    fast = accelerate(network)
    average = RunningAverage(network)
    adam = FastAdam(fast)
    count = len(data.images)
    step = 0
    steps = passes * -(-count // BATCH)
    for _ in range(passes):
        order = rng.permutation(count)
        for start in range(0, count, BATCH):
            chosen = order[start : start + BATCH]
            fast.zero_grads()
            logits, saved = fast.forward(distort(data.images[chosen], rng))  # (B, 10)
            _, dlogits = softmax_cross_entropy(logits, data.labels[chosen])
            fast.backward(dlogits, saved, need_dx=False)
            adam.step(LEARNING_RATE * (1 + np.cos(np.pi * step / steps)) / 2)
            step += 1
            average.update(step)
        yield average.network  # type: ignore[misc]


def train_and_store(arguments: argparse.Namespace, command: str) -> None:
    """Train a classifier, and store its weights with the command that made them."""
    # Accuracy is measured on all cores; training uses one.
    set_threads(nnet.threads.available_cores())
    data = load()
    test = load_test()
    start = time.perf_counter()
    rng = np.random.default_rng(arguments.seed)
    networks = train(data, PASSES, rng, arguments.architecture)
    for done, classifier in enumerate(networks, 1):
        result = f"{accuracy(classifier, test):.2%}"
        seconds = time.perf_counter() - start
        print(f"pass {done} of {PASSES}: {result} in {seconds:.0f} s", flush=True)
    for w in classifier.parameters().values():
        # Round the weights as `save` does, to measure the stored network's accuracy.
        w[...] = w.astype(np.float16)
    test_accuracy = accuracy(classifier, test)
    texts = {
        "architecture": arguments.architecture,
        "seed": str(arguments.seed),
        "command": command,
        "data": data.name,
        "test_accuracy": f"{test_accuracy:.4f}",
    }
    weights.save(arguments.out, classifier.parameters(), texts, np.float16)
    print(
        f"{test_accuracy:.2%} of the test digits classified correctly; "
        f"weights stored in {arguments.out}"
    )


def build_parser() -> Parser:
    parser = Parser(
        "python -m gan.drawings.classifier", description="Train a classifier of digits."
    )
    add = parser.add_argument
    # Required, so that nobody replaces the shipped classifier by accident.
    add(
        "-o",
        "--out",
        type=new_file(),
        required=True,
        metavar="FILE",
        help="file for the weights",
    )
    add(
        "--architecture", choices=ARCHITECTURES, default="first", help="(default first)"
    )
    add(
        "--seed",
        type=SEED.option,
        default=0,
        help="seed of weights, order and distortions (default 0)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    command = shlex.join(["python", "-m", "gan.drawings.classifier", *argv])
    return exit_code(
        "gan.drawings.classifier",
        lambda: train_and_store(build_parser().parse_args(argv), command),
    )


if __name__ == "__main__":
    sys.exit(main())
