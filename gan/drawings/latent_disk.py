"""Draw the digits at a point of a disk in latent space."""

import math

import numpy as np
from numpy.typing import NDArray

from gan.cli.label_names import DIGITS
from gan.data.images_and_sheets import Pictures
from gan.drawings.load_and_draw import draw
from gan.rules.config import Config
from gan.rules.latents import with_labels
from nnet.layer import Layer

Latents = NDArray[np.float32]


def at(config: Config, seed: int, x: float, y: float) -> Latents:
    """Return the latent at a point of a disk spanned by two directions: (latent,) float32.

    The disk has radius 1; points outside are allowed. The centre is the latent of the seed, and two others lie to the
    right of it and above it. A point at distance t from the centre is cos(t pi/2) centre + sin(t pi/2) direction. That
    is normal, too, because cos^2 + sin^2 = 1 preserves the variance. On a straight line it would be half as large
    halfway, and G has hardly been trained on such latents.
    """
    normal = np.random.default_rng(seed).standard_normal((3, config.latent), np.float32)
    middle, right, up = np.float32(config.temperature) * normal
    away = math.hypot(x, y)
    direction = (x * right + y * up) / away if away else right
    angle = np.pi / 2 * away
    return (np.cos(angle) * middle + np.sin(angle) * direction).astype(np.float32)


def ten(generator: Layer, config: Config, seed: int, x: float, y: float) -> Pictures:
    """Draw all ten digits at a point of the disk with a G that has labels: (10, 28, 28) uint8, ink 255."""
    latents = np.tile(at(config, seed, x, y), (DIGITS, 1))
    return draw(generator, with_labels(latents, np.arange(DIGITS)))
