"""What was said of a sheet of drawings, as a run keeps it beside the picture and as a page is told it.

gan/runs/onlooker.py says it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from gan.classifier.reading import SURE, Reading
from gan.config import Config
from gan.latents import asked_for
from gan.parse import parse_json
from gan.runs.doctor import AILMENTS, Ailment
from gan.runs.events import ToldRemarks


@dataclass(frozen=True)
class Remarks:
    """What was said of one sheet; None for what nobody said, as in the files of earlier versions.

    Attributes
    ----------
    reading : Reading or None
        Which digits the classifier reads.
    near : tuple of bool, or None
        Whether each drawing is near a real digit (gan/data/near.py).
    prefers_real : int or None
        In how many pairs, of as many as there are drawings, the judge rates the real digit above the drawing.
    ailment : str or None
        What ails the run, as gan/runs/doctor.py names it; None also if nothing does.
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
    wanted = asked_for(config, len(reading.digits)) if reading else None
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
