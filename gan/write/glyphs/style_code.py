"""A handwriting that was found from somebody's drawings, as the small text that is kept, sent and read again.

    {"handwriting": 1, "network": "5f0c..", "together": [0.12, ..], "own": {"3": [..]}, "drawings": {"3": [[x, y, ..]]}}

`together` and `own` are latent vectors (gan/write/glyphs/invert.py), `drawings` the strokes that they were found from
(gan/write/glyphs/pad.py); they may be left out. A vector means something to the generator through which it was found and to no
other, so `network` tells which that was, by the first digits of its file's SHA-256. With the strokes it can be found
again through another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS
from gan.errors import InputError, parse_json
from gan.shipped import pretrained
from gan.write.glyphs.pad import Pads, Stroke, check_pads

VERSION = 1
KEYS = ("handwriting", "network", "together", "own", "drawings")
DECIMALS = 2  # of a number of a latent vector: finer, and nothing is seen to change
FARTHEST = 10.0  # from 0 that such a number may lie; normal ones stay within 5
MOST_NUMBERS = 1024  # of a latent vector
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
        raise _wrong("a handwriting in JSON, as the page /mine keeps it", text) from None
    if not isinstance(told, dict) or told.get("handwriting") != VERSION or type(told["handwriting"]) is not int:
        raise _wrong(f'JSON with "handwriting": {VERSION}', told)
    if unknown := sorted(set(told) - set(KEYS)):
        raise _wrong(f"nothing but {', '.join(KEYS)}", unknown[0])
    network, own = told.get("network"), told.get("own")
    if not isinstance(network, str) or not 1 <= len(network) <= 64:
        raise _wrong("network as a short text", network)
    together = _vector(told.get("together"), "together", None)
    if not isinstance(own, dict) or not own or not set(own) <= set(map(str, range(DIGITS))):
        raise _wrong("own with a vector of each digit that was drawn", own)
    vectors = tuple((int(d), _vector(own[d], f"own of {d}", len(together))) for d in sorted(own))
    if "drawings" not in told:
        return Mine(network, together, vectors)
    try:
        drawings = check_pads(told["drawings"])
    except InputError as error:
        raise InputError(f"mine: {error}", "mine") from error
    if set(drawings) != {digit for digit, _ in vectors}:
        raise _wrong("drawings of the digits in own", sorted(drawings))
    return Mine(network, together, vectors, tuple(sorted(drawings.items())))


def _vector(value: Any, name: str, length: int | None) -> Vector:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_NUMBERS or (length and len(value) != length):
        raise _wrong(f"{name} as a list of {length or f'1 to {MOST_NUMBERS}'} numbers", value)
    for number in value:
        if type(number) not in (int, float) or not -FARTHEST <= number <= FARTHEST:
            raise _wrong(f"numbers from {-FARTHEST:g} to {FARTHEST:g} in {name}", number)
    return tuple(round(float(number), DECIMALS) + 0.0 for number in value)


def _wrong(expected: str, received: object) -> InputError:
    return InputError(f"mine: expected {expected}, received {received!r:.40}; draw a digit on the page /mine", "mine")
