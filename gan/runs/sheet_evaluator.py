"""Who looks at a run's sheets, and says which digits they are, which are near real ones, and what the judge says.

The judge is the run's own discriminator. It is asked in pairs, a drawing beside a real digit of the same kind, which of
the two it prefers: single logits mean nothing (gan/relativistic.py). Where D was bent while G learned, its word is
worth nothing. So it stands beside that of the reader, who never saw a drawing, and the distance to real digits.

A sheet: what a run's generator draws at an iteration, as a picture, with what is to be said of it.
"""

import base64
import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gan.classifier.reading import Reader
from gan.config import Config
from gan.data import Dataset, only
from gan.data.nearest import Near
from gan.latents import requested_digits
from gan.pictures import Pictures, sheet, to_png
from gan.runs.evaluation import Remarks, diagnose
from gan.runs.trainer import PICTURE_LATENTS, Trainer


class Onlooker:
    """Whoever looks at the sheets of a run and remarks on them. Nothing of the run changes.

    Parameters
    ----------
    config : Config
    data : Dataset
        What the run learns from: its real digits stand beside the drawings.
    read : Reader or None
        None: nobody reads.
    """

    def __init__(self, config: Config, data: Dataset, read: Reader | None) -> None:
        self.config, self.read, self.near, self.data = config, read, Near(data), data
        self.asked = requested_digits(config, PICTURE_LATENTS)  # (64,) digits, or None

    @cached_property
    def real(self) -> Pictures:
        """A real digit beside each drawing of a sheet, of the same kind: (64, 28, 28) uint8."""
        kinds: list[int | None] = [None] * PICTURE_LATENTS if self.asked is None else self.asked.tolist()
        of_kind = {kind: only(self.data, kind).images for kind in set(kinds)}
        places = [kinds[:index].count(kind) for index, kind in enumerate(kinds)]
        return np.stack([of_kind[kind][place % len(of_kind[kind])] for kind, place in zip(kinds, places, strict=True)])

    def remark(self, trainer: Trainer, images: Pictures) -> Remarks:
        """What is to be said of a trainer's drawings, `Trainer.picture`."""
        near, prefers_real = self.near(images, self.asked), self.prefers_real(trainer, images)
        kinds = np.zeros(len(images), np.intp) if self.asked is None else self.asked
        return Remarks(
            reading=self.read(images) if self.read else None,
            near=tuple(near),
            prefers_real=prefers_real,
            ailment=diagnose(
                images, self.real, kinds, np.array(near), prefers_real, trainer.iteration, self.config.freeze
            ),
        )

    def prefers_real(self, trainer: Trainer, images: Pictures) -> int:
        """In how many pairs the judge rates the real digit above the drawing; a logit that is no number wins none."""
        of_drawn, of_real = (trainer.verdict(each, self.asked) for each in (images, self.real))
        return int((of_real > of_drawn).sum())


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
