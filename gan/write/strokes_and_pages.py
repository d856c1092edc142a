"""Define strokes, characters and pages, independent of the file format.

In page coordinates x points to the right and y downwards, and the first baseline is y =
0. One unit is an MNIST pixel, so a digit is 20 units high.

*Plain* paper fits the writing. *Lined* paper has a rule under every line. *Squared*
paper has one character in each square and a line of text in each row of squares, so
that digits are aligned in columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.write.options_and_limits import PENS, Pen, Request

Points = NDArray[np.float64]  # (n, 2) x and y in units


@dataclass(frozen=True)
class Stroke:
    """One movement of a pen, from touching the paper to leaving it.

    A stroke is the centreline of the ink. The pen determines the width of the ink
    (gan/write/options_and_limits.py), so a stroke can be moved, slanted and scaled
    before it is inked.

    `curves` are cubic Bézier curves, each given by its start, two control points and
    end, in units. Each curve starts where the previous one ends. A dot is one curve
    whose four points coincide. `pressure` has a value at the start, at each joint
    between curves, and at the end, where 1 is the usual pressure. It changes linearly
    in between.
    """

    curves: NDArray[np.float64]  # (k, 4, 2), k >= 1
    pressure: NDArray[np.float64]  # (k + 1,), above 0

    def moved(self, x: float, y: float) -> Stroke:
        return Stroke(self.curves + np.array([x, y]), self.pressure)

    def transformed(self, matrix: NDArray[np.float64]) -> Stroke:
        """Return the stroke with `matrix`, (2, 2), applied to each point (x, y)."""
        return Stroke(self.curves @ matrix.T, self.pressure)

    def reversed(self) -> Stroke:
        return Stroke(self.curves[::-1, ::-1], self.pressure[::-1])

    def sampled(self, step: float) -> tuple[Points, NDArray[np.float64]]:
        """Return points (n, 2) along the stroke, and their pressures (n,).

        Adjacent points are at most about `step` units apart.
        """
        points, pressure, _ = along((self,), step)
        return points, pressure


Strokes = tuple[Stroke, ...]  # in writing order


def leaning(shear: float, height: float = 1.0) -> NDArray[np.float64]:
    """Return the matrix (2, 2) that scales by `height` and slants by `shear`.

    `shear` is the shift to the right, in units, per unit of height.
    """
    return height * np.array([[1.0, -shear], [0.0, 1.0]])


def along(
    strokes: Strokes, step: float
) -> tuple[Points, NDArray[np.float64], NDArray[np.intp]]:
    """Sample strokes: return points (n, 2), pressures (n,) and stroke indices (n,).

    Adjacent points of a stroke are at most about `step` units apart.
    """
    from gan.write.kernels.curves import sampled  # imported here because it loads numba

    curves = np.concatenate([stroke.curves for stroke in strokes])  # (k, 4, 2)
    pressures = np.concatenate([stroke.pressure for stroke in strokes])  # (k + m,)
    counts = np.array([len(stroke.curves) for stroke in strokes])
    return sampled(curves, pressures, counts, step)


# height of a digit in units: 18 for its centreline, and half a stroke width, 1, above
# and below
HEIGHT = 20.0


@dataclass(frozen=True)
class Form:
    """The strokes of one drawing of a digit, before they are placed on a page.

    The strokes have the usual lean of their digit. Their leftmost point is at x = 0,
    their lowest at y = -1, and their highest 18 units above it, or less in a flat
    drawing.
    """

    digit: int
    strokes: Strokes
    candidate: int  # index among the generator's drawings for this digit
    # names of the rules that this drawing breaks, usually none
    # (gan/write/glyphs/check_drawings.py)
    broken: tuple[str, ...]
    latent: NDArray[np.float32]  # (latent,) vector that produced the drawing


@dataclass(frozen=True)
class Glyph:
    """One character on the page. A space has no strokes."""

    character: str
    position: int  # position in the text, counted from 0 and including line breaks
    line: int  # index of the line, counted from 0
    strokes: Strokes  # at their final place on the paper
    mark: float  # width of the ink at pressure 1, in units
    # the drawing behind a digit; None for spaces and signs, which no network draws
    form: Form | None


@dataclass(frozen=True)
class Writing:
    """A finished page.

    Units are 1/20 of a digit's height; x points right, and y down from the first
    baseline.
    """

    request: Request
    glyphs: tuple[Glyph, ...]
    baselines: tuple[float, ...]  # y of each line
    right: float  # x of the right edge of the paper; the left edge is x = 0
    top: float
    bottom: float

    @property
    def pen(self) -> Pen:
        return PENS[self.request.pen]

    @property
    def scale(self) -> float:
        return self.request.size / HEIGHT

    @property
    def width(self) -> int:
        return int(np.ceil(self.right * self.scale))

    @property
    def height(self) -> int:
        return int(np.ceil((self.bottom - self.top) * self.scale))


SQUARE = 26.0  # side of a square in units; wider than 99 of 100 digits
# units from a baseline down to the lower side of its squares, so that digits are
# centred vertically
FOOT = 3.0
PITCH = {"plain": 36.0, "lined": 36.0, "squared": SQUARE}  # units between baselines
MARGIN = 4.0  # units of paper to the left and right of the writing
# units of paper above the first baseline; enough for most characters, so that the page
# usually keeps its height while the user types
ABOVE = {"plain": 25.0, "lined": 29.0, "squared": 1.5 * SQUARE - FOOT}
# units of paper below the last baseline, chosen likewise
BELOW = {"plain": 7.0, "lined": 11.0, "squared": 0.5 * SQUARE + FOOT}
EMPTY = 27.0  # x of the right end of an empty page, without the margin
NEAR = 0.5  # minimum distance in units between ink and the edge of the paper


def cut(
    paper: str, lines: int, right: float, top: float, bottom: float
) -> tuple[float, float, float]:
    """Return the right, top and bottom edges of the paper, in units.

    `paper` is "plain", "lined" or "squared". `lines` is the number of lines, including
    empty ones. The remaining arguments are the extent of the ink in units. On squared
    paper `right` is the right edge of the last square instead.
    """
    above = ABOVE[paper]
    below = BELOW[paper] + PITCH[paper] * (lines - 1)
    if paper == "squared":  # grow by whole squares
        more_above = max(0.0, np.ceil((NEAR - top - above) / SQUARE))
        more_below = max(0.0, np.ceil((bottom + NEAR - below) / SQUARE))
        above += SQUARE * float(more_above)
        below += SQUARE * float(more_below)
        return right + SQUARE / 2, -above, below
    return right + MARGIN, -max(above, NEAR - top), max(below, bottom + NEAR)


def rules(writing: Writing) -> NDArray[np.float64]:
    """Return the start and end of every rule on the paper, (n, 2, 2), x and y in units.

    Plain paper has none.
    """
    paper = writing.request.paper
    right = writing.right
    top = writing.top
    bottom = writing.bottom
    xs = list[float]()
    ys = list[float]()
    if paper == "lined":
        ys = list(writing.baselines)
    elif paper == "squared":
        xs = np.arange(SQUARE / 2, right, SQUARE).tolist()
        ys = np.arange(top + SQUARE / 2, bottom, SQUARE).tolist()
    horizontal = [[[0.0, y], [right, y]] for y in ys]
    vertical = [[[x, top], [x, bottom]] for x in xs]
    return np.array(horizontal + vertical, dtype=np.float64).reshape(-1, 2, 2)
