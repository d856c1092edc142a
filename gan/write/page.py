"""What has been written: every character's strokes, where they stand on the paper. Independent of pen and file.

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
from gan.write.stroke import Strokes

if TYPE_CHECKING:
    from gan.write.request import Request

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
