"""Tell drawn digits from real ones with a small network that is trained on the spot.

The network sees all pixels. It is trained on m drawn and m real digits, and tested on m
other digits of each kind. The figure is the share of test digits that it assigns
correctly, to drawn or real. Guessing gives 50 %, so 50 % means that drawings are as
good as real. The counterpart `real` is the share when other real digits take the place
of the drawn ones. The figure is never used to choose anything.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gan.data.images_and_sheets import SIDE, Pictures, to_unit
from gan.evaluate.real_against_real import Draw
from gan.plain.models import build_discriminator
from nnet.fast.accelerate import accelerate
from nnet.fast.optimizers import FastAdam
from nnet.fast.parallel_forward import forward_on_threads
from nnet.losses import bce_with_logits

# Returns the scores (N,) of a trained network; a score above 0 means real.
Scores = Callable[[Pictures], NDArray[np.floating]]

# Maximum number of drawn digits to train on. There are as many real digits, and as many
# digits of each kind to test on.
MOST_IMAGES = 1000
# The real digits are divided into four equal parts: to train on, to test on, and two
# that replace the drawn digits of training and test when real digits are compared.
PARTS = 4
# 400 steps with 1,000 images of each kind
PASSES = 20
BATCH = 100
LEARNING_RATE = 1e-3


def train_network(drawn: Pictures, real: Pictures, rng: np.random.Generator) -> Scores:
    """Train a network to tell drawn digits from real ones, and return its scores.

    It has two convolutions and a dense layer. Each batch is half drawn and half real.
    """
    network = accelerate(build_discriminator(1, (16, 32), rng))
    adam = FastAdam(network)
    half = BATCH // 2
    targets = np.repeat(np.array([[0], [1]], np.float32), half, 0)  # (BATCH, 1)
    for _ in range(PASSES * -(-len(real) // half)):
        batch = np.concatenate(
            [images[rng.integers(len(images), size=half)] for images in (drawn, real)]
        )
        network.zero_grads()
        logits, saved = network.forward(to_unit(batch))
        network.backward(bce_with_logits(logits, targets)[1], saved, need_dx=False)
        adam.step(LEARNING_RATE)
    return lambda images: forward_on_threads(network, to_unit(images))[:, 0]


class PixelEvaluator:
    """Tell the digits of any number of generators from the same real digits.

    Parameters
    ----------
    images : (N, 28, 28) uint8
        At least four real images of the digit that the generators draw. They are
        shuffled and cut into four equal parts of at most n and at most `MOST_IMAGES`.
    rng : np.random.Generator
        Shuffles the images, and trains the network.
    """

    def __init__(self, images: Pictures, n: int, rng: np.random.Generator) -> None:
        self.size = min(n, len(images) // PARTS, MOST_IMAGES)
        chosen = rng.permutation(len(images))[: PARTS * self.size]
        parts = images[chosen].reshape(PARTS, self.size, SIDE, SIDE)
        self.train, self.test, train, test = parts
        self.real = self._told_apart(train, test, rng)

    def _told_apart(
        self, train: Pictures, test: Pictures, rng: np.random.Generator
    ) -> float:
        """Train a network, and return the share of test digits that it tells apart.

        `train` and `test` are drawn digits, or other real digits in their place.
        """
        scores = train_network(train, self.train, rng)
        return float(np.mean([scores(test) <= 0, scores(self.test) > 0]))

    def against(self, draw: Draw, rng: np.random.Generator) -> dict[str, float]:
        """Return the share of a generator's digits (`fake`) told apart from real ones.

        `real` is the same share with other real digits in place of drawn ones.
        """
        train, test = draw(2 * self.size, rng).reshape(2, self.size, SIDE, SIDE)
        return {"fake": self._told_apart(train, test, rng), "real": self.real}
