"""What the generator draws from: normal numbers, and, if it is told which digit to draw, ten more that say it.

The same latent vector always gives the same digit. In the ten last numbers of a GAN with labels the wanted digit has a
1 and the others 0 ("one-hot"); they go into the first dense layer like the rest, so every digit has a bias of its own.
"""

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS, Config


def one_hot(digits: NDArray[np.integer]) -> NDArray[np.float32]:
    """(N,) digits to (N, 10), with a 1 at the digit's place and 0 elsewhere."""
    return np.eye(DIGITS, dtype=np.float32)[digits]


def draw_latents(
    config: Config, n: int, rng: np.random.Generator, digits: NDArray[np.integer] | None = None
) -> NDArray[np.float32]:
    """Draw n latent vectors.

    Parameters
    ----------
    digits : (n,) 0 to 9, optional
        Which digit each shall give, if the config has labels; without it they are drawn, all equally likely.

    Returns
    -------
    (n, config.inputs) float32
    """
    latents = rng.standard_normal((n, config.latent), np.float32)
    if not config.labels:
        return latents
    return np.concatenate([latents, one_hot(rng.integers(DIGITS, size=n) if digits is None else digits)], 1)
