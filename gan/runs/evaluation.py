"""What was said of a sheet of drawings, as a run keeps it beside the picture and as a page is told it.

gan/runs/sheet_evaluator.py says it.

What ails a run, by its drawings and what is said of them: each is a thing that a person can see, too.

- bent: the judge, which is not frozen, prefers the drawings to real digits, and none of them is near one;
- blank: there is hardly any ink;
- alike: the drawings are near real digits, but all are the same one;
- beaten: the judge tells every drawing from a real one, and none is near one, though time has passed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gan.classifier.reading import SURE, Reading
from gan.config import Config
from gan.errors import parse_json
from gan.latents import requested_digits
from gan.pictures import Pictures
from gan.runs.messages import ToldRemarks


@dataclass(frozen=True)
class Remarks:
    """What was said of one sheet; None for what nobody said, as in the files of earlier versions.

    Attributes
    ----------
    reading : Reading or None
        Which digits the classifier reads.
    near : tuple of bool, or None
        Whether each drawing is near a real digit (gan/data/nearest.py).
    prefers_real : int or None
        In how many pairs, of as many as there are drawings, the judge rates the real digit above the drawing.
    ailment : str or None
        What ails the run, as gan/runs/evaluation.py names it; None also if nothing does.
    """

    reading: Reading | None = None
    near: tuple[bool, ...] | None = None
    prefers_real: int | None = None
    ailment: Ailment | None = None

    def to_json(self) -> str:
        """As JSON, {"digits": [7, ...], "confidence": [0.98, ...], "near": [true, ...], "prefers_real": 35, ..}."""
        read = asdict(self.reading) if self.reading else {}
        return json.dumps(read | {name: getattr(self, name) for name in ("near", "prefers_real", "ailment")})

    @classmethod
    def from_json(cls, text: str) -> Remarks:
        """Read what `to_json` wrote; ValueError for anything else."""
        fields = parse_json(text)
        if not isinstance(fields, dict):
            raise ValueError("expected an object")
        near, prefers_real, ailment = (fields.pop(name, None) for name in ("near", "prefers_real", "ailment"))
        if near is not None and not (isinstance(near, list) and all(type(value) is bool for value in near)):
            raise ValueError("expected for each drawing whether it is near")
        if prefers_real is not None and (type(prefers_real) is not int or prefers_real < 0):
            raise ValueError("expected how many real digits were preferred")
        if ailment is not None and ailment not in AILMENTS:
            raise ValueError(f"expected one of {', '.join(AILMENTS)}")
        reading = Reading.from_json(json.dumps(fields)) if fields else None
        if reading and near is not None and len(near) != len(reading.digits):
            raise ValueError("expected for each digit whether it is near")
        return cls(reading, None if near is None else tuple(near), prefers_real, ailment)


def told(remarks: Remarks, config: Config) -> ToldRemarks:
    """Remarks on a picture of a run with that config, as JSON can hold them."""
    reading = remarks.reading if remarks.reading and remarks.reading.digits else None
    wanted = requested_digits(config, len(reading.digits)) if reading else None
    asked = None if wanted is None else wanted.tolist()
    return {
        "digits": list(reading.digits) if reading else None,
        "confidence": list(reading.confidence) if reading else None,
        "asked": asked,
        "read": good_ones(remarks, asked) if reading else None,
        "sure": SURE,
        "near": None if remarks.near is None else list(remarks.near),
        "prefers_real": remarks.prefers_real,
        "ailment": remarks.ailment,
    }


def good_ones(remarks: Remarks, asked: Sequence[int] | None) -> list[bool]:
    """Which drawings a page calls read: those that the classifier reads, and that are near a real digit, if known."""
    assert remarks.reading is not None
    read = remarks.reading.read(asked)
    return read if remarks.near is None else [a and b for a, b in zip(read, remarks.near, strict=True)]


Ailment = Literal["bent", "blank", "alike", "beaten"]
AILMENTS: tuple[Ailment, ...] = get_args(Ailment)

FEW, MOST = 0.05, 0.95  # shares of the drawings, of the pairs
LITTLE_INK = 0.2  # of that of real digits
LITTLE_VARIETY = 0.2  # of that of real digits
PATIENCE = 300  # iterations in which drawings may be told from real ones without anything being wrong


def diagnose(
    images: Pictures,
    real: Pictures,
    kinds: NDArray[np.integer],
    near: NDArray[np.bool_],
    prefers_real: int,
    iteration: int,
    frozen: bool = True,
) -> Ailment | None:
    """What ails a run; None if nothing does.

    Parameters
    ----------
    images, real : (N, 28, 28) uint8, ink 255
        The drawings, and beside each a real digit.
    kinds : (N,) integers
        Which of them are of a kind, and may be compared.
    near : (N,) bool
        Which drawings are near a real digit.
    prefers_real : int
        In how many of the N pairs the judge prefers the real one.
    iteration : int
        How long it was trained; an untrained run is well.
    frozen : bool
        Whether the judge is frozen while the artist learns.
    """
    preferred, good = prefers_real / len(images), near.mean()
    if iteration == 0:
        return None
    if not frozen and good <= FEW and preferred <= 1 - MOST:
        return "bent"
    if images.mean() <= LITTLE_INK * real.mean():
        return "blank"
    if good >= 1 / 2 and variety(images, kinds) <= LITTLE_VARIETY * variety(real, kinds):
        return "alike"
    if good <= FEW and preferred >= MOST and iteration >= PATIENCE:
        return "beaten"
    return None


def variety(images: Pictures, kinds: NDArray[np.integer]) -> float:
    """How far two of a kind lie apart on average, over the kinds that have two or more: (N, 28, 28) uint8, (N,)."""
    apart = [distance_apart(images[kinds == kind]) for kind in np.unique(kinds) if (kinds == kind).sum() > 1]
    return float(np.mean(apart)) if apart else 0.0


def distance_apart(images: Pictures) -> float:
    """The mean distance of two of the images, 0 where there is but one: (n, 28, 28) uint8, n of about 100 at most."""
    pixels = images.reshape(len(images), -1).astype(np.float32)
    squares = (pixels * pixels).sum(1)
    distances = np.sqrt(np.maximum(0, squares[:, None] + squares - 2 * pixels @ pixels.T))  # (n, n), 0 on the diagonal
    np.fill_diagonal(distances, 0)  # but for rounding
    return float(distances.sum() / max(1, len(images) * (len(images) - 1)))
