"""A sheet: what a run's generator draws at an iteration, as a picture, with what is to be said of it."""

import base64
import time
from dataclasses import dataclass

from gan.pictures import Pictures, sheet, to_png
from gan.runs.onlooker import Onlooker
from gan.runs.remarks import Remarks
from gan.runs.trainer import Trainer


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes
    ----------
    png : bytes
        The drawings side by side.
    remarks : Remarks
    begun : float
        When drawing it began, by `time.perf_counter`.
    drawn_at : float
        When it was drawn and not yet looked at, in seconds since 1970, as other processes count.
    images : (64, 28, 28) uint8
        The drawings one by one.
    """

    iteration: int
    png: bytes
    remarks: Remarks
    begun: float
    drawn_at: float
    images: Pictures

    @property
    def in_base64(self) -> str:
        """The picture as JSON can hold it."""
        return base64.b64encode(self.png).decode("ascii")


def draw_sheet(trainer: Trainer, onlooker: Onlooker) -> Sheet:
    """What a trainer's averaged generator draws now. No random numbers are used, and nothing of the trainer changes."""
    begun = time.perf_counter()
    images = trainer.picture()
    drawn_at = time.time()
    remarks = onlooker.remark(trainer, images)
    return Sheet(trainer.iteration, to_png(sheet(images)), remarks, begun, drawn_at, images)
