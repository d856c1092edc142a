"""What was said of a sheet of drawings, as a run keeps it beside the picture and as a page is told it.

gan/runs/onlooker.py says it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from gan.classifier.reading import SURE, Reading
from gan.config import Config
from gan.latents import asked_for
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
    """

    reading: Reading | None = None
    near: tuple[bool, ...] | None = None
    prefers_real: int | None = None

    def to_json(self) -> str:
        """As JSON, {"digits": [7, ...], "confidence": [0.98, ...], "near": [true, ...], "prefers_real": 35}."""
        read = asdict(self.reading) if self.reading else {}
        return json.dumps(read | {"near": self.near, "prefers_real": self.prefers_real})

    @classmethod
    def from_json(cls, text: str) -> Remarks:
        """Read what `to_json` wrote; ValueError for anything else."""
        fields = json.loads(text)
        if not isinstance(fields, dict):
            raise ValueError("expected an object")
        near, prefers_real = fields.pop("near", None), fields.pop("prefers_real", None)
        if near is not None and not (isinstance(near, list) and all(type(value) is bool for value in near)):
            raise ValueError("expected for each drawing whether it is near")
        if prefers_real is not None and (type(prefers_real) is not int or prefers_real < 0):
            raise ValueError("expected how many real digits were preferred")
        reading = Reading.from_json(json.dumps(fields)) if fields else None
        return cls(reading, None if near is None else tuple(near), prefers_real)


def told(remarks: Remarks, config: Config) -> ToldRemarks:
    """Remarks on a picture of a run with that config, as JSON can hold them."""
    reading = remarks.reading if remarks.reading and remarks.reading.digits else None
    wanted = asked_for(config, len(reading.digits)) if reading else None
    asked = None if wanted is None else wanted.tolist()
    return {
        "digits": list(reading.digits) if reading else None,
        "confidence": list(reading.confidence) if reading else None,
        "asked": asked,
        "read": reading.read(asked) if reading else None,
        "sure": SURE,
        "near": None if remarks.near is None else list(remarks.near),
        "prefers_real": remarks.prefers_real,
    }
