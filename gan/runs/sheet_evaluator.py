"""Draw and evaluate the sheets of a run, and decide how often viewers receive a new one.

An evaluation contains the recognized digits, whether each drawing is near a real digit, and the judge's preferences.

The judge is the run's own discriminator. It compares pairs of a drawing and a real digit of the same class, because
single logits mean nothing (gan/rules/relativistic.py). If G's updates have changed D, its preferences are worthless. So
the evaluation also includes the classifier, which was never trained on drawings, and the distance to real digits.

*Saved* pictures are due at certain iterations and do not depend on viewers (gan/runs/run_writer.py). *Previews* are
drawn while somebody is viewing the run. They are sent over the pipe but not saved to disk. A preview is due 0.1 s after
the last one, but previews may take only a limited fraction of the time: a fifth in the first ten seconds after training
starts, when drawings change most, and a fortieth later. Drawing uses no random numbers, so training stays
bit-identical.
"""

import time
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from gan.data import Dataset, only
from gan.data.images_and_sheets import Pictures, sheet, to_png, to_unit
from gan.data.nearest import Near
from gan.drawings.recognition import Recognizer
from gan.rules.config import Config
from gan.rules.latents import requested_digits
from gan.runs.messages import EvaluationFields
from gan.runs.sheet_evaluation import Evaluation, diagnose
from gan.runs.trainer import PICTURE_LATENTS, Drawings, Trainer

OFTEN_SECONDS = 0.1  # minimum time between previews
LIVELY_SECONDS = 10.0  # duration of the first phase after training starts
LIVELY_SHARE, LATER_SHARE = 0.2, 0.025  # maximum fraction of the time, in and after that phase
HALF, MOST = 0.5, 0.9  # fractions of a sheet; `Milestones` measures the time until they are recognized


# The judge's logits of the drawings on a sheet and of the real digit beside each: (64,) and (64,)
Verdicts = tuple[NDArray[np.floating], NDArray[np.floating]]


class SheetEvaluator:
    """Evaluates the sheets of a run without changing the run.

    The drawings are compared with the real digits in the run's training data. `read` is the classifier, if there is
    one.
    """

    def __init__(self, config: Config, data: Dataset, read: Recognizer | None) -> None:
        self.config, self.read, self.near, self.data = config, read, Near(data), data
        self.requested = requested_digits(config, PICTURE_LATENTS)  # the requested digits, (64,), or None if G chooses

    @cached_property
    def real(self) -> Pictures:
        """One real digit of the same class for each drawing on a sheet, (64, 28, 28) uint8."""
        kinds: list[int | None] = [None] * PICTURE_LATENTS if self.requested is None else self.requested.tolist()
        of_kind = {kind: only(self.data, kind).images for kind in set(kinds)}
        places = [kinds[:index].count(kind) for index, kind in enumerate(kinds)]
        return np.stack([of_kind[kind][place % len(of_kind[kind])] for kind, place in zip(kinds, places, strict=True)])

    def evaluate(self, trainer: Trainer, drawings: Drawings, verdicts: Verdicts | None = None) -> Evaluation:
        """Evaluate the drawings that `Trainer.draw` returned. Verdicts that are not given are computed."""
        images, prefers_real = drawings.images, self.prefers_real(trainer, drawings, verdicts)
        near = self.near(images, self.requested)
        kinds = np.zeros(len(images), np.intp) if self.requested is None else self.requested
        iteration, was_frozen = trainer.iteration, trainer.config.frozen_at(trainer.iteration - 1)
        return Evaluation(
            recognition=self.read(images) if self.read else None,
            near=tuple(near),
            prefers_real=prefers_real,
            ailment=diagnose(images, self.real, kinds, np.array(near), prefers_real, iteration, was_frozen),
        )

    def prefers_real(self, trainer: Trainer, drawings: Drawings, verdicts: Verdicts | None = None) -> int:
        """Count the pairs in which the judge rates the real digit above the drawing. NaN logits do not count."""
        of_drawn, of_real = verdicts or self.verdicts(trainer, drawings)
        return int((of_real > of_drawn).sum())

    def verdicts(self, trainer: Trainer, drawings: Drawings) -> Verdicts:
        """Return the judge's logits of the drawings, as G drew them, and of the real digits."""
        return trainer.verdict(drawings.output, self.requested), trainer.verdict(to_unit(self.real), self.requested)


@dataclass(frozen=True)
class Sheet:
    """One sheet of drawings."""

    iteration: int
    png: bytes  # all drawings in one picture
    evaluation: Evaluation
    begun: float  # when drawing began, measured with `time.perf_counter`
    drawn_at: float  # Unix time when the drawings were complete but not yet evaluated
    drawings: Drawings
    verdicts: Verdicts


def draw_sheet(trainer: Trainer, evaluator: SheetEvaluator) -> Sheet:
    """Draw and evaluate a sheet, without using random numbers and without changing the trainer."""
    begun = time.perf_counter()
    drawings = trainer.draw()
    drawn_at = time.time()
    verdicts = evaluator.verdicts(trainer, drawings)
    evaluation = evaluator.evaluate(trainer, drawings, verdicts)
    return Sheet(trainer.iteration, to_png(sheet(drawings.images)), evaluation, begun, drawn_at, drawings, verdicts)


class Pace:
    """Decides when the next preview is due. All times are measured with `time.perf_counter`."""

    def __init__(self) -> None:
        self.started = self.next = 0.0
        self.cost = inf  # seconds that the last preview took

    def start(self, now: float) -> None:
        """Record that training starts, so that the first preview is due immediately."""
        self.started = self.next = now

    def sent(self, begun: float, now: float) -> None:
        """Record when work on a preview began, and when the preview was sent.

        The cost is the smaller of the last two, so that a single slow preview does not delay the next.
        """
        share = LIVELY_SHARE if now - self.started < LIVELY_SECONDS else LATER_SHARE
        last, self.cost = self.cost, now - begun
        self.next = begun + max(OFTEN_SECONDS, min(self.cost, last) / share)


class Milestones:
    """Measures the training time, excluding pauses, until 50 % and 90 % of a sheet are recognized.

    These times are known only if this process has trained the run since iteration 0.
    """

    def __init__(self) -> None:
        self.half_after: float | None = None
        self.most_after: float | None = None
        self._before: float | None = None  # seconds of training before the last start; None if unknown
        self._since: float | None = None  # time of the last start; None if stopped

    def reset(self) -> None:
        """Start over with an untrained generator."""
        self.half_after = self.most_after = None
        self._before = 0.0

    def start(self, now: float) -> None:
        """Start the clock. If it is already running, it continues."""
        self.stop(now)
        self._since = now

    def stop(self, now: float) -> None:
        """Stop the clock if it is running."""
        if self._before is not None and self._since is not None:
            self._before += now - self._since
        self._since = None

    def note(self, evaluation: EvaluationFields, now: float) -> None:
        """Record the time if the sheet with this evaluation is the first to reach a milestone."""
        if evaluation["read"] is None or self._before is None:
            return
        seconds = self._before + (0 if self._since is None else now - self._since)
        part = sum(evaluation["read"]) / len(evaluation["read"])
        if self.half_after is None and part >= HALF:
            self.half_after = seconds
        if self.most_after is None and part >= MOST:
            self.most_after = seconds
