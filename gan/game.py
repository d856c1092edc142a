"""Which game the two players play: the classic one (gan/training.py), or the relativistic pair (gan/relativistic.py).

A game is an object; calling it is one iteration. And here is the mistake that this project began with: a discriminator
that moves while the generator learns.
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
class Played(Measured):
    """What one iteration of any game measured."""

    penalty: float = 0.0  # the gradient penalty (gan/penalty.py), 0 without one


class Game(Protocol):
    """The rules of one iteration."""

    def __call__(
        self, players: Players, real: Array, digits: NDArray[np.integer], latents: Sequence[Array], rate: float,
        between: Callable[[], None] = lambda: None,
    ) -> Played:  # fmt: skip
        """One update of D, then as many of G as there are batches of latents.

        Parameters
        ----------
        real : (B, 28, 28, 1) float32 in [-1, 1]
        digits : (B,) 0 to 9
            Which digits the real images show, and the fakes shall show where G is told.
        latents : each (B, inputs) float32, as gan/latents.py draws them
            The first batch makes the fakes of D's update and of G's first, any other one those of another of G's.
        rate : float
            The learning rate.
        between : called after D's update and before G's, for those who watch

        Returns
        -------
        Played ; its `g_loss` is the mean of G's updates
        """


def fakes(generator: Layer, latents: Sequence[Array], first: tuple[Array, Saved]) -> Iterator[tuple[Array, Saved]]:
    """What G draws for each of its updates, with its Saved: the first fakes are drawn already, as D has seen them.

    Each of the others is drawn when it is asked for, by a G that has moved meanwhile.
    """
    yield first
    for more in latents[1:]:
        yield generator.forward(more)


class Classic:
    """The game of the ground floor, which does not ask what the digits are."""

    def __call__(
        self, players: Players, real: Array, digits: NDArray[np.integer], latents: Sequence[Array], rate: float,
        between: Callable[[], None] = lambda: None,
    ) -> Played:  # fmt: skip
        """`gan.training.iterate`, with a stop between D's update and G's."""
        fake, saved_fake = players.generator.forward(latents[0])  # (B, 28, 28, 1)
        d_loss, told_apart = training.update_discriminator(players, real, fake, rate)
        between()
        drawn = fakes(players.generator, latents, (fake, saved_fake))
        g_losses = [training.update_generator(players, *each, rate) for each in drawn]
        return Played(d_loss, float(np.mean(g_losses)), told_apart)


class NeverFrozen(Split):
    """The mistake: a discriminator that will not be frozen.

    In G's update its gradients are made with the rest, and G's optimizer, which must hold both networks, moves it down
    G's loss: D becomes what flatters G.
    """

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze nothing; what D's own update has left in the gradients is no part of G's."""
        self.zero_grads()
        yield
