"""A sheet: what a run's generator draws at an iteration, as a picture, with what the classifier read on it."""

import base64
import time
from dataclasses import dataclass

from gan.classifier.reading import SURE, Reader, Reading
from gan.config import Config
from gan.latents import asked_for
from gan.pictures import sheet, to_png
from gan.runs.events import ToldReading
from gan.runs.trainer import Trainer


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes
    ----------
    png : bytes
        The drawings side by side.
    reading : Reading or None
        None: nobody read it.
    begun : float
        When drawing it began, by `time.perf_counter`.
    drawn_at : float
        When it was drawn and not yet read, in seconds since 1970, as other processes count.
    """

    iteration: int
    png: bytes
    reading: Reading | None
    begun: float
    drawn_at: float

    @property
    def in_base64(self) -> str:
        """The picture as JSON can hold it."""
        return base64.b64encode(self.png).decode("ascii")


def draw_sheet(trainer: Trainer, read: Reader | None) -> Sheet:
    """What a trainer's averaged generator draws now. No random numbers are used, and nothing of the trainer changes."""
    begun = time.perf_counter()
    images = trainer.picture()
    drawn_at = time.time()
    return Sheet(trainer.iteration, to_png(sheet(images)), read(images) if read else None, begun, drawn_at)


def told_reading(reading: Reading | None, config: Config) -> ToldReading:
    """What was read on a picture of a run with that config, as JSON can hold it."""
    if reading is None or not reading.digits:
        return {"digits": None, "confidence": None, "asked": None, "read": None, "sure": SURE}
    wanted = asked_for(config, len(reading.digits))
    asked = None if wanted is None else wanted.tolist()
    return {
        "digits": list(reading.digits),
        "confidence": list(reading.confidence),
        "asked": asked,
        "read": reading.read(asked),
        "sure": SURE,
    }
