"""Perform one iteration of a GAN: update the discriminator D, then the generator G.

D learns to distinguish real images from G's fakes, and G learns to draw fakes that D
takes for real. G's gradient comes through D. Minus this gradient is how each pixel of a
fake should change to fool D.

The adversarial network is G followed by D. Its optimizer, Adam(G, D), holds both, so D
must be frozen while G learns. Otherwise the optimizer changes D until D calls
everything real, drawings and real images. Adam(G) would draw the same without freezing;
docs/freeze.md says why it is not used, and what follows from the mistake.

The loss is the classic binary cross-entropy. D's targets are 1 for real images and 0
for fakes; G's target is 1 for its fakes.
Source: Goodfellow et al. 2014, "Generative adversarial nets", algorithm 1, and section
3 for G's non-saturating loss.
"""

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from nnet.layer import Array, Layer, Saved
from nnet.losses import Loss, bce_with_logits, sigmoid
from nnet.optimizers import Adam


@dataclass
class Players:
    """The two networks and their optimizers."""

    generator: Layer  # G
    discriminator: Layer  # D
    adversarial_adam: Adam  # Adam(G, D)
    discriminator_adam: Adam  # Adam(D)


@dataclass
class Measured:
    """The measurements of one iteration."""

    d_loss: float
    g_loss: float
    # Means of D's ratings before its update: sigmoid(logit), 1 for "real".
    d_real: float
    d_fake: float


def update_discriminator(
    players: Players,
    real: Array,
    fake: Array,
    learning_rate: float,
    loss_of: Loss = bce_with_logits,
) -> tuple[float, Array]:
    """Teach D to tell real images from fakes, both (B, 28, 28, 1) in [-1, 1].

    Return D's loss and its logits before the update, (2B, 1): real images, then fakes.
    """
    D = players.discriminator
    ones = np.ones((len(real), 1), real.dtype)
    targets = np.concatenate([ones, np.zeros_like(ones)])  # (2B, 1)
    D.zero_grads()
    logits, saved = D.forward(np.concatenate([real, fake]))  # (2B, 1)
    loss, dlogits = loss_of(logits, targets)
    D.backward(dlogits, saved, need_dx=False)
    players.discriminator_adam.step(learning_rate)
    return loss, logits


def update_generator(
    players: Players,
    fake: Array,
    saved_fake: Saved,
    learning_rate: float,
    loss_of: Loss = bce_with_logits,
    freeze: bool = True,
) -> float:
    """Teach G to make drawings that D calls real.

    `fake` and `saved_fake` are the results of G.forward. Return G's loss. With `freeze`
    off, the optimizer also changes D: the mistake that the project began with.
    """
    G, D = players.generator, players.discriminator
    G.zero_grads()
    D.zero_grads()
    logits, saved = D.forward(fake)  # (B, 1)
    loss, dlogits = loss_of(logits, 1.0)  # G wants every drawing called real
    with D.frozen() if freeze else nullcontext():  # without this line: the mistake
        # Minus dfake, (B, 28, 28, 1), is how each pixel should change to fool D.
        dfake = D.backward(dlogits, saved)
        G.backward(dfake, saved_fake, need_dx=False)
        players.adversarial_adam.step(learning_rate)
    return loss


def iterate(
    players: Players,
    real: Array,
    latents: Array,
    learning_rate: float,
    loss_of: Loss = bce_with_logits,
    freeze: bool = True,
) -> Measured:
    """Update D once, then G once, with the same fakes.

    `real` is (B, 28, 28, 1) float32 in [-1, 1], and `latents` are (B, latent) float32,
    standard normal.
    """
    fake, saved_fake = players.generator.forward(latents)  # (B, 28, 28, 1)
    d_loss, logits = update_discriminator(players, real, fake, learning_rate, loss_of)
    d_real, d_fake = sigmoid(logits).reshape(2, -1).mean(1).tolist()
    g_loss = update_generator(players, fake, saved_fake, learning_rate, loss_of, freeze)
    return Measured(d_loss, g_loss, d_real, d_fake)
