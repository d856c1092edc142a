"""Make the pairs of the page "Real or drawn?".

A pair is a digit written by a person beside one drawn by a network. Both show the same
digit, look as if written with a felt-tip pen, and fill their squares. Drawing only the
centrelines would hide too much, such as the blots of a barely trained network.

The drawings come from a few saved pictures of a recorded run, the *rungs*. The player
starts at the first rung, where the artist is barely trained. Each correct guess leads
to the next rung.
A *round* is a series of pairs. Its seed determines all pairs: no image occurs twice,
and the side of the person's digit is random. The server stores neither rounds nor
scores.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from gan.data import load_test
from gan.data.images_and_sheets import Pictures, drawings_on
from gan.rules.latents import requested_digits
from gan.runs.run import Run
from gan.write.vectorize.measure_ink import ink_of

PAIRS = 10  # number of pairs in a round
RUNGS = 8  # maximum number of rungs
SHOWN = 168  # side of a shown picture in pixels: six for each pixel of a drawing
# Standard deviation of the blur that rounds the ink's edge. Its unit is a point of the
# enlarged drawing, which has 8 x 8 points for each pixel.
BLUR = 5
# The blurred edge rises by 1 / (sqrt(2 pi) BLUR) = 0.08 per point. This factor makes it
# rise by nearly 1.
STEEPNESS = 12
MARGIN = 0.12  # margin of paper above and below the digit, as a fraction of the side
Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
PERSON, CHOSEN, REAL = range(3)  # each seeds its own stream of random numbers


class Drawing(NamedTuple):
    """A drawing by a network: (28, 28) uint8, ink 255, and the requested digit."""

    image: Pictures
    digit: int


def person_side(seed: int, pair: int) -> Side:
    return SIDES[int(_random(seed, PERSON, pair).integers(2))]


def make_pair(seed: int, pair: int, drawing: Drawing) -> dict[Side, Pictures]:
    """Return the images of a pair by side, each (SHOWN, SHOWN).

    The real digit is from the test set, so no network has learned from it.
    """
    data = load_test()
    same_digit = np.flatnonzero(data.labels == drawing.digit)
    index = _random(seed, REAL, drawing.digit).permutation(same_digit)[pair]
    by_person = person_side(seed, pair)
    return {
        side: render_ink(data.images[index] if side == by_person else drawing.image)
        for side in SIDES
    }


def render_ink(image: Pictures) -> Pictures:
    """Render a drawing, (28, 28), as felt-tip ink that fills its square.

    The ink has the outline that the writer's pens use
    (gan/write/vectorize/measure_ink.py), rounded like that of a felt-tip pen. A drawing
    with less ink than a dot becomes blank.

    Returns
    -------
    (SHOWN, SHOWN) array of uint8, ink 255
    """
    ink = Image.fromarray(255 * ink_of(image).astype(np.uint8))
    blurred = ink.filter(ImageFilter.GaussianBlur(BLUR))
    soft = np.asarray(blurred, np.float64) / 255  # (224, 224)
    inside = soft > 0.5
    if not inside.any():
        return np.zeros((SHOWN, SHOWN), np.uint8)
    # The same edge, but steeper: about one point wide.
    rounded = np.clip(STEEPNESS * (soft - 0.5) + 0.5, 0, 1)
    top, bottom = np.flatnonzero(inside.any(1))[[0, -1]]
    left, right = np.flatnonzero(inside.any(0))[[0, -1]]
    # The side of the shown square, in points.
    side = max(bottom - top, right - left) / (1 - 2 * MARGIN)
    x = (left + right + 1 - side) / 2
    y = (top + bottom + 1 - side) / 2
    shown = Image.fromarray(np.uint8(np.round(255 * rounded))).transform(
        (SHOWN, SHOWN),
        Image.Transform.EXTENT,
        (x, y, x + side, y + side),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(shown)


def rungs_of(run: Run) -> list[int]:
    """Return the iterations of a run's rungs, ascending.

    The list is empty unless the run draws requested digits.
    """
    if run.config.names or requested_digits(run.config, 1) is None:
        return []
    return choose_iterations(run.pictures())


def drawing_of_run(run: Run, iteration: int, seed: int, pair: int) -> Drawing:
    """Choose the drawing of a pair from the picture of an iteration, a rung."""
    images = drawings_on(run.picture_path(iteration))  # (n, 28, 28)
    digits = requested_digits(run.config, len(images))
    assert digits is not None  # pairs are made only of runs that draw known digits
    index = _random(seed, CHOSEN).permutation(len(images))[pair % len(images)]
    return Drawing(images[index], int(digits[index]))


def choose_iterations(iterations: Sequence[int]) -> list[int]:
    """Choose the iterations of the rungs, at most RUNGS, ascending and with the last.

    Each is at most half the next, because learning slows down.
    """
    found: list[int] = []
    for iteration in reversed(iterations):
        if not found or 2 * iteration <= found[-1]:
            found.append(iteration)
    return found[:RUNGS][::-1]


def _random(*seeds: int) -> np.random.Generator:
    return np.random.default_rng(seeds)
