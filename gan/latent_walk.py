"""A sheet that wanders: each of its drawings goes its own way through latents and, where G is told them, digits.

The drawings go in turns, so that most of a sheet can be read at any time. On a *leg* a drawing goes from where it rests
to where it rests next; the first rest of all is the run's own picture. A *strip* is one leg of `GROUP` drawings in
`FRAMES` pictures, which a page blends into each other. Where anything is, at any time, follows from the run's config
and the number of the strip: so a strip can be kept, and where one ends another begins.
"""

import math

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS, Config
from gan.latents import of_pictures, with_labels
from gan.pictures import Pictures
from gan.runs.trainer import PICTURE_LATENTS
from gan.sample import draw
from nnet.layer import Layer

GROUP = 16  # drawings that go at a time
FRAMES = 8  # of a leg: a drawing changes by at most a third of its ink from one to the next
LEGS = 100 * DIGITS  # then the walk is where it began, after almost nine hours; a multiple, for the digits' sake
STRIPS = LEGS * PICTURE_LATENTS // GROUP
ORDER: tuple[int, ...] = tuple(np.random.default_rng(0).permutation(PICTURE_LATENTS).tolist())  # who goes after whom

Latents = NDArray[np.float32]


def between(first: Latents, last: Latents, shares: NDArray[np.floating]) -> Latents:
    """Latents on the way from one to another: cos(t pi/2) first + sin(t pi/2) last, for shares t from 0 to 1.

    If both are independent normal numbers, so is every one between them: cos^2 + sin^2 = 1 keeps the variance. On the
    straight line the middle would have half of it, and G has hardly seen such numbers.

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
    """Where every drawing of the sheet rests after so many legs: (64, inputs) float32.

    A G with labels is asked for the ten digits in an order of each drawing's own.
    """
    legs %= LEGS
    start = of_pictures(config, PICTURE_LATENTS)  # (64, inputs)
    if legs == 0:
        return start
    normal = np.random.default_rng([config.seed, legs]).standard_normal((PICTURE_LATENTS, config.latent), np.float32)
    latents = np.float32(config.temperature) * normal
    if not config.labels:
        return latents
    steps = np.random.default_rng(config.seed).permuted(np.tile(np.arange(1, DIGITS), (PICTURE_LATENTS, 1)), axis=1)
    farther = steps[:, legs % DIGITS - 1] if legs % DIGITS else 0  # (64,) from the first digit, in a circle
    return with_labels(latents, (start[:, config.latent :].argmax(1) + farther) % DIGITS)


def strip(generator: Layer, config: Config, number: int) -> Pictures:
    """One leg of the `GROUP` drawings whose turn it is, without its beginning, which is the end of another strip.

    Between two digits the ten numbers that say them go on a straight line: half a 3 and half an 8, and G draws what
    it makes of that.

    Parameters
    ----------
    number : 0 to STRIPS - 1

    Returns
    -------
    (FRAMES * GROUP, 28, 28) uint8, ink 255 : of each frame the drawings in the order of `ORDER`
    """
    legs, turn = divmod(number, PICTURE_LATENTS // GROUP)
    cells = list(ORDER[turn * GROUP : (turn + 1) * GROUP])
    first, last = rest(config, legs)[cells], rest(config, legs + 1)[cells]  # (GROUP, inputs)
    shares = np.arange(1, FRAMES + 1, dtype=np.float32) / FRAMES  # (FRAMES,)
    asked = first + shares[:, None, None] * (last - first)  # (FRAMES, GROUP, inputs), of which the labels stay
    asked[..., : config.latent] = between(first[:, : config.latent], last[:, : config.latent], shares)
    return draw(generator, asked.reshape(FRAMES * GROUP, config.inputs))


def at(config: Config, seed: int, x: float, y: float) -> Latents:
    """The latent at a place on a disk that two directions span: (latent,) float32.

    The middle is the latent of the seed, and on the way to the edge it turns into a mixture of two others: every place
    is as likely a latent as any other, as in `between`.

    Parameters
    ----------
    x, y : within the disk sqrt(x^2 + y^2) is at most 1; beyond it the way goes on
    """
    normal = np.random.default_rng(seed).standard_normal((3, config.latent), np.float32)
    middle, right, up = np.float32(config.temperature) * normal
    away = math.hypot(x, y)
    direction = (x * right + y * up) / away if away else right
    return between(middle, direction.astype(np.float32), np.array([away]))[0]


def ten(generator: Layer, config: Config, seed: int, x: float, y: float) -> Pictures:
    """All ten digits at a place: (10, 28, 28) uint8, ink 255, for a G with labels."""
    latents = np.tile(at(config, seed, x, y), (DIGITS, 1))
    return draw(generator, with_labels(latents, np.arange(DIGITS)))
