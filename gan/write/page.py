"""What has been written: every character's strokes, where they stand on the paper. Independent of pen and file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gan.write.pens import PENS, Pen
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
        Names of the rules it breaks (gan/write/choose.py), mostly none.
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
