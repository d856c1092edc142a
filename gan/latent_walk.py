"""Animate a sheet: walk through latent space, so that every drawing gradually turns into others.

If the generator has labels, the drawings also change from digit to digit. The drawings move in groups, so most of the
sheet is readable at any time. On a *leg*, a drawing moves from one resting point to the next; the first resting point
is the run's own picture. A *strip* shows one leg of `GROUP` drawings in `FRAMES` pictures, which the page blends. A
strip depends only on the run's config and the strip's number, so it can be cached. It begins where an earlier strip
ended.
"""

import math

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS, Config
from gan.latents import picture_latents, with_labels
from gan.pictures import Pictures
from gan.runs.trainer import PICTURE_LATENTS
from gan.sample import draw
from nnet.layer import Layer

GROUP = 16  # number of drawings that move at once
FRAMES = 8  # pictures in a leg; from one to the next, a drawing changes by at most a third of its ink
LEGS = 100 * DIGITS  # length of the walk, almost nine hours; a multiple of ten, so that the digits also repeat
STRIPS = LEGS * PICTURE_LATENTS // GROUP
ORDER: tuple[int, ...] = tuple(np.random.default_rng(0).permutation(PICTURE_LATENTS).tolist())  # drawing numbers

Latents = NDArray[np.float32]


def between(first: Latents, last: Latents, shares: NDArray[np.floating]) -> Latents:
    """Interpolate latents as cos(t pi/2) first + sin(t pi/2) last, for fractions t (`shares`) from 0 to 1.

    If both endpoints are independent normal vectors, every interpolated vector is also normal, because cos^2 + sin^2 =
    1 preserves the variance. Linear interpolation would halve the variance at the midpoint, and G has hardly been
    trained on such latents.

    Parameters
    ----------
    first, last : (..., latent)
    shares : (F,)

    Returns
    -------
    (F, ..., latent) float32
    """
    angle = np.pi / 2 * shares.reshape(-1, *[1] * first.ndim)  # (F, 1, ...)
    return (np.cos(angle) * first + np.sin(angle) * last).astype(np.float32)


def rest(config: Config, legs: int) -> Latents:
    """Return the resting points of all drawings after the given number of legs: (64, inputs) float32.

    A G with labels draws the ten digits in a different order for each drawing.
    """
    legs %= LEGS
    start = picture_latents(config, PICTURE_LATENTS)  # (64, inputs)
    if legs == 0:
        return start
    normal = np.random.default_rng([config.seed, legs]).standard_normal((PICTURE_LATENTS, config.latent), np.float32)
    latents = np.float32(config.temperature) * normal
    if not config.labels:
        return latents
    steps = np.random.default_rng(config.seed).permuted(np.tile(np.arange(1, DIGITS), (PICTURE_LATENTS, 1)), axis=1)
    step = steps[:, legs % DIGITS - 1] if legs % DIGITS else 0  # (64,) offset from the first digit, modulo ten
    return with_labels(latents, (start[:, config.latent :].argmax(1) + step) % DIGITS)


def strip(generator: Layer, config: Config, number: int) -> Pictures:
    """Draw one leg of the next `GROUP` drawings. Its starting point is left out, because an earlier strip ends there.

    The ten label inputs are interpolated linearly, so the midpoint between 3 and 8 is labelled half 3, half 8.

    Parameters
    ----------
    number : 0 to STRIPS - 1

    Returns
    -------
    (FRAMES * GROUP, 28, 28) uint8, ink 255 : the drawings of each frame, in the order of `ORDER`
    """
    legs, turn = divmod(number, PICTURE_LATENTS // GROUP)
    cells = list(ORDER[turn * GROUP : (turn + 1) * GROUP])
    first, last = rest(config, legs)[cells], rest(config, legs + 1)[cells]  # (GROUP, inputs)
    shares = np.arange(1, FRAMES + 1, dtype=np.float32) / FRAMES  # (FRAMES,)
    inputs = first + shares[:, None, None] * (last - first)  # (FRAMES, GROUP, inputs), correct only for the labels
    inputs[..., : config.latent] = between(first[:, : config.latent], last[:, : config.latent], shares)
    return draw(generator, inputs.reshape(FRAMES * GROUP, config.inputs))


def at(config: Config, seed: int, x: float, y: float) -> Latents:
    """Return the latent at a point of a disk spanned by two directions: (latent,) float32.

    The centre is the latent of the seed. Toward the edge, two other latents are mixed in, so that the result keeps the
    same normal distribution, as in `between`.

    Parameters
    ----------
    x, y : floats with sqrt(x^2 + y^2) at most 1 within the disk; points outside are allowed
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
