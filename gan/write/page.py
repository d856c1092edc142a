"""A stroke: one movement of a pen, from where it touches the paper to where it leaves it.

Everything that is written, a digit or a sign, is a few strokes in the order in which a person makes them. A stroke is
a chain of cubic Bézier curves along the middle of the ink, and a pressure at each of their ends. How wide the ink is,
is the pen's affair (gan/write/request.py). So a stroke can be moved, leant and scaled before it is inked, and a plotter
can follow it.

Coordinates are those of the line of writing: x to the right, y downwards, the baseline at y = 0. One unit is one pixel
of MNIST, so that a digit is 20 units high.

What has been written: every character's strokes, where they stand on the paper. Independent of pen and file.

The paper: how far apart lines stand, how much is left around the writing, and what is printed on it.

*Plain* paper fits the writing. *Lined* paper has a rule under every line. *Squared* paper has squares in which one
writes as in sums, one character to a square and a line on every second rule, so that digits stand under digits.
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
    """One movement of a pen.

    Attributes
    ----------
    curves : (k, 4, 2) float64, k >= 1
        Start, two handles and end of each curve, in units; each starts where the one before ends. A dot is one curve
        of a single point.
    pressure : (k + 1,) float64, above 0
        At the start, between curves, and at the end; 1 is the writer's usual. Between these it changes evenly.
    """

    curves: NDArray[np.float64]
    pressure: NDArray[np.float64]

    def moved(self, x: float, y: float) -> Stroke:
        """The stroke, x units to the right and y downwards."""
        return Stroke(self.curves + np.array([x, y]), self.pressure)

    def bent(self, matrix: NDArray[np.float64]) -> Stroke:
        """The stroke with `matrix`, (2, 2), applied to each of its points (x, y): to lean, scale or mirror it."""
        return Stroke(self.curves @ matrix.T, self.pressure)

    def turned(self) -> Stroke:
        """The stroke backwards."""
        return Stroke(self.curves[::-1, ::-1], self.pressure[::-1])

    def sampled(self, step: float) -> tuple[Points, NDArray[np.float64]]:
        """Points along the stroke, and the pressure there.

        Parameters
        ----------
        step
            Units: no point is farther than about this from the next. At least both ends of every curve are taken.

        Returns
        -------
        (n, 2), (n,)
        """
        points, pressure, _ = along((self,), step)
        return points, pressure


Strokes = tuple[Stroke, ...]  # in the order of writing


def leaning(shear: float, height: float = 1.0) -> NDArray[np.float64]:
    """The matrix of `Stroke.bent` that scales by `height`, then moves `shear` units to the right for each upwards."""
    return height * np.array([[1.0, -shear], [0.0, 1.0]])


def along(strokes: Strokes, step: float) -> tuple[Points, NDArray[np.float64], NDArray[np.intp]]:
    """As `Stroke.sampled`, of several strokes at once: points (n, 2), pressure (n,) and whose point it is (n,)."""
    from gan.write.kernels.curves import sampled  # which brings the compiler along

    curves = np.concatenate([stroke.curves for stroke in strokes])  # (k, 4, 2)
    pressures = np.concatenate([stroke.pressure for stroke in strokes])  # (k + m,)
    return sampled(curves, pressures, np.array([len(stroke.curves) for stroke in strokes]), step)


def box(strokes: Strokes, step: float = 0.25) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the middle line, in units."""
    points, _, _ = along(strokes, step)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, right, bottom


HEIGHT = 20.0  # units of a digit with half a stroke of 2 units above and below its middle line


@dataclass(frozen=True)
class Form:
    """A digit as somebody forms it, before it stands anywhere.

    Attributes
    ----------
    digit : 0 to 9
    strokes : Strokes
        The middle line: its foot at y = -1, its head 18 units higher, at the digit's usual lean, its left end at x = 0.
    candidate : int
        Which of the generator's drawings it was.
    broken : tuple of str
        Names of the rules it breaks (gan/write/glyphs/drawing_rules.py), mostly none.
    latent : (latent,) float32
        What the generator drew it from.
    """

    digit: int
    strokes: Strokes
    candidate: int
    broken: tuple[str, ...]
    latent: NDArray[np.float32]


@dataclass(frozen=True)
class Glyph:
    """One character on the paper. A space has no strokes."""

    character: str
    position: int  # in the text, from 0; a line break counts
    line: int  # from 0
    strokes: Strokes  # on the paper
    mark: float  # units: how wide the pen's mark is at pressure 1
    form: Form | None  # of a digit; None for a space and for a sign, which is not learned


@dataclass(frozen=True)
class Writing:
    """A finished page. Units are 1/20 of a digit's height, x to the right and y downwards from the first baseline."""

    request: Request
    glyphs: tuple[Glyph, ...]
    baselines: tuple[float, ...]  # y of each line
    right: float  # the paper reaches from x = 0 to here ...
    top: float  # ... and from here ...
    bottom: float  # ... to here

    @property
    def pen(self) -> Pen:
        """The pen that it is written with."""
        return PENS[self.request.pen]

    @property
    def scale(self) -> float:
        """Pixels for each unit."""
        return self.request.size / HEIGHT

    @property
    def width(self) -> int:
        """Width of the picture in pixels."""
        return int(np.ceil(self.right * self.scale))

    @property
    def height(self) -> int:
        """Height of the picture in pixels."""
        return int(np.ceil((self.bottom - self.top) * self.scale))


SQUARE = 18.0  # units: a digit is a little higher than a square, and with a usual gap as wide
PITCH = 2 * SQUARE  # units from baseline to baseline, on any paper: room for a $ over a comma
MARGIN = 4.0  # units of paper left and right of the writing ...
ABOVE = {"plain": 25.0, "lined": 29.0, "squared": 1.5 * SQUARE}  # ... above the first baseline, and below the last:
BELOW = {"plain": 7.0, "lined": 11.0, "squared": 0.5 * SQUARE}  # enough for nearly all, so that typing moves nothing
EMPTY = 1.5 * SQUARE  # where a page ends on which nothing is written, margin not included
NEAR = 0.5  # units: ink that comes closer to the paper's edge than this is given more paper


def baselines(lines: int) -> tuple[float, ...]:
    """Y of each line."""
    return tuple(PITCH * line for line in range(lines))


def cut(paper: str, lines: int, right: float, top: float, bottom: float) -> tuple[float, float, float]:
    """Right, top and bottom end of a paper.

    Parameters
    ----------
    paper
        plain, lined or squared.
    lines
        How many, empty ones too.
    right, top, bottom
        Ends of the writing in units; right of the squares, on squared paper.
    """
    step = SQUARE if paper == "squared" else 0.0  # whole squares, but half of one around
    margin = SQUARE / 2 if paper == "squared" else MARGIN
    return (
        right + margin,
        -_reaching(ABOVE[paper], NEAR - top, step),
        _reaching(BELOW[paper] + PITCH * (lines - 1), bottom + NEAR, step),
    )


def _reaching(usual: float, needed: float, step: float) -> float:
    """As far as usual, or as needed; in steps, where there are some."""
    if needed <= usual:
        return usual
    return usual + step * float(np.ceil((needed - usual) / step)) if step else needed


def rules(writing: Writing) -> NDArray[np.float64]:
    """What is printed on the paper.

    Returns
    -------
    (n, 2, 2) float64
        Start and end of each line, x and y in units, from the left and the top; none on plain paper.
    """
    paper, right, top, bottom = writing.request.paper, writing.right, writing.top, writing.bottom
    down: Sequence[float] | NDArray[np.float64] = ()
    across: Sequence[float] | NDArray[np.float64] = ()
    if paper == "lined":
        down = writing.baselines
    elif paper == "squared":
        down = SQUARE * np.arange(np.ceil(top / SQUARE), np.floor(bottom / SQUARE) + 1)
        across = np.arange(SQUARE / 2, right, SQUARE)
    lying = [[[0.0, y], [right, y]] for y in down]
    standing = [[[x, top], [x, bottom]] for x in across]
    return np.array(lying + standing, dtype=np.float64).reshape(-1, 2, 2)
