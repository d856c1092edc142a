"""What a person draws on a pad, and how it becomes a picture as MNIST has its pictures.

A pad is a square of PAD units, x to the right and y downwards. A digit on it is strokes, each a list of whole numbers
x, y, x, y ...; they are inked with a round pen. MNIST made its pictures from scanned digits: the digit's box was
scaled to fit 20x20 pixels, its sides in proportion, its edges smoothed to grey, and put into 28x28 pixels with its
centre of mass in the middle. `as_mnist` does that. So a digit that is drawn small comes out thick, as MNIST's do.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III.A.

A handwriting that was found from somebody's drawings, as the small text that is kept, sent and read again.

    {"handwriting": 1, "network": "5f0c..", "together": [0.12, ..], "own": {"3": [..]}, "drawings": {"3": [[x, y, ..]]}}

`together` and `own` are latent vectors (gan/write/glyphs/invert.py), `drawings` the strokes that they were found from
(gan/write/glyphs/style_code.py); they may be left out. A vector means something to the generator through which it was found and to no
other, so `network` tells which that was, by the first digits of its file's SHA-256. With the strokes it can be found
again through another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS
from gan.errors import InputError, parse_json
from gan.shipped import pretrained

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
        raise _wrong_drawing('at least one digit, as {"3": [[x, y, x, y], ...]}', value)
    pads: Pads = {}
    for name, strokes in value.items():
        if name not in map(str, range(DIGITS)):
            raise _wrong_drawing("the names 0 to 9", name)
        if not isinstance(strokes, list) or not 1 <= len(strokes) <= MOST_STROKES:
            raise _wrong_drawing(f"1 to {MOST_STROKES} strokes of a digit, each a list", strokes)
        pads[int(name)] = tuple(_stroke(stroke) for stroke in strokes)
        if sum(map(len, pads[int(name)])) > MOST_NUMBERS:
            raise _wrong_drawing(f"at most {MOST_NUMBERS // 2} points of a digit", f"more of the {name}")
    return pads


def _stroke(stroke: Any) -> Stroke:
    if not isinstance(stroke, list) or not stroke or len(stroke) % 2:
        raise _wrong_drawing("a stroke as a list of x, y, x, y", stroke)
    for number in stroke:
        if type(number) is not int or not 0 <= number < PAD:
            raise _wrong_drawing(f"whole numbers from 0 to {PAD - 1} in a stroke", number)
    return tuple(stroke)


def _wrong_drawing(expected: str, received: object) -> InputError:
    return InputError(f"drawings: expected {expected}, received {received!r:.40}", "drawings")


def as_mnist(strokes: tuple[Stroke, ...]) -> NDArray[np.uint8]:
    """The picture of a digit that was drawn.

    Returns
    -------
    (28, 28) uint8
        Ink 255. The ink's box has a longer side of 20 pixels, and its centre of mass lies within half a pixel of the
        picture's middle, as MNIST's does, which is moved by whole pixels.
    """
    from gan.write.kernels.pixels import cover  # here, so that a handwriting is read without the compiler

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


VERSION = 1
KEYS = ("handwriting", "network", "together", "own", "drawings")
DECIMALS = 2  # of a number of a latent vector: finer, and nothing is seen to change
FARTHEST = 10.0  # from 0 that such a number may lie; normal ones stay within 5
MOST_LATENTS = 1024  # of a latent vector
MOST_BYTES = 128 * 1024  # of a file: ten drawings, as long as they may be, are a third of it

Vector = tuple[float, ...]


@dataclass(frozen=True)
class Mine:
    """A found handwriting.

    Attributes
    ----------
    network : str
        Through which it was found.
    together : (latent,)
        What digits that were not drawn are drawn from.
    own : pairs of a digit and (latent,)
        What those are that were drawn, by digit.
    drawings : pairs of a digit and its strokes
        By digit; none where only the vectors were kept.
    """

    network: str
    together: Vector
    own: tuple[tuple[int, Vector], ...]
    drawings: tuple[tuple[int, tuple[Stroke, ...]], ...] = ()

    @property
    def latents(self) -> NDArray[np.float64]:
        """From which vector each digit is drawn: (10, latent)."""
        own = dict(self.own)
        return np.array([own.get(digit, self.together) for digit in range(DIGITS)])

    def to_json(self) -> dict[str, Any]:
        """As it is kept; `read` is the way back."""
        told = {
            "handwriting": VERSION,
            "network": self.network,
            "together": list(self.together),
            "own": {str(digit): list(vector) for digit, vector in self.own},
        }
        drawings = {str(digit): [list(stroke) for stroke in strokes] for digit, strokes in self.drawings}
        return told | ({"drawings": drawings} if drawings else {})


def mine_of(own: Mapping[int, Sequence[float]], together: Sequence[float], drawings: Pads) -> Mine:
    """What was found through the shipped generator, rounded as it is kept, so that it writes the same from a file."""
    vectors = [(digit, _rounded(own[digit])) for digit in sorted(own)]
    return Mine(fingerprint(), _rounded(together), tuple(vectors), tuple(sorted(drawings.items())))


def _rounded(vector: Sequence[float]) -> Vector:
    return tuple(min(max(round(float(number), DECIMALS), -FARTHEST), FARTHEST) + 0.0 for number in vector)


def fingerprint() -> str:
    """Which generator of all digits ships here; InputError where none does."""
    path = pretrained(None)
    try:
        return _digest(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise InputError(
            f"mine: expected the generator that ships, {path.name}, found none; install it", "mine"
        ) from error


@lru_cache(maxsize=2)
def _digest(path: Path, written: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def load(path: Path) -> Mine:
    """The handwriting of a file.

    Raises
    ------
    InputError : the file is missing, unreadable or not a handwriting.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"mine: {path}: {error.strerror}; name a handwriting that was kept", "mine") from error
    if len(content) > MOST_BYTES:
        raise InputError(f"mine: {path}: expected a handwriting of at most {MOST_BYTES} bytes, received more", "mine")
    return read(content)


def read(text: str | bytes) -> Mine:
    """The handwriting that a text tells; InputError, of the field "mine", where it tells none."""
    try:
        told = parse_json(text)
    except ValueError:
        raise _wrong_code("a handwriting in JSON, as the page /mine keeps it", text) from None
    if not isinstance(told, dict) or told.get("handwriting") != VERSION or type(told["handwriting"]) is not int:
        raise _wrong_code(f'JSON with "handwriting": {VERSION}', told)
    if unknown := sorted(set(told) - set(KEYS)):
        raise _wrong_code(f"nothing but {', '.join(KEYS)}", unknown[0])
    network, own = told.get("network"), told.get("own")
    if not isinstance(network, str) or not 1 <= len(network) <= 64:
        raise _wrong_code("network as a short text", network)
    together = _vector(told.get("together"), "together", None)
    if not isinstance(own, dict) or not own or not set(own) <= set(map(str, range(DIGITS))):
        raise _wrong_code("own with a vector of each digit that was drawn", own)
    vectors = tuple((int(d), _vector(own[d], f"own of {d}", len(together))) for d in sorted(own))
    if "drawings" not in told:
        return Mine(network, together, vectors)
    try:
        drawings = check_pads(told["drawings"])
    except InputError as error:
        raise InputError(f"mine: {error}", "mine") from error
    if set(drawings) != {digit for digit, _ in vectors}:
        raise _wrong_code("drawings of the digits in own", sorted(drawings))
    return Mine(network, together, vectors, tuple(sorted(drawings.items())))


def _vector(value: Any, name: str, length: int | None) -> Vector:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_LATENTS or (length and len(value) != length):
        raise _wrong_code(f"{name} as a list of {length or f'1 to {MOST_LATENTS}'} numbers", value)
    for number in value:
        if type(number) not in (int, float) or not -FARTHEST <= number <= FARTHEST:
            raise _wrong_code(f"numbers from {-FARTHEST:g} to {FARTHEST:g} in {name}", number)
    return tuple(round(float(number), DECIMALS) + 0.0 for number in value)


def _wrong_code(expected: str, received: object) -> InputError:
    return InputError(f"mine: expected {expected}, received {received!r:.40}; draw a digit on the page /mine", "mine")
