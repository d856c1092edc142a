"""Define the digit classifiers that evaluate the generators.

A classifier evaluates in two ways (gan/evaluate). It predicts which digit a drawing shows, with a confidence. And the
64 inputs of its last layer, its *features*, measure how similar two sets of pictures are (gan/evaluate/measures.py). No
generator was ever trained against a classifier.

Two classifiers with different architectures and seeds ship with the project. The first is the main evaluator: training
settings were chosen by its scores, and the pages label pictures with it. Choosing settings by one evaluator overfits
that evaluator slightly, and the first has the same layers as the discriminator. The second is therefore built
differently, and was never used to choose settings. It reveals a choice that suits only the first.

Each classifier is a chain of nnet layers that ends in ten logits. training.py trains both.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.errors import InputError
from gan.pictures import to_unit
from gan.shipped import CLASSIFIER
from nnet import weights
from nnet.activations import LeakyReLU, Reshape
from nnet.conv import Conv2D
from nnet.dense import Dense
from nnet.fast.accelerate import twin
from nnet.fast.split import Split
from nnet.initializers import UNDRAWN
from nnet.sequential import Sequential
from nnet.weights import WeightsError

FEATURES = 64  # outputs of the second-to-last layer
PORTION = 512  # images classified at once; limits memory use


def build_first(rng: np.random.Generator) -> Sequential:
    """Build the layers of the discriminator: two convolutions that each halve the image, and a hidden layer."""
    leaky = LeakyReLU()
    return Sequential(
        Conv2D(1, 64, rng, activation=leaky),  # (N, 14, 14, 64)
        Conv2D(64, 128, rng, activation=leaky),  # (N, 7, 7, 128)
        Reshape(7 * 7 * 128),
        Dense(7 * 7 * 128, FEATURES, rng, leaky),  # (N, 64)
        Dense(FEATURES, 10, rng),  # (N, 10)
    )


def build_second(rng: np.random.Generator) -> Sequential:
    """Build a convolution with 8x8 kernels whose patches overlap by half, followed by three dense layers."""
    leaky = LeakyReLU()
    return Sequential(
        Conv2D(1, 64, rng, activation=leaky, kernel=8, stride=4, padding=2),  # (N, 7, 7, 64)
        Reshape(7 * 7 * 64),
        Dense(7 * 7 * 64, 128, rng, leaky),  # (N, 128)
        Dense(128, FEATURES, rng, leaky),  # (N, 64)
        Dense(FEATURES, 10, rng),  # (N, 10)
    )


# Each network maps (N, 28, 28, 1) in [-1, 1] to (N, 10) logits, float32. The features are the last layer's input.
ARCHITECTURES: dict[str, Callable[[np.random.Generator], Sequential]] = {"first": build_first, "second": build_second}
FIRST = "first"  # also assumed for files that name no architecture, because older versions had only this one


def load_classifier(path: Path | str | None = None, convolution: str = "im2col") -> Sequential:
    """Load the shipped first classifier, or a classifier from a file, in its accelerated form.

    `convolution` is passed to `accelerate`; "winograd" is faster for many pictures. Raise InputError if the file is
    missing, damaged, or not a classifier.
    """
    path = path or CLASSIFIER
    try:
        arrays, texts = weights.load(path)
        architecture = texts.get("architecture", FIRST)
        if architecture not in ARCHITECTURES:
            known = " or ".join(ARCHITECTURES)
            raise WeightsError(f"{path}: expected the architecture {known}, received {architecture}")
        classifier = ARCHITECTURES[architecture](UNDRAWN)
        weights.assign(classifier, arrays, str(path))
    except WeightsError as error:
        raise InputError(f"{error}; python -m gan.classifier --out {path} makes one", "classifier") from error
    return twin(classifier, convolution)  # type: ignore[return-value]


def features_and_logits(
    classifier: Sequential, images: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the classifier's features and logits for every image.

    Parameters
    ----------
    classifier : a network built by an entry of `ARCHITECTURES`, or loaded by `load_classifier`
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
    """Return the most likely digit, 0 to 9, and its softmax probability, 0.1 to 1: (N, 10) -> (N,), (N,)."""
    shares = np.exp(logits - logits.max(1, keepdims=True))  # 1 for the most likely digit
    return logits.argmax(1), 1 / shares.sum(1)


def classify(classifier: Sequential, images: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Return the predicted digit of every image and the classifier's confidence.

    Parameters
    ----------
    images : (N, 28, 28) uint8, ink 255

    Returns
    -------
    digits : (N,) integers, 0 to 9
    confidence : (N,) float32, 0.1 to 1
    """
    return decide(features_and_logits(classifier, images)[1])
