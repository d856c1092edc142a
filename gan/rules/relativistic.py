"""Implement the relativistic game, which trained the shipped models.

As in gan/plain/training.py, one iteration is one update of D, then one of G through a
frozen D. Three things differ.

- The targets are not 1 and 0. D should rate a real image above a fake one, and G should
  reverse this order, so only the difference of their logits counts.
- D is penalized for steep gradients (gan/rules/gradient_penalty.py), which keeps its
  gradient useful to G.
- A GAN of all digits can have labels. G reads the requested digit from its latents
  (gan/rules/latents.py). D's logit is the sum of two of its outputs: one says whether
  the image is a digit at all; the other, one of ten, says whether it is the requested
  digit. The real image and the fake in a pair show the same digit.

Sources: Huang et al. 2024, "The GAN is dead; long live the GAN!" (R3GAN), section 2.
Labels are from Mirza and Osindero 2014, "Conditional generative adversarial nets". The
sum of two outputs is from Miyato and Koyama 2018, "cGANs with projection
discriminator".
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from gan.plain.training import Players
from gan.rules.adversarial_game import IterationResult, compare_logits
from gan.rules.gradient_penalty import accumulate_with_penalty
from gan.rules.latents import one_hot
from nnet.layer import Array, Layer, Saved
from nnet.losses import sigmoid, softplus


def relativistic_pair(winner: Array, loser: Array) -> tuple[float, Array, Array]:
    """Return the relativistic pair loss and its gradients (loss, dwinner, dloser).

    The loss is the mean of softplus(-(winner - loser)) over arrays of the same shape,
    paired by index. It is low if the winner's logit exceeds the loser's. D's loss is
    relativistic_pair(real, fake); G's is relativistic_pair(fake, real).

    Source: Jolicoeur-Martineau 2018, "The relativistic discriminator", section 3; Huang
    et al. 2024 (R3GAN), 2.1.
    """
    loss = float(np.mean(softplus(loser - winner)))
    dwinner = (-sigmoid(loser - winner) / winner.size).astype(winner.dtype)
    return loss, dwinner, -dwinner


def outputs_of(digits: NDArray[np.integer], labels: bool) -> Array:
    """Return a mask of the outputs of D that are summed to each image's logit.

    `digits`, (N,), are those of the images. The mask is (N, outputs) float32. Without
    `labels`, D has one output, which always counts.
    """
    is_digit = np.ones((len(digits), 1), np.float32)
    return np.concatenate([is_digit, one_hot(digits)], 1) if labels else is_digit


def judge(discriminator: Layer, images: Array, which: Array) -> tuple[Array, Saved]:
    """Return D's logit for every image, (N, 1), and its Saved.

    The logit sums the outputs selected by `which`.
    """
    outputs, saved = discriminator.forward(images)
    return (outputs * which).sum(1, keepdims=True), saved


@dataclass(frozen=True)
class Relativistic:
    """The relativistic game (see `gan.rules.adversarial_game.Game`)."""

    gamma: float  # weight of the gradient penalty; 0 or more
    labels: bool = False  # whether both players receive the digits
    freeze: bool = True  # whether D is frozen while G learns

    def __call__(
        self,
        players: Players,
        real: Array,
        digits: NDArray[np.integer],
        latents: Sequence[Array],
        rate: float,
        between: Callable[[], None] = lambda: None,
    ) -> IterationResult:
        which = outputs_of(digits, self.labels)  # (B, outputs)
        fake, saved_fake = players.generator.forward(latents[0])  # (B, 28, 28, 1)
        d_loss, told_apart, penalty = self.update_discriminator(
            players, real, fake, which, rate
        )
        between()
        # `map` is lazy, so the updated G draws the later fakes.
        later = map(players.generator.forward, latents[1:])
        drawn = chain([(fake, saved_fake)], later)
        g_loss = self.update_generator(players, real, drawn, which, rate)
        return IterationResult(d_loss, g_loss, told_apart, penalty)

    def update_discriminator(
        self, players: Players, real: Array, fake: Array, which: Array, rate: float
    ) -> tuple[float, float, float]:
        """Teach D to rate real images above fakes, and to be flat around both.

        Return (loss, told_apart, penalty). The images are (B, 28, 28, 1), and `which`
        is from `outputs_of`. The loss does not contain the penalty.
        """
        D = players.discriminator
        B = len(real)
        D.zero_grads()
        which = np.concatenate([which, which])  # (2B, outputs)
        logits, saved = judge(D, np.concatenate([real, fake]), which)  # (2B, 1)
        loss, dreal, dfake = relativistic_pair(winner=logits[:B], loser=logits[B:])
        dlogits = np.concatenate([dreal, dfake])
        penalty = 0.0
        if self.gamma > 0:
            penalty = accumulate_with_penalty(D, dlogits, which, saved, self.gamma)
        else:
            D.backward(dlogits * which, saved, need_dx=False)
        players.discriminator_adam.step(rate)
        return loss, compare_logits(logits), penalty

    def update_generator(
        self,
        players: Players,
        real: Array,
        drawn: Iterable[tuple[Array, Saved]],
        which: Array,
        rate: float,
    ) -> float:
        """Teach G to make drawings that D rates above the real images.

        Return the mean loss of G's updates. `drawn` has the fakes of each update with
        their Saved. The logits of the real images are computed again because D's
        weights have changed. Only the gradient with respect to the fakes is passed back
        to G.
        """
        G = players.generator
        D = players.discriminator
        losses = list[float]()
        real_logits = None
        for fake, saved_fake in drawn:
            G.zero_grads()
            if not self.freeze:
                D.zero_grads()
            with D.frozen() if self.freeze else nullcontext():
                if real_logits is None or not self.freeze:
                    real_logits, saved_real = judge(D, real, which)  # (B, 1)
                    if self.freeze:
                        del saved_real  # freed because no backward pass needs it
                logits, saved = judge(D, fake, which)  # (B, 1)
                loss, dlogits, dreal = relativistic_pair(
                    winner=logits, loser=real_logits
                )
                dfake = D.backward(dlogits * which, saved)  # (B, 28, 28, 1)
                if not self.freeze:
                    D.backward(dreal * which, saved_real, need_dx=False)
                G.backward(dfake, saved_fake, need_dx=False)
                players.adversarial_adam.step(rate)
            losses.append(loss)
        return float(np.mean(losses))
