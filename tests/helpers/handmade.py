"""A handwriting without a network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import numpy as np

from gan.write import Writing, write
from gan.write.kernels.curves import resampled
from gan.write.signs import spline
from gan.write.strokes_and_pages import Form, Stroke, along
from tests.helpers.drawings import DIGITS, Line

# from pixels to units: digits stand on the baseline, y = 0
CORNER = (8.0, 24.5)
STEP = 4.0  # units between points on a stroke; tests/write/golden.json has its curves


@dataclass
class Handmade:
    """Replaces gan.write.glyphs.handwriting.Handwriting.

    `requested` records the requested digits and copies.
    """

    slant: float = 0.0
    weight: float = 1.0
    wobble: float = 0.2
    requested: list[tuple[int, int]] = field(default_factory=list)

    @property
    def source(self) -> "Handmade":
        return self

    def form(self, digit: int, copy: int) -> Form:
        rng = np.random.default_rng([digit, copy])
        strokes = [stroke_along(line, rng) for line in DIGITS[digit]]
        left = float(along(tuple(strokes), 0.25)[0][:, 0].min())
        latent = np.full(4, digit, dtype=np.float32)
        return Form(
            digit, tuple(stroke.moved(-left, 0) for stroke in strokes), 0, (), latent
        )

    def forms(self, keys: Sequence[tuple[int, int]]) -> list[Form]:
        self.requested.extend(keys)
        return [self.form(*key) for key in keys]


def stroke_along(line: Line, rng: np.random.Generator) -> Stroke:
    """Return a smooth stroke near a line."""
    points, _ = resampled(np.array(line) - CORNER, np.ones(len(line)), STEP)
    curves = spline(points + 0.15 * rng.standard_normal(points.shape))
    return Stroke(curves, np.linspace(1.1, 0.9, len(curves) + 1))


written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()))
# every option of a page, with another value than by default
LOOK: dict[str, Any] = {
    "seed": 7,
    "pen": "ballpoint",
    "ink": "#123",
    "size": 40,
    "slant": -5.5,
    "thickness": 1.2,
    "human": 0.9,
    "align": "right",
    "paper": "squared",
}
