"""Train a plain GAN to draw one digit with NumPy alone, within a minute on one core.

    python -m gan.plain                               # saves a 3 as runs/plain.png
    python -m gan.plain --digit 5 -o runs/five.png

G draws digits from random numbers, and D distinguishes real digits from drawn ones.
They learn in turns, and D is frozen while G learns (gan/plain/training.py). docs/why.md
explains why this works, and docs/changes.md changes three things in it. `train.py` uses
a better loss and is faster.
"""

from collections.abc import Callable

import numpy as np

from gan.data import HEAD, head, load, only
from gan.data.images_and_sheets import to_unit
from gan.plain.models import build_discriminator, build_generator
from gan.plain.training import Measured, Players, iterate, update_generator
from nnet.layer import Array
from nnet.losses import Loss, bce_with_logits
from nnet.optimizers import Adam
from nnet.sequential import Sequential

# The networks are small, so that training takes a minute.
LATENT = 32
CHANNELS = (16, 32)
BATCH = 32
LEARNING_RATE = 2e-3
BETA1 = 0.5  # below 0.9: Adam averages fewer gradients, because the opponent changes

Each = Callable[[int, Measured, Players], object]


def train(
    digit: int,
    iterations: int,
    rng: np.random.Generator,
    images: Array | None = None,
    loss: Loss = bce_with_logits,
    each: Each | None = None,
    turns: int = 1,
    freeze: bool = True,
) -> Sequential:
    """Train on a digit, and return G.

    Parameters
    ----------
    digit : 0 to 9, which selects 500 real digits; a run is too short to learn from more
    iterations : updates of D
    rng : for weights, batches and latents
    images : (n, 28, 28, 1) float32 in [-1, 1], to train on in place of the digit
    each : called after every iteration with its number, measurements and players
    turns : updates of G for each update of D
    freeze : whether D is frozen while G learns (gan/plain/training.py)
    """
    if images is None:
        digits = head(only(load(), digit), HEAD)
        images = to_unit(digits.images)  # (500, 28, 28, 1)
    G = build_generator(LATENT, CHANNELS, rng)
    D = build_discriminator(1, CHANNELS, rng)  # one logit per image
    adversarial_adam = Adam(G, D, beta1=BETA1)
    discriminator_adam = Adam(D, beta1=BETA1)
    players = Players(G, D, adversarial_adam, discriminator_adam)

    for iteration in range(1, iterations + 1):
        chosen = rng.integers(len(images), size=BATCH)
        real = images[chosen]  # (B, 28, 28, 1)
        latents = rng.standard_normal((BATCH, LATENT), np.float32)
        measured = iterate(players, real, latents, LEARNING_RATE, loss, freeze)
        for _ in range(turns - 1):
            latents = rng.standard_normal((BATCH, LATENT), np.float32)
            fake, saved_fake = G.forward(latents)
            update_generator(players, fake, saved_fake, LEARNING_RATE, loss, freeze)
        if each is not None:
            each(iteration, measured, players)
    return G
