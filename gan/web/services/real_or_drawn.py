"""Make rounds for the page "Real or drawn?", which pair a digit written by a person with one drawn by a network.

Both show the same digit, look as if written with a felt-tip pen, and fill their squares. Drawing only the centrelines
would hide too much, such as the blots of a barely trained network. The player can also see the 28 x 28 grey pixels.
The side of the person's digit is random, and the server reveals it only after the player has chosen. The server keeps
no score.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from gan.cli.label_names import DIGITS
from gan.data import Dataset
from gan.data.pictures import Pictures, drawings_on, to_unit
from gan.drawings.load_and_draw import (
    DISCRIMINATOR,
    discriminator_of_checkpoint,
    draw_random,
    load_discriminator,
    load_pretrained,
)
from gan.errors import InputError
from gan.rules.latents import requested_digits
from gan.rules.relativistic import judge, outputs_of
from gan.runs.run import Run
from gan.write.vectorize.measure_ink import ink_of
from nnet.layer import Layer

PAIRS = 10  # number of pairs in a round
SHOWN = 168  # side of a shown picture in pixels: six for each pixel of a drawing
ROUNDED = 5  # standard deviation, in points, of the blur that rounds the ink's edge
STEEP = 12  # slope factor: a blurred edge rises by 1 / (sqrt(2 pi) ROUNDED) = 0.08 per point, then by nearly 1
MARGIN = 0.12  # margin of paper above and below the digit, as a fraction of the side
MAX_ROUNDS = 10_000  # maximum number of stored rounds; they take 3 MB
SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")

Digits = NDArray[np.integer]
Judge = Callable[[Pictures, Digits], NDArray[np.floating]]  # images (N, 28, 28) uint8, digits (N,) -> logits (N,)


class Drawn(NamedTuple):
    """Drawings by a network: images, (n, 28, 28) uint8, ink 255, and the requested digits, (n,)."""

    images: Pictures
    digits: Digits


@dataclass(frozen=True)
class Pairs:
    """Pairs of images in which no image occurs twice. Ink is 255."""

    digits: Digits  # (n,), the digit of both images of a pair
    images: Pictures  # (n, 2, SHOWN, SHOWN), the left and the right image, made by `render_ink`
    pixels: Pictures  # (n, 2, 28, 28), the same images as scanned or drawn
    person: Digits  # (n,), the side (an index into SIDES) that a person wrote
    judged: Digits | None  # (n,), the side that the judge would choose; None without a judge


class RoundStore:
    """Stores the answers of the rounds in play under unguessable names. The oldest rounds are discarded."""

    def __init__(self, most: int = MAX_ROUNDS) -> None:
        self._rounds: dict[str, tuple[Digits, Digits | None]] = {}  # (person, judged) as in Pairs, oldest first
        self._most = most

    def store(self, pairs: Pairs) -> str:
        while len(self._rounds) >= self._most:
            del self._rounds[next(iter(self._rounds))]
        name = secrets.token_hex(8)
        self._rounds[name] = pairs.person, pairs.judged
        return name

    def find(self, name: str) -> tuple[Digits, Digits | None] | None:
        return self._rounds.get(name)


def make_pairs(drawn: Drawn, data: Dataset, rng: np.random.Generator, rate: Judge | None = None) -> Pairs:
    """Pair each drawing with a real digit of the same class, and put the real digit on a random side.

    Raise InputError if the data has too few digits of a class.
    """
    n = len(drawn.digits)
    real = np.empty_like(drawn.images)  # (n, 28, 28)
    for digit, count in zip(*np.unique(drawn.digits, return_counts=True), strict=True):
        of_kind = np.flatnonzero(data.labels == digit)
        if len(of_kind) < count:
            raise InputError(f"{data.name}: expected {count} images of the digit {digit}, found {len(of_kind)}", "data")
        real[drawn.digits == digit] = data.images[rng.choice(of_kind, count, replace=False)]
    person = rng.integers(0, 2, n)
    pixels = np.empty((n, 2, 28, 28), np.uint8)
    pixels[np.arange(n), person], pixels[np.arange(n), 1 - person] = real, drawn.images
    images = render_ink(pixels.reshape(-1, 28, 28)).reshape(n, 2, SHOWN, SHOWN)
    judged = None
    if rate:
        right = rate(real, drawn.digits) > rate(drawn.images, drawn.digits)  # a logit of NaN never wins
        judged = np.where(right, person, 1 - person)
    return Pairs(drawn.digits, images, pixels, person, judged)


def render_ink(images: Pictures) -> Pictures:
    """Render drawings, (n, 28, 28), as felt-tip ink that fills its square: (n, SHOWN, SHOWN) uint8, ink 255.

    The ink has the outline that the writer's pens use (gan/write/vectorize/measure_ink.py), rounded like that of a
    felt-tip pen. A drawing with less ink than a dot becomes blank.
    """
    return np.stack([_render(image) for image in images])


def _render(image: Pictures) -> Pictures:
    blank = np.zeros((SHOWN, SHOWN), np.uint8)
    if not image.any():
        return blank
    ink = Image.fromarray(255 * ink_of(image).astype(np.uint8))
    soft = np.asarray(ink.filter(ImageFilter.GaussianBlur(ROUNDED)), np.float64) / 255  # (224, 224)
    inside = soft > 0.5
    if not inside.any():
        return blank
    rounded = np.clip(STEEP * (soft - 0.5) + 0.5, 0, 1)  # steepens the same edge to a width of about one point
    (top, bottom), (left, right) = (np.flatnonzero(inside.any(axis))[[0, -1]] for axis in (1, 0))
    side = max(bottom - top, right - left) / (1 - 2 * MARGIN)  # side of the shown square, in points
    x, y = (left + right + 1 - side) / 2, (top + bottom + 1 - side) / 2
    box = (x, y, x + side, y + side)
    shown = Image.fromarray(np.uint8(np.round(255 * rounded)))
    return np.asarray(shown.transform((SHOWN, SHOWN), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR))


# Opponents


_shipped = lru_cache(maxsize=DIGITS)(load_pretrained)  # 27 MB; loading takes ten times as long as drawing a round


def draw_with_shipped(n: int, rng: np.random.Generator) -> Drawn:
    """Draw n digits with the ten bundled networks, all about equally often. Raise InputError if one is missing."""
    digits = rng.permutation(np.resize(rng.permutation(DIGITS), n))
    images = np.empty((n, 28, 28), np.uint8)
    for digit in np.unique(digits).tolist():
        generator, config = _shipped(digit)
        rows = np.flatnonzero(digits == digit)
        images[rows] = draw_random(generator, config, len(rows), rng, digit if config.labels else None)
    return Drawn(images, digits)


def drawings_of_run(run: Run, iteration: int, n: int, rng: np.random.Generator) -> Drawn:
    """Choose n drawings from a saved picture of a run. Raise InputError if there are fewer, or no requested digits."""
    path = run.picture_path(iteration)
    if not path.is_file():
        raise InputError(f"iteration: expected one for which the run has a picture, received {iteration}", "iteration")
    images = drawings_on(path)  # (m, 28, 28)
    digits = requested_digits(run.config, len(images))
    if digits is None or run.config.names:
        raise InputError("run: expected one that draws requested digits, received another", "run")
    if len(images) < n:
        raise InputError(f"iteration: expected a picture of at least {n} drawings, found {len(images)}", "iteration")
    some = rng.choice(len(images), n, replace=False)
    return Drawn(images[some], digits[some])


def can_play(run: Run) -> bool:
    """Return whether a run can be an opponent: it is trained, and each drawing has a requested digit, not a label."""
    return not run.config.names and max(run.pictures(), default=0) > 0 and requested_digits(run.config, 1) is not None


def choose_iterations(iterations: Sequence[int]) -> list[int]:
    """Choose ascending iterations, including the last. Each is at most half the next, because learning slows down."""
    found: list[int] = []
    for iteration in reversed(iterations):
        if not found or 2 * iteration <= found[-1]:
            found.append(iteration)
    return found[::-1]


# Judges


def shipped_judge() -> Judge | None:
    """Return the bundled judge, trained on all digits against a small generator, or None if it is missing."""
    if not DISCRIMINATOR.is_file():
        return None
    D, config = _shipped_discriminator(DISCRIMINATOR)
    return partial(logits, D, config.labels)


_shipped_discriminator = lru_cache(maxsize=1)(load_discriminator)


def judge_of(run: Run) -> Judge | None:
    """Return the discriminator from a run's checkpoint, or None if the run has no checkpoint."""
    if not run.checkpoint.is_file():
        return None
    return partial(logits, discriminator_of_checkpoint(run.checkpoint, run.config), run.config.labels)


def logits(discriminator: Layer, labels: bool, images: Pictures, digits: Digits) -> NDArray[np.floating]:
    """Return D's logit for each image, given the digit it should show: (N,)."""
    return judge(discriminator, to_unit(images), outputs_of(digits, labels))[0][:, 0]
