"""Classifiers of the ten digits, which evaluate the generators.

A classifier serves as an evaluator (gan/evaluate) in two ways. It names the digit of a drawing and its confidence. And
the 64 numbers before its last layer, its features, measure how similar two sets of pictures are
(gan/evaluate/measures.py). No generator was ever trained against one.

Two classifiers ship, with different architectures and seeds. The first is the yardstick: settings were chosen by its
figures, and the pages label pictures with it. Choosing by an evaluator overfits that evaluator a little, and the first
is built like the discriminator. So the second is built differently and nothing is chosen by it: if a choice only suits
the first, the difference shows.

Each is a chain of nnet layers that ends in ten logits. training.py trains them.
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

FEATURES = 64  # the last layer but one
PORTION = 512  # images classified at once: bounds the memory


def build_first(rng: np.random.Generator) -> Sequential:
    """Build the discriminator's layers: two convolutions that each halve the image, and a hidden layer."""
    leaky = LeakyReLU()
    return Sequential(
        Conv2D(1, 64, rng, activation=leaky),  # (N, 14, 14, 64)
        Conv2D(64, 128, rng, activation=leaky),  # (N, 7, 7, 128)
        Reshape(7 * 7 * 128),
        Dense(7 * 7 * 128, FEATURES, rng, leaky),  # (N, 64)
        Dense(FEATURES, 10, rng),  # (N, 10)
    )


def build_second(rng: np.random.Generator) -> Sequential:
    """Build one convolution of large patches, 8 pixels a side, overlapping by half, and three dense layers."""
    leaky = LeakyReLU()
    return Sequential(
        Conv2D(1, 64, rng, activation=leaky, kernel=8, stride=4, padding=2),  # (N, 7, 7, 64)
        Reshape(7 * 7 * 64),
        Dense(7 * 7 * 64, 128, rng, leaky),  # (N, 128)
        Dense(128, FEATURES, rng, leaky),  # (N, 64)
        Dense(FEATURES, 10, rng),  # (N, 10)
    )


# (N, 28, 28, 1) in [-1, 1] -> (N, 10) logits, float32. The features are the input of the last layer.
ARCHITECTURES: dict[str, Callable[[np.random.Generator], Sequential]] = {"first": build_first, "second": build_second}
FIRST = "first"  # also the architecture of a file that names none: there was only one


def load_classifier(path: Path | None = None, convolution: str = "im2col") -> Sequential:
    """Load the first classifier, or that of a file, accelerated; InputError if the file is missing, damaged or foreign.

    `convolution`: as in `nnet.fast.accelerate`; "winograd" pays off for many pictures.
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
    classifier : from an entry of `ARCHITECTURES`, or from `load_classifier`
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
    """Return the likeliest digit and its softmax probability: (N, 10) -> (N,) 0 to 9, (N,) 0.1 to 1."""
    shares = np.exp(logits - logits.max(1, keepdims=True))  # 1 for the likeliest
    return logits.argmax(1), 1 / shares.sum(1)


def classify(classifier: Sequential, images: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Return the digit of every image and the classifier's confidence.

    Parameters
    ----------
    images : (N, 28, 28) uint8, ink 255

    Returns
    -------
    digits : (N,) integers, 0 to 9
    confidence : (N,) float32, 0.1 to 1
    """
    return decide(features_and_logits(classifier, images)[1])
