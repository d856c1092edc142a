"""Record one iteration of training, which the page "How it works" plays step by step.

A small plain GAN is trained on threes once, for a second or two. Then a copy of it is trained for one iteration with
the two update functions of gan/training.py. Everything that passes between the players is recorded: the drawings, the
judge's logits, and the gradient that flows through the frozen judge to the pixels. A `Recorded` network takes D's
place, forwards all calls and records their results, so nothing is computed separately for the page.
gan/web/services/iteration_steps.py describes the recorded iteration in words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gan.data import load, only
from gan.models import build_discriminator, build_generator
from gan.pictures import to_unit
from gan.plain import BETA1, LATENT, LEARNING_RATE
from gan.runs.judge_drawing import in_red_and_blue
from gan.training import Players, iterate, update_discriminator, update_generator
from nnet.layer import Array, Layer, Saved
from nnet.losses import bce_with_logits
from nnet.optimizers import Adam

DIGIT = 3
CHANNELS, BATCH, ITERATIONS = (8, 16), 16, 250  # training takes a second or two; most drawings then look like a three
SHOWN = 4  # the batch size of the shown iteration, so each loss is computed from the visible pictures
RATE = LEARNING_RATE / 2  # lower for the shown iteration, because with four pictures D's full step may overshoot
FULL = 0.5  # fraction of the largest gradient that gets the full colour; most pixels have far smaller gradients


class Recorded(Layer):
    """A network that records y in each forward pass, and dy and dx in each backward pass.

    It has the same leaves and the same frozen state as the wrapped network.
    """

    def __init__(self, network: Layer) -> None:
        super().__init__()
        self.network = network
        self.y: list[Array] = []
        self.dy: list[Array] = []
        self.dx: list[Array | None] = []

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """Run the network forward and record its output."""
        y, saved = self.network.forward(x)
        self.y.append(y)
        return y, saved

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """Run the network backward and record both gradients."""
        dx = self.network.backward(dy, saved, need_dx=need_dx)
        self.dy.append(dy)
        self.dx.append(dx)
        return dx

    def leaves(self) -> Iterator[tuple[str, Layer]]:
        """Return the leaves of the wrapped network."""
        return self.network.leaves()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze the wrapped network."""
        with self.network.frozen():
            yield


@dataclass(frozen=True)
class Iteration:
    """One iteration with its intermediate results.

    Attributes
    ----------
    real, drawn, again : (SHOWN, 28, 28, 1)
        Real digits, G's drawings before its update, and its drawings from the same latents after the update.
    gradient : (SHOWN, 28, 28, 1)
        The gradient of G's loss with respect to the pixels of `drawn`, as returned by D.
    real_before, drawn_before, real_after, drawn_after, again_after : (SHOWN,)
        D's logits before and after D's update.
    real_pull, drawn_pull, g_pull : (SHOWN,)
        d loss / d logit: the gradient of D's loss with respect to `real_before` and `drawn_before`, and that of G's
        loss with respect to `drawn_after`.
    d_loss, d_loss_after, g_loss, g_loss_after : float
        The loss of each player before its update and, on the same batch, after it.
    d_change, d_change_in_g, g_change : float
        The change of the weights relative to their norm: D's in its own update, D's in G's update, and G's.
    """

    real: Array
    drawn: Array
    again: Array
    gradient: Array
    real_before: Array
    drawn_before: Array
    real_after: Array
    drawn_after: Array
    again_after: Array
    real_pull: Array
    drawn_pull: Array
    g_pull: Array
    d_loss: float
    d_loss_after: float
    g_loss: float
    g_loss_after: float
    d_change: float
    d_change_in_g: float
    g_change: float


# Recording an iteration


@lru_cache(maxsize=1)
def trained() -> Players:
    """Return the small trained GAN that every iteration starts from. Callers must copy it."""
    rng, images = np.random.default_rng(0), threes()
    G, D = build_generator(LATENT, CHANNELS, rng), build_discriminator(1, CHANNELS, rng)
    players = Players(G, D, Adam(G, beta1=BETA1), Adam(D, beta1=BETA1))
    for _ in range(ITERATIONS):
        real = images[rng.integers(len(images), size=BATCH)]  # (BATCH, 28, 28, 1)
        iterate(players, real, rng.standard_normal((BATCH, LATENT), np.float32), LEARNING_RATE)
    return players


@lru_cache(maxsize=1)
def threes() -> NDArray[np.float32]:
    """Return the real threes, (500, 28, 28, 1) in [-1, 1]."""
    return to_unit(only(load(), DIGIT).images)


def inputs_of_seed(seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return real digits, (SHOWN, 28, 28, 1), and latents, (SHOWN, LATENT), for a seed."""
    rng, images = np.random.default_rng(seed), threes()
    return images[rng.choice(len(images), SHOWN, replace=False)], rng.standard_normal((SHOWN, LATENT), np.float32)


def play(players: Players, real: Array, latents: Array, learning_rate: float = RATE) -> Iteration:
    """Train both players for one iteration, like `gan.training.iterate`, and record it."""
    G, D = players.generator, Recorded(players.discriminator)
    watched = replace(players, discriminator=D)
    drawn, saved_drawn = G.forward(latents)  # (SHOWN, 28, 28, 1)

    start = weights(D)
    d_loss, _ = update_discriminator(watched, real, drawn, learning_rate)
    d_change, start = change(start, weights(D)), weights(D)
    real_after = D.network.forward(real)[0]  # (SHOWN, 1)

    g_start = weights(G)
    g_loss = update_generator(watched, drawn, saved_drawn, learning_rate)
    d_change_in_g, g_change = change(start, weights(D)), change(g_start, weights(G))
    again = G.forward(latents)[0]  # (SHOWN, 28, 28, 1)
    again_after = D.network.forward(again)[0]  # (SHOWN, 1)

    before, drawn_after = D.y  # (2 SHOWN, 1) in D's update, real images first; (SHOWN, 1) in G's update
    pull, g_pull = D.dy  # the same shapes
    _, gradient = D.dx  # (SHOWN, 28, 28, 1)
    assert gradient is not None
    pictures = {"real": real, "drawn": drawn, "again": again, "gradient": gradient}
    logits = {"real_before": before[:SHOWN], "drawn_before": before[SHOWN:], "real_after": real_after}
    logits |= {"drawn_after": drawn_after, "again_after": again_after}
    logits |= {"real_pull": pull[:SHOWN], "drawn_pull": pull[SHOWN:], "g_pull": g_pull}
    return Iteration(
        **pictures,
        **{name: column[:, 0] for name, column in logits.items()},
        d_loss=d_loss,
        d_loss_after=(bce_with_logits(real_after, 1.0)[0] + bce_with_logits(drawn_after, 0.0)[0]) / 2,
        g_loss=g_loss,
        g_loss_after=bce_with_logits(again_after, 1.0)[0],
        d_change=d_change,
        d_change_in_g=d_change_in_g,
        g_change=g_change,
    )


def weights(network: Layer) -> list[Array]:
    """Return a copy of all weights."""
    return [w.copy() for w in network.parameters().values()]


def change(before: list[Array], after: list[Array]) -> float:
    """Return |after - before| / |before| over all weights as one vector w; exactly 0 if all are equal."""
    squares = sum(float(((b - a) ** 2).sum()) for a, b in zip(before, after, strict=True))
    return (squares / sum(float((a**2).sum()) for a in before)) ** 0.5


# Display


def red_and_blue(gradient: Array) -> NDArray[np.uint8]:
    """Colour each pixel blue where more ink would lower the loss, red where it would raise it, and white for zero.

    Parameters
    ----------
    gradient : (N, 28, 28, 1), d loss / d pixel

    Returns
    -------
    (N, 28, 28, 3) uint8 : on one scale for all N; pixels with at least `FULL` of the largest gradient get full colour
    """
    full = FULL * float(np.abs(gradient).max()) or 1.0
    return in_red_and_blue(-gradient[..., 0], full)
