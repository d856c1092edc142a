"""What the generator draws from: normal numbers, and, if it is told which digit to draw, ten more that say it.

The same latent vector always gives the same digit. In the ten last numbers of a GAN with labels the wanted digit has a
1 and the others 0 ("one-hot"); they go into the first dense layer like the rest, so every digit has a bias of its own.

A trained G varies its digits a little less than people do. So the numbers from which digits are drawn to be looked at
lie a little further from 0 than in training: their standard deviation, the config's `temperature`, is 1.05 or 1.1
there. Above that the rarest forms come out odd (docs/notebook.md). The writer goes the other way, to be calm.

Source of the name: Kingma and Dhariwal 2018, "Glow", section 6.
"""

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS, Config

PICTURE_STREAM = 3  # which of the independent streams of a run's seed its pictures are drawn from (gan/runs/trainer.py)


def one_hot(digits: NDArray[np.integer]) -> NDArray[np.float32]:
    """(N,) digits to (N, 10), with a 1 at the digit's place and 0 elsewhere."""
    return np.eye(DIGITS, dtype=np.float32)[digits]


def with_labels(latents: NDArray[np.float32], digits: NDArray[np.integer]) -> NDArray[np.float32]:
    """Latent numbers, (N, latent), and behind them the ten that say the digits, (N,): (N, latent + 10) float32."""
    return np.concatenate([latents, one_hot(digits)], 1)


def in_turn(config: Config, n: int) -> NDArray[np.intp] | None:
    """Which digits a G with labels is asked for on a run's pictures: (n,), 0 1 2 .. 9 0 1 ..; None without labels."""
    return np.arange(n) % DIGITS if config.labels else None


def asked_for(config: Config, n: int) -> NDArray[np.intp] | None:
    """Which digits a reader should find on a run's pictures: (n,); None where G draws any of the ten, as it likes."""
    return in_turn(config, n) if config.digit is None else np.full(n, config.digit)


def draw_latents(
    config: Config,
    n: int,
    rng: np.random.Generator,
    digits: NDArray[np.integer] | None = None,
    temperature: float = 1.0,
) -> NDArray[np.float32]:
    """Draw n latent vectors.

    Parameters
    ----------
    digits : (n,) 0 to 9, optional
        Which digit each shall give, if the config has labels; without it they are drawn, all equally likely.
    temperature : float
        Standard deviation of the latent numbers.

    Returns
    -------
    (n, config.inputs) float32
    """
    latents = np.float32(temperature) * rng.standard_normal((n, config.latent), np.float32)
    if not config.labels:
        return latents
    return with_labels(latents, rng.integers(DIGITS, size=n) if digits is None else digits)


def of_pictures(config: Config, n: int) -> NDArray[np.float32]:
    """The latents of a run's pictures, by its config alone: (n, inputs) float32; with labels the digits in turn."""
    rng = np.random.default_rng(np.random.SeedSequence(config.seed, spawn_key=(PICTURE_STREAM,)))
    return draw_latents(config, n, rng, in_turn(config, n), config.temperature)
