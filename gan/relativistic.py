"""The iteration of the shipped models: the relativistic pair with the gradient penalty.

As in gan/training.py, one update of D and one of G through a frozen D, with three differences. Neither player is asked
for 1 or 0: D should rate a real image above a fake one, G should make it the other way round; only the difference of
logits counts. D pays for being steep (gan/penalty.py), which keeps its gradient useful to G. And a GAN of all digits
may be told which digit an image shows, or is to show: G reads it from its latents (gan/latents.py). D's logit then is
the sum of two of its outputs: one that asks whether it is a digit at all, and the one of eleven that asks whether it is
this digit. Real and fake of a pair are of the same digit.

Sources: Huang et al. 2024, "The GAN is dead; long live the GAN!" (R3GAN), section 2. On labels: Mirza and Osindero
2014, "Conditional generative adversarial nets"; the sum: Miyato and Koyama 2018, "cGANs with projection discriminator".
"""

from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray

from gan.augment import Look, as_it_is
from gan.config import Config
from gan.latents import one_hot
from gan.penalty import accumulate_with_penalty
from gan.training import Measured, Players
from nnet.layer import Array, Layer, Saved
from nnet.losses import relativistic, sigmoid


def outputs_of(digits: NDArray[np.integer], config: Config) -> Array:
    """Which of D's outputs count for an image of the digit, 1, and which do not, 0: (N,) to (N, outputs) float32."""
    all_digits = np.ones((len(digits), 1), np.float32)
    return np.concatenate([all_digits, one_hot(digits)], 1) if config.labels else all_digits


def rate(discriminator: Layer, images: Array, which: Array) -> tuple[Array, Saved]:
    """D's logit of every image, (N, 1): the sum of those outputs that have a 1 in `which`, (N, outputs); D's Saved."""
    outputs, saved = discriminator.forward(images)
    return (outputs * which).sum(1, keepdims=True), saved


def update_discriminator(
    players: Players, real: Array, fake: Array, which: Array, learning_rate: float, gamma: float,
    look: Look = as_it_is,
) -> tuple[float, float, float]:  # fmt: skip
    """D learns to rate real images above fakes, and to be flat around both.

    Parameters
    ----------
    real, fake : (B, 28, 28, 1) float32 in [-1, 1]
    which : (B, outputs) float32
        Which of D's outputs count for each pair, as `outputs_of` gives it.
    gamma : float, 0 or more
    look : Look
        What D is shown of the images (gan/augment.py).

    Returns
    -------
    loss (without the penalty), told_apart, penalty : float
    """
    D, B = players.discriminator, len(real)
    D.zero_grads()
    which = np.concatenate([which, which])  # (2B, outputs)
    seen, _ = look(np.concatenate([real, fake]))
    logits, saved = rate(D, seen, which)  # (2B, 1)
    loss, dreal, dfake = relativistic(winner=logits[:B], loser=logits[B:])
    dlogits = np.concatenate([dreal, dfake])
    penalty = 0.0
    if gamma > 0:
        penalty = accumulate_with_penalty(D, dlogits, which, saved, gamma)
    else:
        D.backward(dlogits * which, saved, need_dx=False)
    players.discriminator_adam.step(learning_rate)
    return loss, float(sigmoid(logits[:B] - logits[B:]).mean()), penalty


def update_generator(
    players: Players, real: Array, fake: Array, saved_fake: Saved, which: Array, learning_rate: float,
    freeze: bool = True, look: Look = as_it_is,
) -> float:  # fmt: skip
    """G learns to draw what D rates above the real images. Returns its loss.

    The real images' logits are computed once more, since D has moved. Only the fakes' gradient goes on to G.
    """
    G, D = players.generator, players.discriminator
    G.zero_grads()
    D.zero_grads()
    real_logits, saved_real = rate(D, look(real)[0], which)  # (B, 1)
    if freeze:
        del saved_real  # nothing goes back through it
    seen, back = look(fake)
    logits, saved = rate(D, seen, which)  # (B, 1)
    loss, dlogits, dreal = relativistic(winner=logits, loser=real_logits)
    with D.frozen() if freeze else nullcontext():
        dseen = D.backward(dlogits * which, saved)  # (B, 28, 28, 1)
        if not freeze:
            D.backward(dreal * which, saved_real, need_dx=False)
        assert dseen is not None
        G.backward(back(dseen), saved_fake, need_dx=False)
        players.generator_adam.step(learning_rate)
    return loss


def iterate(
    players: Players,
    real: Array,
    latents: Array,
    which: Array,
    learning_rate: float,
    gamma: float,
    freeze: bool = True,
    between: Callable[[], None] = lambda: None,
    look: Look = as_it_is,
) -> Measured:
    """One update of D, one of G. Shapes as above, `latents` (B, inputs) as gan/latents.py draws them."""
    fake, saved_fake = players.generator.forward(latents)  # (B, 28, 28, 1)
    d_loss, told_apart, penalty = update_discriminator(players, real, fake, which, learning_rate, gamma, look)
    between()
    g_loss = update_generator(players, real, fake, saved_fake, which, learning_rate, freeze, look)
    return Measured(d_loss, g_loss, told_apart, penalty)
