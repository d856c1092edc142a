"""Rounds of the page "Real or drawn?": pairs of the same digit, one written by a person and one drawn by a network.

Both are inked alike, as with a felt tip, and fill their squares. At 28 x 28 grey pixels the paper would give the
drawing away: a scan's paper is white, a network's has faint specks. Ink along the middle lines would go too far: it
hides the blots of an early network. The side of the person's digit is random; the server reveals it only after the
player has chosen. It keeps no score.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from gan.config import DIGITS, Config
from gan.data import Dataset
from gan.errors import InputError
from gan.latents import requested_digits
from gan.pictures import Pictures, drawings_on, to_unit
from gan.relativistic import judge, outputs_of
from gan.runs.run import Run
from gan.sample import draw_random
from gan.saved_networks import discriminator_of_checkpoint, load_discriminator, load_pretrained
from gan.shipped import DISCRIMINATOR
from gan.write.vectorize.ink import ink_of
from nnet.layer import Layer

PAIRS = 10  # in a round
SHOWN = 168  # side of a picture in pixels: six for each pixel of a drawing
ROUNDED = 5  # points: standard deviation of the blur that rounds the ink's edge
STEEP = 12  # slope factor: the blurred edge rises by 1 / (sqrt(2 pi) ROUNDED) = 0.08 a point, then by nearly 1
MARGIN = 0.12  # fraction of the side that stays paper above and below the digit
MAX_ROUNDS = 10_000  # rounds kept, in 3 MB
SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")

Digits = NDArray[np.integer]
Judge = Callable[[Pictures, Digits], NDArray[np.floating]]  # (N, 28, 28) uint8, their digits (N,) -> logits (N,)


class Drawn(NamedTuple):
    """Drawings of a network: images, (n, 28, 28) uint8, ink 255, and the requested digits, (n,)."""

    images: Pictures
    digits: Digits


@dataclass(frozen=True)
class Pairs:
    """Pairs of images, each image used once.

    Attributes
    ----------
    digits : (n,)
        The digit of both images of a pair.
    images : (n, 2, SHOWN, SHOWN) uint8, ink 255
        The left and the right image, made by `render_ink`.
    person : (n,) 0 or 1
        The side (of SIDES) that a person wrote.
    judged : (n,) 0 or 1, or None
        The side that the judge would choose; None without a judge.
    """

    digits: Digits
    images: Pictures
    person: Digits
    judged: Digits | None


class Answers(NamedTuple):
    """The answers of a round: the person's side of each pair, and the judge's choice."""

    person: Digits
    judged: Digits | None


class RoundStore:
    """The answers of the rounds in play, by unguessable names; the oldest are forgotten."""

    def __init__(self, most: int = MAX_ROUNDS) -> None:
        self._rounds: dict[str, Answers] = {}  # the oldest first
        self._most = most

    def store(self, pairs: Pairs) -> str:
        """Store a round and return its name."""
        while len(self._rounds) >= self._most:
            del self._rounds[next(iter(self._rounds))]
        name = secrets.token_hex(8)
        self._rounds[name] = Answers(pairs.person, pairs.judged)
        return name

    def find(self, name: str) -> Answers | None:
        """Return the answers of a round, or None if it does not exist any more."""
        return self._rounds.get(name)


def make_pairs(drawn: Drawn, data: Dataset, rng: np.random.Generator, rate: Judge | None = None) -> Pairs:
    """Pair each drawing with a real digit of the same class, on a random side.

    InputError if the data has too few digits of a class.
    """
    n = len(drawn.digits)
    real = np.empty_like(drawn.images)  # (n, 28, 28)
    for digit, count in zip(*np.unique(drawn.digits, return_counts=True), strict=True):
        of_kind = np.flatnonzero(data.labels == digit)
        if len(of_kind) < count:
            raise InputError(f"{data.name}: expected {count} images of the digit {digit}, found {len(of_kind)}", "data")
        real[drawn.digits == digit] = data.images[rng.choice(of_kind, count, replace=False)]
    person = rng.integers(0, 2, n)
    images = np.empty((n, 2, SHOWN, SHOWN), np.uint8)
    images[np.arange(n), person], images[np.arange(n), 1 - person] = render_ink(real), render_ink(drawn.images)
    judged = None
    if rate:
        right = rate(real, drawn.digits) > rate(drawn.images, drawn.digits)  # NaN never wins
        judged = np.where(right, person, 1 - person)
    return Pairs(drawn.digits, images, person, judged)


def render_ink(images: Pictures) -> Pictures:
    """Return drawings (n, 28, 28) as ink that fills its square: (n, SHOWN, SHOWN) uint8, ink 255.

    The ink has the outline that the pens use (gan/write/vectorize/ink.py), rounded like a felt tip's. A drawing
    with less ink than a dot is blank.
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
    rounded = np.clip(STEEP * (soft - 0.5) + 0.5, 0, 1)  # same edge, one point wide
    (top, bottom), (left, right) = (np.flatnonzero(inside.any(axis))[[0, -1]] for axis in (1, 0))
    side = max(bottom - top, right - left) / (1 - 2 * MARGIN)  # side of the shown square, in points
    x, y = (left + right + 1 - side) / 2, (top + bottom + 1 - side) / 2
    box = (x, y, x + side, y + side)
    shown = Image.fromarray(np.uint8(np.round(255 * rounded)))
    return np.asarray(shown.transform((SHOWN, SHOWN), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR))


# Who draws


@lru_cache(maxsize=DIGITS)  # 27 MB; loading takes ten times as long as drawing a round
def _shipped(digit: int) -> tuple[Layer, Config]:
    return load_pretrained(digit)


def draw_with_shipped(n: int, rng: np.random.Generator) -> Drawn:
    """Draw n digits with the ten bundled networks, all digits about equally often. InputError if one is missing."""
    digits = rng.permutation(np.resize(rng.permutation(DIGITS), n))
    images = np.empty((n, 28, 28), np.uint8)
    for digit in np.unique(digits).tolist():
        generator, config = _shipped(digit)
        rows = np.flatnonzero(digits == digit)
        images[rows] = draw_random(generator, config, len(rows), rng, digit if config.labels else None)
    return Drawn(images, digits)


def drawings_of_run(run: Run, iteration: int, n: int, rng: np.random.Generator) -> Drawn:
    """Choose n drawings from a saved picture of a run.

    InputError if there is no picture of this iteration, it has fewer drawings, or the run has no requested digits.
    """
    path = run.picture_path(iteration)
    if not path.is_file():
        raise InputError(f"iteration: expected one with a picture of the run, received {iteration}", "iteration")
    images = drawings_on(path)  # (m, 28, 28)
    digits = requested_digits(run.config, len(images))
    if digits is None:
        raise InputError("run: expected one that is told which digits to draw, received one that draws any", "run")
    if len(images) < n:
        raise InputError(f"iteration: expected a picture of {n} drawings at least, found {len(images)}", "iteration")
    some = rng.choice(len(images), n, replace=False)
    return Drawn(images[some], digits[some])


def can_play(run: Run) -> bool:
    """Return whether a run can be an opponent: it is trained, and each drawing has a requested digit."""
    return max(run.pictures(), default=0) > 0 and requested_digits(run.config, 1) is not None


def choose_iterations(iterations: Sequence[int]) -> list[int]:
    """Choose a few of ascending iterations, with the last: each at most half of the next, as learning slows down."""
    found: list[int] = []
    for iteration in reversed(iterations):
        if not found or 2 * iteration <= found[-1]:
            found.append(iteration)
    return found[::-1]


# Who judges


def shipped_judge() -> Judge | None:
    """Return the bundled discriminator, which learned all digits against a small generator; None if there is none."""
    if not DISCRIMINATOR.is_file():
        return None
    D, config = _shipped_discriminator()
    return lambda images, digits: logits(D, config.labels, images, digits)


@lru_cache(maxsize=1)
def _shipped_discriminator() -> tuple[Layer, Config]:
    return load_discriminator(DISCRIMINATOR)


def judge_of(run: Run) -> Judge | None:
    """Return the discriminator of a run from its checkpoint; None without a checkpoint."""
    if not run.checkpoint.is_file():
        return None
    D = discriminator_of_checkpoint(run.checkpoint, run.config)
    return lambda images, digits: logits(D, run.config.labels, images, digits)


def logits(discriminator: Layer, labels: bool, images: Pictures, digits: Digits) -> NDArray[np.floating]:
    """Return D's logit of each image for its digit: (N,)."""
    return judge(discriminator, to_unit(images), outputs_of(digits, labels))[0][:, 0]
