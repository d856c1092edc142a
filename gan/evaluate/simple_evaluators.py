"""Tell drawn digits from real ones with simple evaluators: small classifiers that are trained on the spot.

Each evaluator is trained on m drawn and m real digits, and tested on m others of each. Its figure is the share of the
test digits that it tells apart correctly. Guessing gives 50 %, which is as good as real. Every figure has a counterpart
`real`, for which other real digits take the place of the drawn ones.

    grey_values    a histogram of the grey values in 32 bins, by least squares
    grey_levels    the same in 256 bins, one for each grey level
    pixels         all pixels of an image, by a small convolutional network, which is never used to choose anything
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gan.data.images_and_sheets import SIDE, Pictures, to_unit
from gan.evaluate.real_against_real import Draw
from gan.plain.models import build_discriminator
from nnet.fast.accelerate import accelerate
from nnet.fast.forward import forward_on_threads
from nnet.fast.optimizers import FastAdam
from nnet.losses import bce_with_logits

Floats = NDArray[np.float64]
Scores = Callable[[Pictures], NDArray[np.floating]]  # a trained evaluator; a score above 0 means real
Shares = dict[str, dict[str, float]]  # for every evaluator, the shares told apart: `fake` and `real`

MOST_IMAGES = 1000  # drawn digits to train on; as many real ones, and as many others of each to test on
PARTS = 4  # equal parts of the real digits: to train and to test on, and in the place of drawn ones
PASSES, BATCH, LEARNING_RATE = 20, 100, 1e-3  # of the network; 400 steps with 1,000 images of each kind


def grey_values(images: Pictures, bins: int) -> Floats:
    """Return a histogram of the grey values as shares, (N, 28, 28) -> (N, bins). Paper alone is in the first bin."""
    rows = -(-images.reshape(len(images), -1).astype(int) * (bins - 1) // 255)  # (N, 784), rounded up
    numbered = rows + bins * np.arange(len(rows))[:, None]
    return np.bincount(numbered.ravel(), minlength=bins * len(rows)).reshape(-1, bins) / rows.shape[1]


def train_least_squares(drawn: Pictures, real: Pictures, rng: np.random.Generator, bins: int) -> Scores:
    """Fit scores of 1 for real and -1 for drawn digits, linear in the grey values. `rng` is not used."""

    def features(images: Pictures) -> Floats:
        return np.column_stack([grey_values(images, bins), np.ones(len(images))])

    targets = np.repeat([-1.0, 1.0], [len(drawn), len(real)])
    w = np.linalg.lstsq(features(np.concatenate([drawn, real])), targets, rcond=None)[0]  # (bins + 1,)
    return lambda images: features(images) @ w


def train_network(drawn: Pictures, real: Pictures, rng: np.random.Generator) -> Scores:
    """Train a network of two convolutions and a dense layer with Adam. Each batch is half drawn and half real."""
    network = accelerate(build_discriminator(1, (16, 32), rng))
    adam, half = FastAdam(network), BATCH // 2
    targets = np.repeat(np.array([[0], [1]], np.float32), half, 0)  # (BATCH, 1)
    for _ in range(PASSES * -(-len(real) // half)):
        batch = np.concatenate([images[rng.integers(len(images), size=half)] for images in (drawn, real)])
        network.zero_grads()
        logits, saved = network.forward(to_unit(batch))
        network.backward(bce_with_logits(logits, targets)[1], saved, need_dx=False)
        adam.step(LEARNING_RATE)
    return lambda images: forward_on_threads(network, to_unit(images))[:, 0]


ALL: dict[str, Callable[[Pictures, Pictures, np.random.Generator], Scores]] = {
    "grey_values": partial(train_least_squares, bins=32),
    "grey_levels": partial(train_least_squares, bins=256),
    "pixels": train_network,
}


class SimpleEvaluators:
    """Real digits to train and test the evaluators with, for any number of generators.

    Parameters
    ----------
    images : (N, 28, 28) uint8
        Real digits of the kind to draw, at least four, as `Baseline` ensures. They are shuffled and cut into four equal
        parts of at most n and at most `MOST_IMAGES`.
    rng : np.random.Generator
        Shuffles the images, and trains the network.
    """

    def __init__(self, images: Pictures, n: int, rng: np.random.Generator) -> None:
        self.size = min(n, len(images) // PARTS, MOST_IMAGES)
        chosen = rng.permutation(len(images))[: PARTS * self.size]
        self.train, self.test, train, test = images[chosen].reshape(PARTS, self.size, SIDE, SIDE)
        self.real = {name: self._told_apart(name, train, test, rng) for name in ALL}

    def _told_apart(self, name: str, train: Pictures, test: Pictures, rng: np.random.Generator) -> float:
        """Train an evaluator on one part of the drawn digits, and return the share it tells apart of the other part."""
        scores = ALL[name](train, self.train, rng)
        return float(np.mean([scores(test) <= 0, scores(self.test) > 0]))

    def against(self, draw: Draw, rng: np.random.Generator) -> Shares:
        """Return how often each evaluator tells a generator's digits (`fake`), or other real digits, from real digits.

        rng draws the digits, and trains the network. A fraction of 0.5 is guessing.
        """
        train, test = draw(2 * self.size, rng).reshape(2, self.size, SIDE, SIDE)
        return {name: {"fake": self._told_apart(name, train, test, rng), "real": self.real[name]} for name in ALL}
