"""Which digit is it? Classifiers of ten digits, the judges of this project.

A judge looks at drawn digits (gan/evaluate) in two ways: it says which digit one is and how sure it is of it, and
the 64 numbers that it makes its decision from, its features, tell how alike two sets of pictures are
(gan/evaluate/measures.py). No generator has ever learned from one.

Two ship, of two architectures and trained with two seeds. The first is the yardstick: recipes were chosen by its
figures, and the pages label pictures with it. Who chooses by a judge fits that judge a little, its blind spots
included, and the first is built as the discriminator is. So the second is built in another way, and nothing is ever
chosen by it: what only the first finds good shows in the difference.

Each is a chain of layers of nnet, with ten logits at its end. How they learned: training.py.
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
PORTION = 512  # images classified at once: bounds the memory for any number


def build_first(rng: np.random.Generator) -> Sequential:
    """The discriminator's layers: two convolutions, each of which halves the image, and a hidden layer."""
    leaky = LeakyReLU()
    return Sequential(
        Conv2D(1, 64, rng, activation=leaky),  # (N, 14, 14, 64)
        Conv2D(64, 128, rng, activation=leaky),  # (N, 7, 7, 128)
        Reshape(7 * 7 * 128),
        Dense(7 * 7 * 128, FEATURES, rng, leaky),  # (N, 64)
        Dense(FEATURES, 10, rng),  # (N, 10)
    )


def build_second(rng: np.random.Generator) -> Sequential:
    """One look at large patches, 8 pixels a side, that overlap by half, and what they add up to in three layers."""
    leaky = LeakyReLU()
    return Sequential(
        Conv2D(1, 64, rng, activation=leaky, kernel=8, stride=4, padding=2),  # (N, 7, 7, 64)
        Reshape(7 * 7 * 64),
        Dense(7 * 7 * 64, 128, rng, leaky),  # (N, 128)
        Dense(128, FEATURES, rng, leaky),  # (N, 64)
        Dense(FEATURES, 10, rng),  # (N, 10)
    )


# (N, 28, 28, 1) in [-1, 1] -> (N, 10) logits, float32. The input of the last layer are the features.
ARCHITECTURES: dict[str, Callable[[np.random.Generator], Sequential]] = {"first": build_first, "second": build_second}
FIRST = "first"  # also of a file that does not say which: there was one


def load_classifier(path: Path | None = None, convolution: str = "im2col") -> Sequential:
    """The first judge, or the classifier of a file, made fast; InputError if it is missing, damaged or something else.

    `convolution`: as in `nnet.fast.accelerate`; "winograd" pays where many pictures are looked at.
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
    """What the classifier sees in every image, and what it makes of it.

    Parameters
    ----------
    classifier : as an entry of `ARCHITECTURES` makes it, or `load_classifier`
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
