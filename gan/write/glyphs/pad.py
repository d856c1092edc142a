"""What a person draws on a pad, and how it becomes a picture as MNIST has its pictures.

A pad is a square of PAD units, x to the right and y downwards. A digit on it is strokes, each a list of whole numbers
x, y, x, y ...; they are inked with a round pen. MNIST made its pictures from scanned digits: the digit's box was
scaled to fit 20x20 pixels, its sides in proportion, its edges smoothed to grey, and put into 28x28 pixels with its
centre of mass in the middle. `as_mnist` does that. So a digit that is drawn small comes out thick, as MNIST's do.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III.A.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS
from gan.errors import InputError

PAD = 256  # units a side
PEN = 28.0  # units: a digit that fills four fifths of a pad's height is about as heavy as MNIST's usual one
BOX, SIDE = 20, 28  # pixels
MIDDLE = 14.0  # the row and the column in which MNIST's centres of mass lie, counted from 0
FINE = 8  # samples a pixel, in each direction
NEAR = 1.0  # unit: how far apart the discs are that ink a line, a twentieth of their width
MOST_STROKES = 24  # of a digit
MOST_NUMBERS = 600  # of a digit: 300 points, more than one for each unit of a 1

Stroke = tuple[int, ...]  # x, y, x, y ...
Pads = dict[int, tuple[Stroke, ...]]  # by digit


def check_pads(value: Any) -> Pads:
    """The digits that were drawn, from JSON: {"3": [[x, y, x, y, ...], ...], ...}.

    Raises
    ------
    InputError : naming what was expected and what was received; its field is "drawings".
    """
    if not isinstance(value, Mapping) or not value:
        raise _wrong('at least one digit, as {"3": [[x, y, x, y], ...]}', value)
    pads: Pads = {}
    for name, strokes in value.items():
        if name not in map(str, range(DIGITS)):
            raise _wrong("the names 0 to 9", name)
        if not isinstance(strokes, list) or not 1 <= len(strokes) <= MOST_STROKES:
            raise _wrong(f"1 to {MOST_STROKES} strokes of a digit, each a list", strokes)
        pads[int(name)] = tuple(_stroke(stroke) for stroke in strokes)
        if sum(map(len, pads[int(name)])) > MOST_NUMBERS:
            raise _wrong(f"at most {MOST_NUMBERS // 2} points of a digit", f"more of the {name}")
    return pads


def _stroke(stroke: Any) -> Stroke:
    if not isinstance(stroke, list) or not stroke or len(stroke) % 2:
        raise _wrong("a stroke as a list of x, y, x, y", stroke)
    for number in stroke:
        if type(number) is not int or not 0 <= number < PAD:
            raise _wrong(f"whole numbers from 0 to {PAD - 1} in a stroke", number)
    return tuple(stroke)


def _wrong(expected: str, received: object) -> InputError:
    return InputError(f"drawings: expected {expected}, received {received!r:.40}", "drawings")


def as_mnist(strokes: tuple[Stroke, ...]) -> NDArray[np.uint8]:
    """The picture of a digit that was drawn.

    Returns
    -------
    (28, 28) uint8
        Ink 255. The ink's box has a longer side of 20 pixels, and its centre of mass lies within half a pixel of the
        picture's middle, as MNIST's does, which is moved by whole pixels.
    """
    from gan.write.kernels.rasterize import cover  # here, so that a handwriting is read without the compiler

    lines = [np.array(stroke, np.float64).reshape(-1, 2) for stroke in strokes]  # (n, 2) each
    points = np.concatenate([_dense(line) for line in lines])  # (m, 2)
    low = points.min(axis=0) - PEN / 2
    scale = BOX / (np.ptp(points, axis=0).max() + PEN)  # pixels a unit
    ink = np.zeros((SIDE * FINE,) * 2, np.bool_)
    radii = np.full(len(points), PEN / 2 * scale)
    cover(ink, np.column_stack([(points - low) * scale, radii]) * FINE - [0.5, 0.5, 0])
    grey = ink.reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))  # (28, 28), its box at the top left
    places = np.arange(SIDE)
    down, right = (round(MIDDLE - grey.sum(axis=axis) @ places / grey.sum()) for axis in (1, 0))
    return np.rint(255 * _moved(grey, down, right)).astype(np.uint8)


def _dense(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of a line at most NEAR apart: (n, 2) to (m, 2)."""
    parts = [line[:1]]
    for start, end in pairwise(line):
        count = int(np.ceil(np.hypot(*(end - start)) / NEAR))
        parts.append(start + (end - start) * (np.arange(1, count + 1) / max(count, 1))[:, None])
    return np.concatenate(parts)


def _moved(grey: NDArray[np.float64], down: int, right: int) -> NDArray[np.float64]:
    """Moved by whole pixels, but not out of the picture: a drawing whose ink is all at one end stops at the edge."""
    rows, columns = (np.flatnonzero(grey.any(axis=axis)) for axis in (1, 0))
    down = int(np.clip(down, -rows[0], SIDE - 1 - rows[-1]))
    right = int(np.clip(right, -columns[0], SIDE - 1 - columns[-1]))
    return np.roll(grey, (down, right), axis=(0, 1))
