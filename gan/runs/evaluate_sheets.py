"""Draw and evaluate the sheets of a run: 64 drawings from fixed latent vectors.

An evaluation contains the recognized digits, whether each drawing is near a real digit,
and the judge's preferences.

The judge is the run's own discriminator. It compares pairs of a drawing and a real
digit of the same class, because single logits mean nothing (gan/rules/relativistic.py).
If G's updates have changed D, D's preferences are worthless. So the evaluation also
uses the classifier, which was never trained on drawings, and the distance to real
digits.
"""

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gan.data import Dataset, only
from gan.data.images_and_sheets import Pictures, sheet, to_png, to_unit
from gan.data.nearest import Near
from gan.drawings.recognition import Recognizer
from gan.rules.latents import requested_digits
from gan.rules.run_config import Config
from gan.runs.evaluation_record import Evaluation, diagnose
from gan.runs.trainer import PICTURE_LATENTS, Drawings, Trainer

# The judge's logits of a sheet's drawings, (64,), and of the paired real digits, (64,).
Verdicts = tuple[NDArray[np.floating], NDArray[np.floating]]


class SheetEvaluator:
    """Evaluates the sheets of a run without changing the run.

    The drawings are compared with the real digits in `data`, the run's training data.
    `read` is the classifier; without it, evaluations do not include recognized digits.
    """

    def __init__(self, config: Config, data: Dataset, read: Recognizer | None) -> None:
        self.config = config
        self.read = read
        self.near = Near(data)
        self.data = data
        # The digit that each drawing should show, (64,), or None if any may.
        self.requested = requested_digits(config, PICTURE_LATENTS)

    @cached_property
    def real(self) -> Pictures:
        """A real digit of the same class for each drawing, (64, 28, 28) uint8."""
        kinds: list[int | None] = (
            [None] * PICTURE_LATENTS
            if self.requested is None
            else self.requested.tolist()
        )
        of_kind = {
            kind: only(self.data, kind).take(slice(PICTURE_LATENTS)).images
            for kind in set(kinds)
        }
        places = [kinds[:index].count(kind) for index, kind in enumerate(kinds)]
        return np.stack(
            [
                of_kind[kind][place % len(of_kind[kind])]
                for kind, place in zip(kinds, places, strict=True)
            ]
        )

    def evaluate(
        self, trainer: Trainer, drawings: Drawings, verdicts: Verdicts | None = None
    ) -> Evaluation:
        """Evaluate the drawings that `Trainer.draw` returned.

        Pass `verdicts` if they are known; otherwise they are computed.
        """
        images = drawings.images
        prefers_real = self.prefers_real(trainer, drawings, verdicts)
        near = self.near(images, self.requested)
        kinds = (
            np.zeros(len(images), np.intp) if self.requested is None else self.requested
        )
        iteration = trainer.iteration
        was_frozen = trainer.config.frozen_at(trainer.iteration - 1)
        return Evaluation(
            recognition=self.read(images) if self.read else None,
            near=tuple(near),
            prefers_real=prefers_real,
            ailment=diagnose(
                images,
                self.real,
                kinds,
                np.array(near),
                prefers_real,
                iteration,
                was_frozen,
            ),
        )

    def prefers_real(
        self, trainer: Trainer, drawings: Drawings, verdicts: Verdicts | None = None
    ) -> int:
        """Count the pairs in which the judge rates the real digit above the drawing.

        NaN logits do not count.
        """
        of_drawn, of_real = verdicts or self.verdicts(trainer, drawings)
        return int((of_real > of_drawn).sum())

    def verdicts(self, trainer: Trainer, drawings: Drawings) -> Verdicts:
        """Return the judge's logits of the drawings and of the real digits."""
        return trainer.verdict(drawings.output, self.requested), trainer.verdict(
            to_unit(self.real), self.requested
        )


@dataclass(frozen=True)
class Sheet:
    iteration: int
    png: bytes  # all drawings in one picture
    evaluation: Evaluation
    begun: float  # when drawing began, measured with `time.perf_counter`
    drawn_at: float  # Unix time when the drawings were complete but not yet evaluated
    drawings: Drawings
    verdicts: Verdicts


def draw_sheet(trainer: Trainer, evaluator: SheetEvaluator) -> Sheet:
    """Draw and evaluate a sheet.

    This uses no random numbers and does not change the trainer.
    """
    begun = time.perf_counter()
    drawings = trainer.draw()
    drawn_at = time.time()
    verdicts = evaluator.verdicts(trainer, drawings)
    evaluation = evaluator.evaluate(trainer, drawings, verdicts)
    png = to_png(sheet(drawings.images), level=1)
    return Sheet(
        trainer.iteration, png, evaluation, begun, drawn_at, drawings, verdicts
    )
