"""Read and store a handwriting that was found from the user's drawings.

A pad is the square on which the user draws one digit. Its sides are PAD units long; x
points to the right and y downwards. A drawn digit is a list of strokes, each a list of
integers x, y, x, y ..., inked with a round pen. `as_mnist` converts it as MNIST
converted scanned digits: it scales the digit to fit 20x20 pixels, keeping its
proportions, antialiases its edges, and places it in 28x28 pixels with its centre of
mass in the middle. So a small digit becomes thick, as in MNIST.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition",
section III.A.

The file of a handwriting is JSON:

    {"handwriting": 1, "network": "5f0c..", "together": [0.12, ..], "own": {"3": [..]},
    "drawings": {"3": [[x, y, ..]]}}

`together` and `own` are latent vectors (gan/write/glyphs/invert.py). A latent vector is
valid only for the generator it was found with, so `network` stores the first digits of
the SHA-256 of that generator's file. The optional `drawings` are the strokes. With
them, the handwriting can be found again for another generator.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import InputError, parse_json
from gan.base.files import open_regular
from gan.base.labels import DIGITS

PAD = 256  # units per side
# pen width in units; a digit that fills four fifths of the pad's height gets about
# MNIST's usual stroke width
PEN = 28.0
# pixels per side of the digit's bounding box, and of the picture
BOX = 20
SIDE = 28
MIDDLE = 14.0  # row and column of the centre of mass in MNIST pictures, counted from 0
FINE = 8  # samples per pixel in each direction
NEAR = 1.0  # a line is inked by discs that are at most this far apart, in units
MOST_STROKES = 24  # maximum number of strokes per digit
# maximum number of coordinates per digit: 300 points, enough for a 1 with a point per
# unit
MOST_NUMBERS = 600

NAMES = set(map(str, range(DIGITS)))  # names of the digits in JSON
Stroke = tuple[int, ...]  # x, y, x, y ...
Pads = dict[int, tuple[Stroke, ...]]  # strokes by digit


def check_pads(value: Any) -> Pads:
    """Return the drawn digits in a JSON value, {"3": [[x, y, ...], ...], ...}.

    Raise InputError if the value does not have this form.
    """
    if not isinstance(value, Mapping) or not value:
        received = "none" if value is None else value
        raise _wrong_drawing(
            'at least one digit, as {"3": [[x, y, x, y], ...]}', received
        )
    pads: Pads = {}
    for name, strokes in value.items():
        if name not in NAMES:
            raise _wrong_drawing("the names 0 to 9", name)
        if not isinstance(strokes, list) or not 1 <= len(strokes) <= MOST_STROKES:
            raise _wrong_drawing(
                f"1 to {MOST_STROKES} strokes of a digit, each a list", strokes
            )
        pads[int(name)] = tuple(_stroke(stroke) for stroke in strokes)
        if sum(map(len, pads[int(name)])) > MOST_NUMBERS:
            raise _wrong_drawing(
                f"at most {MOST_NUMBERS // 2} points of a digit", f"more of the {name}"
            )
    return pads


def _stroke(stroke: Any) -> Stroke:
    if not isinstance(stroke, list) or not stroke or len(stroke) % 2:
        raise _wrong_drawing("a stroke as a list of x, y, x, y", stroke)
    for number in stroke:
        if type(number) is not int or not 0 <= number < PAD:
            raise _wrong_drawing(
                f"whole numbers from 0 to {PAD - 1} in a stroke", number
            )
    return tuple(stroke)


def _wrong_drawing(expected: str, received: object) -> InputError:
    return InputError(
        f"drawings: expected {expected}, received {received!r:.40}", "drawings"
    )


def as_mnist(strokes: tuple[Stroke, ...]) -> NDArray[np.uint8]:
    """Return the MNIST-like picture of a drawn digit, (28, 28) uint8, with ink 255.

    The longer side of the ink's box measures 20 pixels. As in MNIST, the digit is moved
    by whole pixels, so its centre of mass is within half a pixel of the middle of the
    picture.
    """
    # imported here because it loads numba
    from gan.write.kernels.components_and_marks import cover

    points = np.concatenate([_dense(stroke) for stroke in strokes])  # (m, 2)
    low = points.min(axis=0) - PEN / 2
    scale = BOX / (np.ptp(points, axis=0).max() + PEN)  # pixels per unit
    ink = np.zeros((SIDE * FINE,) * 2, np.bool_)
    radii = np.full(len(points), PEN / 2 * scale)
    cover(ink, np.column_stack([(points - low) * scale, radii]) * FINE - [0.5, 0.5, 0])
    # (28, 28), with the ink at the top left
    grey = ink.reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
    places = np.arange(SIDE)  # rows or columns
    down, right = (
        round(float(MIDDLE - grey.sum(axis=axis) @ places / grey.sum()))
        for axis in (1, 0)
    )
    return np.rint(255 * _moved(grey, down, right)).astype(np.uint8)


def _dense(stroke: Stroke) -> NDArray[np.float64]:
    """Return points (n, 2) along a stroke, at most NEAR units apart."""
    line = np.array(stroke, np.float64).reshape(-1, 2)
    parts = [line[:1]]
    for start, end in pairwise(line):
        count = int(np.ceil(np.hypot(*(end - start)) / NEAR))
        fractions = np.arange(1, count + 1) / max(count, 1)
        parts.append(start + (end - start) * fractions[:, None])
    return np.concatenate(parts)


def _moved(grey: NDArray[np.float64], down: int, right: int) -> NDArray[np.float64]:
    """Shift a picture by whole pixels, or by fewer if it would lose ink."""
    rows, columns = (np.flatnonzero(grey.any(axis=axis)) for axis in (1, 0))
    down = int(np.clip(down, -rows[0], SIDE - 1 - rows[-1]))
    right = int(np.clip(right, -columns[0], SIDE - 1 - columns[-1]))
    return np.roll(grey, (down, right), axis=(0, 1))


VERSION = 1
KEYS = ("handwriting", "network", "together", "own", "drawings")
DECIMALS = 2  # decimal places in latent vectors; finer changes are not visible
# maximum absolute value in latent vectors; standard normal numbers rarely exceed 5
FARTHEST = 10.0
MOST_LATENTS = 1024  # maximum length of a latent vector
# maximum file size; three times the size of ten drawings of maximum length
MAX_BYTES = 128 * 1024

Vector = tuple[float, ...]
OwnVectors = tuple[tuple[int, Vector], ...]  # sorted by digit
Drawings = tuple[tuple[int, tuple[Stroke, ...]], ...]  # sorted by digit


@dataclass(frozen=True)
class Mine:
    """A handwriting that was found from the user's drawings."""

    network: str  # fingerprint of the generator that the handwriting was found with
    together: Vector  # latent vector for the digits that were not drawn
    own: OwnVectors  # latent vector for each digit that was drawn
    drawings: Drawings = ()  # empty if they were not stored

    @property
    def latents(self) -> NDArray[np.float64]:  # (10, latent)
        own = dict(self.own)
        return np.array([own.get(digit, self.together) for digit in range(DIGITS)])

    def to_json(self) -> dict[str, Any]:
        """Return a dict for `json.dumps`, which turns integer keys into strings."""
        value = {
            "handwriting": VERSION,
            "network": self.network,
            "together": self.together,
            "own": dict(self.own),
        }
        if self.drawings:
            value["drawings"] = dict(self.drawings)
        return value


def mine_of(
    own: Mapping[int, Sequence[float]], together: Sequence[float], drawings: Pads
) -> Mine:
    """Return a handwriting found with the bundled generator, as a file stores it.

    `own` has a latent vector for each drawn digit. All numbers are rounded, so that
    storing and reading a handwriting does not change it.
    """
    vectors = tuple((digit, _rounded(own[digit])) for digit in sorted(own))
    strokes = tuple(sorted(drawings.items()))
    return Mine(fingerprint(), _rounded(together), vectors, strokes)


def _rounded(vector: Sequence[float]) -> Vector:
    """Round the numbers of a vector to DECIMALS, and clip them to FARTHEST.

    Adding 0.0 turns -0.0 into 0.0.
    """
    return tuple(
        min(max(round(float(number), DECIMALS), -FARTHEST), FARTHEST) + 0.0
        for number in vector
    )


@cache
def fingerprint() -> str:
    """Return the first 16 hex digits of the SHA-256 of the bundled generator's file.

    The file must exist. Callers have already loaded it.
    """
    # imported here because it loads numba
    from gan.drawings.load_and_draw import pretrained

    return hashlib.sha256(pretrained(None).read_bytes()).hexdigest()[:16]


def load(path: Path) -> Mine:
    """Read a handwriting from a file.

    Raise InputError if it is missing, unreadable or not a handwriting.
    """
    with open_regular(Path(path), "mine") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        expected = f"expected a handwriting of at most {MAX_BYTES} bytes"
        raise InputError(f"mine: {path}: {expected}, received more", "mine")
    try:
        return read(content)
    except InputError as error:
        raise InputError(f"{error} (in {path})", "mine") from error


def read(text: str | bytes) -> Mine:
    """Parse a handwriting in JSON.

    Raise InputError with the field "mine" if it is not valid.
    """
    try:
        value = parse_json(text)
    except ValueError:
        raise _wrong_code(
            "a handwriting in JSON, as saved on the page /mine", text
        ) from None
    version = value.get("handwriting") if isinstance(value, dict) else None
    if type(version) is not int or version != VERSION:
        raise _wrong_code(f'JSON with "handwriting": {VERSION}', value)
    if unknown := sorted(value.keys() - KEYS):
        raise _wrong_code(f"nothing but {', '.join(KEYS)}", unknown[0])
    network = value.get("network")
    if not isinstance(network, str) or not 1 <= len(network) <= 64:
        raise _wrong_code("network as a short text", network)
    together = _vector(value.get("together"), "together", None)
    own = _own_vectors(value.get("own"), len(together))
    drawings = _drawings(value["drawings"], own) if "drawings" in value else ()
    return Mine(network, together, own, drawings)


def _own_vectors(own: Any, length: int) -> OwnVectors:
    if not isinstance(own, dict) or not own or not own.keys() <= NAMES:
        raise _wrong_code("own with a vector of each digit that was drawn", own)
    return tuple(
        (int(name), _vector(own[name], f"own of {name}", length))
        for name in sorted(own)
    )


def _drawings(value: Any, own: OwnVectors) -> Drawings:
    try:
        drawings = check_pads(value)
    except InputError as error:
        raise InputError(f"mine: {error}", "mine") from error
    if drawings.keys() != dict(own).keys():
        raise _wrong_code("drawings of the digits in own", sorted(drawings))
    return tuple(sorted(drawings.items()))


def _vector(value: Any, name: str, length: int | None) -> Vector:
    lengths = [length] if length else range(1, MOST_LATENTS + 1)
    if not isinstance(value, list) or len(value) not in lengths:
        expected = length or f"1 to {MOST_LATENTS}"
        raise _wrong_code(f"{name} as a list of {expected} numbers", value)
    for number in value:
        if type(number) not in (int, float) or not -FARTHEST <= number <= FARTHEST:
            raise _wrong_code(
                f"numbers from {-FARTHEST:g} to {FARTHEST:g} in {name}", number
            )
    return _rounded(value)


def _wrong_code(expected: str, received: object) -> InputError:
    return InputError(
        f"mine: expected {expected}, received {received!r:.40}; "
        "draw a digit on the page /mine",
        "mine",
    )
