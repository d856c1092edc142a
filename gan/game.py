"""The two kinds of game: classic (gan/training.py) and relativistic pair (gan/relativistic.py).

A game is an object; calling it plays one iteration. This module also holds the mistake that this project began with: a
discriminator that moves while the generator learns.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gan import training
from gan.training import Measured, Players
from nnet.fast.split import Split
from nnet.layer import Array, Layer, Saved


@dataclass
class IterationResult(Measured):
    """The measurements of one iteration of any game."""

    penalty: float = 0.0  # the gradient penalty (gan/penalty.py), 0 without one


class Game(Protocol):
    """The rules of one iteration."""

    def __call__(
        self, players: Players, real: Array, digits: NDArray[np.integer], latents: Sequence[Array], rate: float,
        between: Callable[[], None] = lambda: None,
    ) -> IterationResult:  # fmt: skip
        """Update D once, then G once for each batch of latents.

        Parameters
        ----------
        real : (B, 28, 28, 1) float32 in [-1, 1]
        digits : (B,) 0 to 9
            The digits of the real images, and of the fakes if G has labels.
        latents : each (B, inputs) float32, as gan/latents.py draws them
            The first batch makes the fakes of D's update and of G's first one, each later batch those of one more of G.
        rate : float
            The learning rate.
        between : called after D's update and before G's, for observers

        Returns
        -------
        IterationResult ; its `g_loss` is the mean over G's updates
        """


def fakes(generator: Layer, latents: Sequence[Array], first: tuple[Array, Saved]) -> Iterator[tuple[Array, Saved]]:
    """Yield G's drawings and their Saved for each of its updates. The first are those that D has seen.

    The others are drawn on demand, by a G that has moved meanwhile.
    """
    yield first
    for batch in latents[1:]:
        yield generator.forward(batch)


class Classic:
    """The game of the core. It ignores the digits."""

    def __call__(
        self, players: Players, real: Array, digits: NDArray[np.integer], latents: Sequence[Array], rate: float,
        between: Callable[[], None] = lambda: None,
    ) -> IterationResult:  # fmt: skip
        """Play `gan.training.iterate`, with a call between D's update and G's."""
        fake, saved_fake = players.generator.forward(latents[0])  # (B, 28, 28, 1)
        d_loss, told_apart = training.update_discriminator(players, real, fake, rate)
        between()
        drawn = fakes(players.generator, latents, (fake, saved_fake))
        g_losses = [training.update_generator(players, *each, rate) for each in drawn]
        return IterationResult(d_loss, float(np.mean(g_losses)), told_apart)


class NeverFrozen(Split):
    """The mistake: a discriminator that is never frozen.

    In G's update D's gradients are computed, too. G's optimizer, which must hold both networks, moves D down G's loss:
    D learns to prefer G's drawings.
    """

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze nothing. Only clear the gradients that D's own update has left."""
        self.zero_grads()
        yield
