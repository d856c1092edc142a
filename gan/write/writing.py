"""Strokes, characters and pages: what is written, independent of the file format.

Coordinates are those of the line of writing: x to the right, y downwards, the first baseline at y = 0. One unit is a
pixel of MNIST, so a digit is 20 units high.

*Plain* paper fits the writing. *Lined* paper has a rule under every line. *Squared* paper has one character to a square
and a line on every second rule, so that digits stand under digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gan.write.request import PENS, Pen

if TYPE_CHECKING:
    from gan.write.request import Request

Points = NDArray[np.float64]  # (n, 2) x and y in units


@dataclass(frozen=True)
class Stroke:
    """One movement of a pen, from where it touches the paper to where it leaves it.

    A stroke is the middle line of the ink. The pen determines the width (gan/write/request.py), so a stroke can be
    moved, slanted and scaled before it is inked, and a plotter can follow it.

    Attributes
    ----------
    curves : (k, 4, 2) float64, k >= 1
        Cubic Béziers: start, two control points and end, in units; each starts where the previous one ends. A dot is
        one curve whose points coincide.
    pressure : (k + 1,) float64, above 0
        At the start, between curves, and at the end, linear in between; 1 is the writer's usual.
    """

    curves: NDArray[np.float64]
    pressure: NDArray[np.float64]

    def moved(self, x: float, y: float) -> Stroke:
        """Return the stroke moved x units to the right and y downwards."""
        return Stroke(self.curves + np.array([x, y]), self.pressure)

    def transformed(self, matrix: NDArray[np.float64]) -> Stroke:
        """Return the stroke with `matrix`, (2, 2), applied to each point (x, y): to slant, scale or mirror it."""
        return Stroke(self.curves @ matrix.T, self.pressure)

    def reversed(self) -> Stroke:
        """Return the stroke in the opposite direction."""
        return Stroke(self.curves[::-1, ::-1], self.pressure[::-1])

    def sampled(self, step: float) -> tuple[Points, NDArray[np.float64]]:
        """Return points along the stroke (n, 2), and the pressure there (n,).

        Points are about `step` units apart or less, and include both ends of every curve.
        """
        points, pressure, _ = along((self,), step)
        return points, pressure


Strokes = tuple[Stroke, ...]  # in writing order


def leaning(shear: float, height: float = 1.0) -> NDArray[np.float64]:
    """Return the matrix that scales by `height`, then shifts `shear` units to the right for each unit upwards."""
    return height * np.array([[1.0, -shear], [0.0, 1.0]])


def along(strokes: Strokes, step: float) -> tuple[Points, NDArray[np.float64], NDArray[np.intp]]:
    """Sample several strokes like `Stroke.sampled`: points (n, 2), pressure (n,), and index of the stroke (n,)."""
    from gan.write.kernels.curves import sampled  # here: imports numba

    curves = np.concatenate([stroke.curves for stroke in strokes])  # (k, 4, 2)
    pressures = np.concatenate([stroke.pressure for stroke in strokes])  # (k + m,)
    return sampled(curves, pressures, np.array([len(stroke.curves) for stroke in strokes]), step)


def box(strokes: Strokes, step: float = 0.25) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the middle line, in units."""
    points, _, _ = along(strokes, step)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, right, bottom


HEIGHT = 20.0  # units of a digit, including half a stroke of 2 units above and below its middle line


@dataclass(frozen=True)
class Form:
    """One way to write a digit, before it is placed.

    Attributes
    ----------
    digit : 0 to 9
    strokes : Strokes
        Middle lines: the foot at y = -1, the top 18 units higher, the digit's usual lean, the left end at x = 0.
    candidate : int
        Index of the generator's drawing.
    broken : tuple of str
        Names of the rules it breaks (gan/write/glyphs/drawing_rules.py), usually none.
    latent : (latent,) float32
        Input of the generator.
    """

    digit: int
    strokes: Strokes
    candidate: int
    broken: tuple[str, ...]
    latent: NDArray[np.float32]


@dataclass(frozen=True)
class Glyph:
    """One character on the page. A space has no strokes."""

    character: str
    position: int  # in the text, from 0; a line break counts
    line: int  # from 0
    strokes: Strokes  # on the paper
    mark: float  # units: width of the pen's mark at pressure 1
    form: Form | None  # of a digit; None for spaces and signs, which are not learned


@dataclass(frozen=True)
class Writing:
    """A finished page. Units are 1/20 of a digit's height, x to the right and y downwards from the first baseline."""

    request: Request
    glyphs: tuple[Glyph, ...]
    baselines: tuple[float, ...]  # y of each line
    right: float  # right edge of the paper; the left edge is x = 0
    top: float
    bottom: float

    @property
    def pen(self) -> Pen:
        """The pen of the request."""
        return PENS[self.request.pen]

    @property
    def scale(self) -> float:
        """Pixels per unit."""
        return self.request.size / HEIGHT

    @property
    def width(self) -> int:
        """Width of the picture in pixels."""
        return int(np.ceil(self.right * self.scale))

    @property
    def height(self) -> int:
        """Height of the picture in pixels."""
        return int(np.ceil((self.bottom - self.top) * self.scale))


SQUARE = 18.0  # units: a little less than a digit's height, about its width with the usual gap
PITCH = 2 * SQUARE  # units between baselines, on any paper: leaves room for a $ over a comma
MARGIN = 4.0  # units of paper to the left and right of the writing ...
ABOVE = {"plain": 25.0, "lined": 29.0, "squared": 1.5 * SQUARE}  # ... above the first baseline, and below the last:
BELOW = {"plain": 7.0, "lined": 11.0, "squared": 0.5 * SQUARE}  # usually enough, so that typing moves nothing
EMPTY = 1.5 * SQUARE  # right end of an empty page, without the margin
NEAR = 0.5  # units: least distance between ink and the edge of the paper


def cut(paper: str, lines: int, right: float, top: float, bottom: float) -> tuple[float, float, float]:
    """Return the right, top and bottom edge of a plain, lined or squared paper.

    `lines` counts empty lines, too. The other arguments are the extent of the writing in units; on squared paper
    `right` is that of the squares.
    """
    step = SQUARE if paper == "squared" else 0.0  # grow by whole squares
    margin = SQUARE / 2 if paper == "squared" else MARGIN
    return (
        right + margin,
        -_reaching(ABOVE[paper], NEAR - top, step),
        _reaching(BELOW[paper] + PITCH * (lines - 1), bottom + NEAR, step),
    )


def _reaching(usual: float, needed: float, step: float) -> float:
    """Return the usual distance, or more if needed, rounded up to whole steps from it if step > 0."""
    if needed <= usual:
        return usual
    return usual + step * float(np.ceil((needed - usual) / step)) if step else needed


def rules(writing: Writing) -> NDArray[np.float64]:
    """Return the printed lines of the paper: (n, 2, 2) start and end, x and y in units; none on plain paper."""
    paper, right, top, bottom = writing.request.paper, writing.right, writing.top, writing.bottom
    ys: Sequence[float] | NDArray[np.float64] = ()
    xs: Sequence[float] | NDArray[np.float64] = ()
    if paper == "lined":
        ys = writing.baselines
    elif paper == "squared":
        ys = SQUARE * np.arange(np.ceil(top / SQUARE), np.floor(bottom / SQUARE) + 1)
        xs = np.arange(SQUARE / 2, right, SQUARE)
    horizontal = [[[0.0, y], [right, y]] for y in ys]
    vertical = [[[x, top], [x, bottom]] for x in xs]
    return np.array(horizontal + vertical, dtype=np.float64).reshape(-1, 2, 2)
