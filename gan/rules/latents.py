"""Draw the generator's inputs: normal random numbers and the digit's ten numbers.

The same latent vector always gives the same drawing. Only a GAN with labels has inputs
for the digit, the last ten. They are "one-hot": 1 for the requested digit and 0 for the
others. They enter the first dense layer like the other inputs, which gives every digit
its own bias. The user's own images may have fewer than ten labels; the remaining inputs
are then always 0.

A trained G varies its digits slightly less than people do. So pictures use latents with
a slightly higher standard deviation than in training. This is the config's
`temperature`, 1.05 or 1.1. Higher values distort the rarest shapes (docs/notebook.md).
The writer uses a lower temperature to make its handwriting more regular.

The term "temperature" comes from Kingma and Dhariwal 2018, "Glow", section 6.
"""

import numpy as np
from numpy.typing import NDArray

from gan.base.labels import DIGITS
from gan.rules.run_config import Config

# A run derives several random streams from its seed (gan/runs/trainer.py). This is the
# number of the stream for pictures.
PICTURE_STREAM = 3


def one_hot(digits: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return (N, 10) float32, with 1 at each digit's index and 0 elsewhere."""
    return np.eye(DIGITS, dtype=np.float32)[digits]


def with_labels(
    latents: NDArray[np.float32], digits: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Append the one-hot encoding of digits: (N, latent), (N,) -> (N, latent + 10)."""
    return np.concatenate([latents, one_hot(digits)], 1)


def digits_in_order(config: Config, n: int) -> NDArray[np.intp] | None:
    """Return the digits that G draws in a run's pictures, (n,), or None without labels.

    They repeat in order: 0 1 .. 9 0 1 ..
    """
    return np.arange(n) % config.kinds if config.labels else None


def requested_digits(config: Config, n: int) -> NDArray[np.intp] | None:
    """Return the digits that a run's pictures should show, (n,), or None if any may."""
    if config.digit is None:
        return digits_in_order(config, n)
    return np.full(n, config.digit)


def draw_latents(
    config: Config,
    n: int,
    rng: np.random.Generator,
    digits: NDArray[np.integer] | None = None,
    temperature: float = 1.0,
) -> NDArray[np.float32]:
    """Draw n latent vectors, (n, config.inputs) float32.

    The temperature is the standard deviation of their numbers. If the config has
    labels, `digits`, (n,) 0 to 9, are the digits to draw. By default they are random,
    all equally likely.
    """
    normal = rng.standard_normal((n, config.latent), np.float32)
    latents = np.float32(temperature) * normal
    if not config.labels:
        return latents
    if digits is None:
        digits = rng.integers(config.kinds, size=n)
    return with_labels(latents, digits)


def picture_latents(config: Config, n: int) -> NDArray[np.float32]:
    """Return the latents of a run's pictures, (n, inputs) float32.

    They depend only on the run's config.
    """
    seeds = np.random.SeedSequence(config.seed, spawn_key=(PICTURE_STREAM,))
    rng = np.random.default_rng(seeds)
    return draw_latents(config, n, rng, digits_in_order(config, n), config.temperature)
