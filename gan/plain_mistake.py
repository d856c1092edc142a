"""Train a plain GAN with the mistake that this project started from: G's Adam also holds D.

An optimizer changes whatever it holds. In G's update, the gradient that reaches D's weights says how D should change so
that G's loss falls. An Adam that holds both networks follows it, so D calls the drawings real, whatever they show. The
mistake is subtle, because D's own turns repair part of it: later, G may draw all the same.

`python -m gan.plain --mistake` draws the result next to that of the same training without the mistake.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from gan.data import load, only
from gan.models import build_discriminator, build_generator
from gan.pictures import to_unit
from gan.plain import BATCH, BETA1, CHANNELS, LATENT, LEARNING_RATE
from gan.training import Players, update_discriminator, update_generator
from nnet.optimizers import Adam
from nnet.sequential import Sequential
from nnet.threads import one_blas_thread


class NeverFrozen(Sequential):
    """A discriminator that cannot be frozen; the plain twin of `gan.game.NeverFrozen`."""

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze nothing. Only clear the gradients that D's own update has left."""
        self.zero_grads()
        yield


def train_in_turns(digit: int, iterations: int, rng: np.random.Generator, turns: int, mistake: bool) -> Sequential:
    """Train as `gan.plain.train` does, but with several updates of G for each of D, and return G.

    Parameters
    ----------
    digit, iterations, rng : as in `gan.plain.train`
    turns : updates of G for each of D
    mistake : whether D is never frozen and G's Adam also holds D
    """
    G, D = build_generator(LATENT, CHANNELS, rng), build_discriminator(1, CHANNELS, rng)
    players = Players(G, D, Adam(G, beta1=BETA1), Adam(D, beta1=BETA1))
    if mistake:
        players.discriminator = NeverFrozen(*D.layers)
        players.generator_adam = Adam(G, D, beta1=BETA1)
    one_blas_thread()
    images = to_unit(only(load(), digit).images)  # (500, 28, 28, 1)
    for _ in range(iterations):
        real = images[rng.integers(len(images), size=BATCH)]  # (B, 28, 28, 1)
        for turn in range(turns):
            fake, saved_fake = G.forward(rng.standard_normal((BATCH, LATENT), np.float32))  # (B, 28, 28, 1)
            if turn == 0:
                update_discriminator(players, real, fake, LEARNING_RATE)
            update_generator(players, fake, saved_fake, LEARNING_RATE)
    return G
