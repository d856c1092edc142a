"""Move through latent space: on the path between two latents, and on a disk spanned by two directions."""

import math

import numpy as np
from numpy.typing import NDArray

from gan.cli.label_names import DIGITS
from gan.data.pictures import Pictures
from gan.drawings.load_and_draw import draw
from gan.rules.config import Config
from gan.rules.latents import with_labels
from nnet.layer import Layer

Latents = NDArray[np.float32]


def between(first: Latents, last: Latents, shares: NDArray[np.floating]) -> Latents:
    """Interpolate latents as cos(t pi/2) first + sin(t pi/2) last, for fractions t (`shares`) from 0 to 1.

    Shares (F,) and endpoints (..., latent) give (F, ..., latent) float32. If both endpoints are independent normal
    vectors, every interpolated vector is also normal, because cos^2 + sin^2 = 1 preserves the variance. Linear
    interpolation would halve the variance at the midpoint, and G has hardly been trained on such latents.
    """
    angle = np.pi / 2 * shares.reshape(-1, *[1] * first.ndim)  # (F, 1, ...)
    return (np.cos(angle) * first + np.sin(angle) * last).astype(np.float32)


def at(config: Config, seed: int, x: float, y: float) -> Latents:
    """Return the latent at a point of a disk spanned by two directions: (latent,) float32.

    The disk has radius 1; points outside are allowed. The centre is the latent of the seed. Toward the edge, two other
    latents are mixed in, so that the result keeps the same normal distribution, as in `between`.
    """
    normal = np.random.default_rng(seed).standard_normal((3, config.latent), np.float32)
    middle, right, up = np.float32(config.temperature) * normal
    away = math.hypot(x, y)
    direction = (x * right + y * up) / away if away else right
    return between(middle, direction.astype(np.float32), np.array([away]))[0]


def ten(generator: Layer, config: Config, seed: int, x: float, y: float) -> Pictures:
    """Draw all ten digits at a point of the disk with a G that has labels: (10, 28, 28) uint8, ink 255."""
    latents = np.tile(at(config, seed, x, y), (DIGITS, 1))
    return draw(generator, with_labels(latents, np.arange(DIGITS)))
