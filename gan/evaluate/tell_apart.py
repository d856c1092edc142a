"""Tell drawn digits from real ones with a small network that is trained on the spot.

The network sees all pixels. It is trained on m drawn and m real digits, and tested on m
others of each. Its figure is the share of the test digits that it tells apart
correctly. Guessing gives 50 %, which is as good as real. The counterpart `real` is the
share when other real digits take the place of the drawn ones. The figure is never used
to choose anything.
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

# of a trained network; a score above 0 means real
Scores = Callable[[Pictures], NDArray[np.floating]]

# drawn digits to train on; as many real ones, and as many others of each to test on
MOST_IMAGES = 1000
# parts of the real digits: to train and to test on, and twice in place of drawn ones
PARTS = 4
# 400 steps with 1,000 images of each kind
PASSES = 20
BATCH = 100
LEARNING_RATE = 1e-3


def train_network(drawn: Pictures, real: Pictures, rng: np.random.Generator) -> Scores:
    """Train a network of two convolutions and a dense layer with Adam.

    Each batch is half drawn and half real.
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
    """Real digits to train and test the network with, for any number of generators.

    Parameters
    ----------
    images : (N, 28, 28) uint8
        Real digits of the kind to draw, at least four. They are shuffled and cut into
        four equal parts of at most n and at most `MOST_IMAGES`.
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
        """Train a network on one part, and return the share of the other told apart."""
        scores = train_network(train, self.train, rng)
        return float(np.mean([scores(test) <= 0, scores(self.test) > 0]))

    def against(self, draw: Draw, rng: np.random.Generator) -> dict[str, float]:
        """Return the share of a generator's digits (`fake`) told apart from real ones.

        `real` is the same share of other real digits. rng draws the digits, and trains
        the network.
        """
        train, test = draw(2 * self.size, rng).reshape(2, self.size, SIDE, SIDE)
        return {"fake": self._told_apart(train, test, rng), "real": self.real}
