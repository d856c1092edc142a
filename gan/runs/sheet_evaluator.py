"""Draws a run's sheets and evaluates them: recognized digits, distance to real digits, and the judge's preference.

The judge is the run's own discriminator. It compares pairs, a drawing and a real digit of the same class, because
single logits mean nothing (gan/relativistic.py). Where D was changed while G learned, its opinion is worthless; so the
classifier, which was never trained on drawings, and the distance to real digits are reported beside it.
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
from gan.runs.evaluation import Evaluation, diagnose
from gan.runs.trainer import PICTURE_LATENTS, Trainer


class SheetEvaluator:
    """Evaluates the sheets of a run. It does not change the run.

    Parameters
    ----------
    config : Config
    data : Dataset
        The run's training data: its real digits are compared with the drawings.
    read : Reader or None
        The classifier; None: there is none.
    """

    def __init__(self, config: Config, data: Dataset, read: Reader | None) -> None:
        self.config, self.read, self.near, self.data = config, read, Near(data), data
        self.asked = requested_digits(config, PICTURE_LATENTS)  # (64,) digits, or None

    @cached_property
    def real(self) -> Pictures:
        """A real digit of the same class for each drawing of a sheet: (64, 28, 28) uint8."""
        kinds: list[int | None] = [None] * PICTURE_LATENTS if self.asked is None else self.asked.tolist()
        of_kind = {kind: only(self.data, kind).images for kind in set(kinds)}
        places = [kinds[:index].count(kind) for index, kind in enumerate(kinds)]
        return np.stack([of_kind[kind][place % len(of_kind[kind])] for kind, place in zip(kinds, places, strict=True)])

    def remark(self, trainer: Trainer, images: Pictures) -> Evaluation:
        """Evaluate a trainer's drawings (`Trainer.picture`)."""
        near, prefers_real = self.near(images, self.asked), self.prefers_real(trainer, images)
        kinds = np.zeros(len(images), np.intp) if self.asked is None else self.asked
        return Evaluation(
            reading=self.read(images) if self.read else None,
            near=tuple(near),
            prefers_real=prefers_real,
            ailment=diagnose(
                images, self.real, kinds, np.array(near), prefers_real, trainer.iteration, self.config.freeze
            ),
        )

    def prefers_real(self, trainer: Trainer, images: Pictures) -> int:
        """Count the pairs in which the judge rates the real digit above the drawing; NaN logits never win."""
        of_drawn, of_real = (trainer.verdict(each, self.asked) for each in (images, self.real))
        return int((of_real > of_drawn).sum())


@dataclass(frozen=True)
class Sheet:
    """One sheet of drawings.

    Attributes
    ----------
    png : bytes
        The drawings side by side.
    remarks : Remarks
    begun : float
        When drawing began, by `time.perf_counter`.
    drawn_at : float
        When it was drawn but not yet evaluated, Unix time.
    images : (64, 28, 28) uint8
        The drawings one by one.
    """

    iteration: int
    png: bytes
    remarks: Evaluation
    begun: float
    drawn_at: float
    images: Pictures

    @property
    def in_base64(self) -> str:
        """The PNG in base64, for JSON."""
        return base64.b64encode(self.png).decode("ascii")


def draw_sheet(trainer: Trainer, evaluator: SheetEvaluator) -> Sheet:
    """Draw and evaluate a sheet. Uses no random numbers and does not change the trainer."""
    begun = time.perf_counter()
    images = trainer.picture()
    drawn_at = time.time()
    remarks = evaluator.remark(trainer, images)
    return Sheet(trainer.iteration, to_png(sheet(images)), remarks, begun, drawn_at, images)
