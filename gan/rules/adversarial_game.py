"""Define a *game*, the rules by which a GAN trains, and the classic game.

Calling a game object performs one iteration. The classic game (gan/plain/training.py)
is wrapped here; the relativistic pair is in gan/rules/relativistic.py. A game with
`freeze` off repeats the mistake that this project started from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gan.plain import training
from gan.plain.training import Players
from nnet.layer import Array
from nnet.losses import sigmoid


@dataclass
class IterationResult:
    """The measurements of one iteration of any game."""

    d_loss: float
    g_loss: float
    told_apart: float  # see `compare_logits`
    # the gradient penalty (gan/rules/gradient_penalty.py), or 0 if the game has none
    penalty: float = 0.0


def compare_logits(logits: Array) -> float:
    """Return how well D tells real images from fakes: from 0.5 (it guesses) to 1.

    `logits` are (2B, 1): those of B real images, then those of B fakes. The result is
    the mean of sigmoid(real logit - fake logit).
    """
    real, fake = np.split(logits, 2)
    return float(sigmoid(real - fake).mean())


class Game(Protocol):
    """The rules by which D and G learn in one iteration."""

    def __call__(
        self,
        players: Players,
        real: Array,
        digits: NDArray[np.integer],
        latents: Sequence[Array],
        rate: float,
        between: Callable[[], None] = lambda: None,
    ) -> IterationResult:
        """Update D once, then G once for each batch of latents.

        The `g_loss` returned is the mean over G's updates.

        Parameters
        ----------
        real : (B, 28, 28, 1) float32 in [-1, 1]
        digits : (B,) 0 to 9
            The digits of the real images and, if G has labels, of the fakes.
        latents : sequence of (B, inputs) float32, as drawn by gan/rules/latents.py
            D's update and G's first update use the first batch. Each further batch
            gives one more update of G.
        rate : learning rate
        between : function
            Called after D's update and before G's, so that callers can measure D then.
        """


@dataclass(frozen=True)
class Classic:
    """The classic game, which ignores the digits."""

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
        """Do the same as `gan.plain.training.iterate`, with the extras of `Game`.

        These are `between`, and one update of G for each batch of latents.
        """
        fake, saved_fake = players.generator.forward(latents[0])  # (B, 28, 28, 1)
        d_loss, logits = training.update_discriminator(players, real, fake, rate)
        between()
        g_losses = []
        # `map` is lazy, so the updated G draws the later fakes.
        later = map(players.generator.forward, latents[1:])
        for drawn in chain([(fake, saved_fake)], later):
            g_loss = training.update_generator(
                players, *drawn, rate, freeze=self.freeze
            )
            g_losses.append(g_loss)
        g_loss = float(np.mean(g_losses))
        return IterationResult(d_loss, g_loss, compare_logits(logits))
