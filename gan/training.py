"""One iteration of a GAN: one update of the discriminator D, then one of the generator G. Only the mathematics.

D learns to tell real images from G's fakes; G learns to draw what D takes for real. The gradient that teaches G comes
through D: it says how each pixel of a fake should change for D to be fooled. During that update D is FROZEN. If its
weights moved along, they would move to call every fake real, which lowers G's loss without G learning anything
(gan/game.py has the mistake, docs/freeze.md shows what it draws).

The loss is the classic one: D's binary cross-entropy against 1 for real and 0 for fake, G's against 1 for fake.
Source: Goodfellow et al. 2014, "Generative adversarial nets", algorithm 1; section 3 for G's non-saturating loss.
"""

from dataclasses import dataclass

import numpy as np

from nnet.layer import Array, Layer, Saved
from nnet.losses import bce_with_logits, sigmoid
from nnet.optimizers import Adam


@dataclass
class Players:
    """Two networks and the optimizer of each.

    G's optimizer holds G alone, so D would stay even without `frozen()`, which then only saves the cost of D's
    gradients. The mistake needs both guards gone. Here both stand.
    """

    generator: Layer
    discriminator: Layer
    generator_adam: Adam
    discriminator_adam: Adam


@dataclass
class Measured:
    """What one iteration measured."""

    d_loss: float
    g_loss: float
    told_apart: float  # mean sigmoid(logit of a real - of a fake), in pairs: 1 if D is sure, 0.5 if it cannot tell


def update_discriminator(players: Players, real: Array, fake: Array, learning_rate: float) -> tuple[float, float]:
    """D learns to call real images real and fakes fake.

    Parameters
    ----------
    real, fake : (B, 28, 28, 1) float32 in [-1, 1]

    Returns
    -------
    loss, told_apart : float
    """
    D = players.discriminator
    targets = np.repeat([1.0, 0.0], [len(real), len(fake)])[:, None].astype(real.dtype)  # (2B, 1)
    D.zero_grads()
    logits, saved = D.forward(np.concatenate([real, fake]))  # (2B, 1)
    loss, dlogits = bce_with_logits(logits, targets)
    D.backward(dlogits, saved, need_dx=False)
    players.discriminator_adam.step(learning_rate)
    return loss, float(sigmoid(logits[: len(real)] - logits[len(real) :]).mean())


def update_generator(players: Players, fake: Array, saved_fake: Saved, learning_rate: float) -> float:
    """G learns to draw what D calls real. Returns its loss.

    Parameters
    ----------
    fake : (B, 28, 28, 1) float32, as G's forward returned it
    saved_fake : Saved, of that forward
    """
    G, D = players.generator, players.discriminator
    G.zero_grads()
    logits, saved = D.forward(fake)  # (B, 1)
    loss, dlogits = bce_with_logits(logits, 1.0)
    with D.frozen():
        dfake = D.backward(dlogits, saved)  # (B, 28, 28, 1): how each pixel should change
        assert dfake is not None
        G.backward(dfake, saved_fake, need_dx=False)
        players.generator_adam.step(learning_rate)
    return loss


def iterate(players: Players, real: Array, latents: Array, learning_rate: float) -> Measured:
    """One update of D, one of G. The fakes that D has seen are used again for G.

    Parameters
    ----------
    real : (B, 28, 28, 1) float32 in [-1, 1]
    latents : (B, latent) float32, standard normal
    """
    fake, saved_fake = players.generator.forward(latents)  # (B, 28, 28, 1)
    d_loss, told_apart = update_discriminator(players, real, fake, learning_rate)
    g_loss = update_generator(players, fake, saved_fake, learning_rate)
    return Measured(d_loss, g_loss, told_apart)
