"""Sheets of a run: drawn and evaluated, and how often for viewers.

An evaluation holds the recognized digits, the distance to real digits, and the judge's preference.

The judge is the run's own discriminator. It compares pairs, a drawing and a real digit of the same class, because
single logits mean nothing (gan/relativistic.py). Where D was changed while G learned, its opinion is worthless; so the
classifier, which was never trained on drawings, and the distance to real digits are reported beside it.

*Saved* pictures are due by iteration and do not depend on viewers (gan/runs/run_recorder.py). *Previews* are due by
time, go over the pipe only, and only while somebody views the run. A preview is due 0.1 s after the last one, but
previews may take no more than a fixed share of the time: a fifth in the first ten seconds after a start, when most
happens, and a fortieth later. Drawing uses no random numbers, so training stays the same bit for bit.
"""

import base64
import time
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np

from gan.classifier.reading import Reader
from gan.config import Config
from gan.data import Dataset, only
from gan.data.nearest import Near
from gan.latents import requested_digits
from gan.pictures import Pictures, sheet, to_png
from gan.runs.evaluation import Evaluation, diagnose
from gan.runs.messages import EvaluationFields
from gan.runs.trainer import PICTURE_LATENTS, Trainer

OFTEN_SECONDS = 0.1  # minimum time between two previews
LIVELY_SECONDS = 10.0  # after a start of training
LIVELY_SHARE, LATER_SHARE = 0.2, 0.025  # maximum share of the time for previews
HALF, MOST = 0.5, 0.9  # fractions of a sheet whose first recognition is recorded


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


class Pace:
    """Decides when the next preview is due. Times are those of `time.perf_counter`."""

    def __init__(self) -> None:
        self.started = self.next = 0.0
        self.cost = inf  # seconds that the last preview took

    def start(self, now: float) -> None:
        """Start training: the first preview is due at once."""
        self.started = self.next = now

    def told(self, begun: float, now: float) -> None:
        """Record that a preview was begun and sent. The smaller of the last two costs counts, to ignore hiccups."""
        share = LIVELY_SHARE if now - self.started < LIVELY_SECONDS else LATER_SHARE
        last, self.cost = self.cost, now - begun
        self.next = begun + max(OFTEN_SECONDS, min(self.cost, last) / share)


class Milestones:
    """Measures the seconds of training, without pauses, until half and 90 % of a sheet were recognized.

    They are known if this process has trained the run since iteration 0.
    """

    def __init__(self) -> None:
        self.half_after: float | None = None
        self.most_after: float | None = None
        self._before: float | None = None  # seconds of training before the last start; None: unknown
        self._since: float | None = None  # time of the last start; None: stopped

    def anew(self) -> None:
        """Start over with an untrained generator."""
        self.half_after = self.most_after = None
        self._before = 0.0

    def start(self, now: float) -> None:
        """Start the clock, or restart it with another target."""
        self.stop(now)
        self._since = now

    def stop(self, now: float) -> None:
        """Stop the clock if it runs."""
        if self._before is not None and self._since is not None:
            self._before += now - self._since
        self._since = None

    def note(self, reading: EvaluationFields, now: float) -> None:
        """Record the evaluation of a sheet."""
        if reading["read"] is None or self._before is None:
            return
        seconds = self._before + (0 if self._since is None else now - self._since)
        part = sum(reading["read"]) / len(reading["read"])
        if self.half_after is None and part >= HALF:
            self.half_after = seconds
        if self.most_after is None and part >= MOST:
            self.most_after = seconds
