"""Rounds of the page "Real or drawn?": pairs of a kind, one by a person, one by a network. There is no HTTP here.

Both are inked alike, as with a felt tip, and fill their squares. As they are, in 28 x 28 pixels of grey, the paper
tells them apart and not the writing: a scan's is white, a network's has faint specks. Ink along their middle lines
would go too far: the blots of an early network have none. Which side is the person's is drawn at random and stays here
until a page asks for it, once a person has chosen. No score is kept: who asks too early fools nobody else.
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
from gan.write.vectorize.skeleton import ink_of
from nnet.layer import Layer

PAIRS = 10  # of a round
SHOWN = 168  # pixels of a picture's side, six for each of the drawing's
ROUNDED = 5  # points, deviation of the blur that rounds ink's edge: it hides the scan's steps and a network's lumps
STEEP = 12  # times the blurred edge, which rises by 1 / (sqrt(2 pi) ROUNDED) = 0.08 a point: then by nearly 1
MARGIN = 0.12  # share of a picture's side that stays paper, above and below a high digit
MOST_ROUNDS = 10_000  # whose truth is kept, in 3 MB; who begins one more ends the oldest
SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")

Digits = NDArray[np.integer]
Judge = Callable[[Pictures, Digits], NDArray[np.floating]]  # (N, 28, 28) uint8, each of its digit, (N,): (N,) logits


class Drawn(NamedTuple):
    """What a network drew: images, (n, 28, 28) uint8, ink 255, and which digit each was to be, (n,)."""

    images: Pictures
    digits: Digits


@dataclass(frozen=True)
class Pairs:
    """Pairs of images, no image twice.

    Attributes
    ----------
    digits : (n,)
        What both images of a pair show.
    images : (n, 2, SHOWN, SHOWN) uint8, ink 255
        The left one, the right one, as `inked` has them.
    person : (n,) 0 or 1
        The side of SIDES that a person wrote.
    judged : (n,) 0 or 1, or None
        The side that the judge would say; None where there is no judge.
    """

    digits: Digits
    images: Pictures
    person: Digits
    judged: Digits | None


class Truth(NamedTuple):
    """Which side of each pair of a round is a person's, and which the judge would say; of `Pairs`."""

    person: Digits
    judged: Digits | None


class Rounds:
    """The truth about the rounds that are being played, by names that cannot be guessed; the oldest are forgotten."""

    def __init__(self, most: int = MOST_ROUNDS) -> None:
        self._rounds: dict[str, Truth] = {}  # the oldest first
        self._most = most

    def keep(self, pairs: Pairs) -> str:
        """Keep a round. Gives its name."""
        while len(self._rounds) >= self._most:
            del self._rounds[next(iter(self._rounds))]
        name = secrets.token_hex(8)
        self._rounds[name] = Truth(pairs.person, pairs.judged)
        return name

    def find(self, name: str) -> Truth | None:
        """The truth about a round; None where there is none of that name, or none any more."""
        return self._rounds.get(name)


def paired(drawn: Drawn, data: Dataset, rng: np.random.Generator, asked: Judge | None = None) -> Pairs:
    """Put a real digit of the same kind beside each drawing, on a side that is drawn at random.

    InputError where the data holds too few of a kind.
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
    images[np.arange(n), person], images[np.arange(n), 1 - person] = inked(real), inked(drawn.images)
    judged = None
    if asked:
        right = asked(real, drawn.digits) > asked(drawn.images, drawn.digits)  # a logit that is no number wins none
        judged = np.where(right, person, 1 - person)
    return Pairs(drawn.digits, images, person, judged)


def inked(images: Pictures) -> Pictures:
    """Drawings (n, 28, 28) as ink, each as high or as wide as its square allows: (n, SHOWN, SHOWN) uint8, ink 255.

    Ink ends where the pens let it end (gan/write/vectorize/skeleton.py); its edge is rounded, as a felt tip's is. A drawing
    without ink, or with less than a dot, is blank.
    """
    return np.stack([_inked(image) for image in images])


def _inked(image: Pictures) -> Pictures:
    blank = np.zeros((SHOWN, SHOWN), np.uint8)
    if not image.any():
        return blank
    ink = Image.fromarray(255 * ink_of(image).astype(np.uint8))
    soft = np.asarray(ink.filter(ImageFilter.GaussianBlur(ROUNDED)), np.float64) / 255  # (224, 224)
    inside = soft > 0.5
    if not inside.any():
        return blank
    rounded = np.clip(STEEP * (soft - 0.5) + 0.5, 0, 1)  # the edge is where it was, a point wide
    (top, bottom), (left, right) = (np.flatnonzero(inside.any(axis))[[0, -1]] for axis in (1, 0))
    side = max(bottom - top, right - left) / (1 - 2 * MARGIN)  # of the square that is shown, in points
    x, y = (left + right + 1 - side) / 2, (top + bottom + 1 - side) / 2
    box = (x, y, x + side, y + side)
    shown = Image.fromarray(np.uint8(np.round(255 * rounded)))
    return np.asarray(shown.transform((SHOWN, SHOWN), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR))


# Who draws


@lru_cache(maxsize=DIGITS)  # 27 MB; to load them takes ten times as long as to draw a round
def _shipped(digit: int) -> tuple[Layer, Config]:
    return load_pretrained(digit)


def by_shipped(n: int, rng: np.random.Generator) -> Drawn:
    """n drawings of the ten networks that ship, all digits about equally often; InputError where one is missing."""
    digits = rng.permutation(np.resize(rng.permutation(DIGITS), n))
    images = np.empty((n, 28, 28), np.uint8)
    for digit in np.unique(digits).tolist():
        generator, config = _shipped(digit)
        rows = np.flatnonzero(digits == digit)
        images[rows] = draw_random(generator, config, len(rows), rng, digit if config.labels else None)
    return Drawn(images, digits)


def by_run(run: Run, iteration: int, n: int, rng: np.random.Generator) -> Drawn:
    """n of the drawings on a picture that a run has kept.

    InputError where it has kept none of this iteration, there are fewer drawings, or it is told no digits, so that no
    drawing is to be any one of them.
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
    """Whether a run can be played against: it has learned something, and which digit a drawing is to be is known."""
    return max(run.pictures(), default=0) > 0 and requested_digits(run.config, 1) is not None


def ladder(iterations: Sequence[int]) -> list[int]:
    """A few of ascending iterations, the last among them: each at most half of the next, as a network learns."""
    found: list[int] = []
    for iteration in reversed(iterations):
        if not found or 2 * iteration <= found[-1]:
            found.append(iteration)
    return found[::-1]


# Who judges


def shipped_judge() -> Judge | None:
    """The discriminator that ships, which learned all digits beside a small generator; None where it does not ship."""
    if not DISCRIMINATOR.is_file():
        return None
    D, config = _shipped_discriminator()
    return lambda images, digits: logits(D, config.labels, images, digits)


@lru_cache(maxsize=1)
def _shipped_discriminator() -> tuple[Layer, Config]:
    return load_discriminator(DISCRIMINATOR)


def judge_of(run: Run) -> Judge | None:
    """The discriminator of a run as its checkpoint holds it; None where there is no checkpoint."""
    if not run.checkpoint.is_file():
        return None
    D = discriminator_of_checkpoint(run.checkpoint, run.config)
    return lambda images, digits: logits(D, run.config.labels, images, digits)


def logits(discriminator: Layer, labels: bool, images: Pictures, digits: Digits) -> NDArray[np.floating]:
    """D's logit of each image, as one of its digit: (N,)."""
    return judge(discriminator, to_unit(images), outputs_of(digits, labels))[0][:, 0]
