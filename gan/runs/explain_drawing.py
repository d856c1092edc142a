"""Explain one drawing of a sheet: what the judge thinks of it, and how it would change it.

The judge, D, gives an image a logit. A single logit means nothing, so the drawing's is compared with those of 64 real
digits. The gradient of the logit with respect to the pixels says where more ink would raise the logit, and where less.
D passes this gradient to G in training; here it is computed on its own, through a frozen D, and shown. A step along it
shows what the judge wants: the strongest change is half the way from paper to ink, and pixels stay in range.

The worker answers beside a sheet while a viewer asks. It uses no random numbers and changes nothing in the trainer, so
training stays the same bit for bit.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gan.classifier.reading import SURE
from gan.data.nearest import nearest_distances
from gan.pictures import Pictures, in_base64, in_red_and_blue, to_ink, to_unit
from gan.relativistic import judge, outputs_of
from gan.runs.messages import ExplanationEvent, WorkerChannel
from gan.runs.sheets import Sheet, SheetEvaluator
from gan.runs.trainer import PICTURE_LATENTS, Trainer
from nnet.layer import Array, Layer

STEP = 1.0  # for the pixel that changes most; paper is -1, ink +1
OFTEN_SECONDS = 0.25  # minimum time between two answers to one question
SHARE = 0.05  # maximum fraction of the time spent on answers


@dataclass(frozen=True)
class Answer:
    """The explanation of one drawing, beyond the evaluation of its sheet.

    Attributes
    ----------
    drawing, real, wanted : (28, 28) uint8, ink 255
        The drawing, its nearest real digit, and the drawing after a step along the gradient.
    gradient : (28, 28)
        d logit / d pixel, with pixels from -1 (paper) to +1 (ink).
    real_digit : int
        The label of the real digit.
    prefers_real, would_prefer_real : int
        How many of the evaluator's 64 real digits the judge rates above the drawing, before and after the step.
    """

    drawing: NDArray[np.uint8]
    real: NDArray[np.uint8]
    wanted: NDArray[np.uint8]
    gradient: NDArray[np.floating]
    real_digit: int
    prefers_real: int
    would_prefer_real: int


def answer(trainer: Trainer, evaluator: SheetEvaluator, drawings: Pictures, index: int) -> Answer:
    """Explain one of the drawings (64, 28, 28) of `Trainer.picture`. The trainer does not change."""
    drawing = drawings[index]  # (28, 28)
    kind = None if evaluator.asked is None else int(evaluator.asked[index])
    near = evaluator.near.real(kind)  # (n, 28, 28)
    nearest = int(nearest_distances(drawing[None], near)[1][0])
    digits = np.array([kind or 0])  # (1,)
    unit = to_unit(drawing[None])  # (1, 28, 28, 1)
    dx = gradient(trainer.players.discriminator, unit, outputs_of(digits, trainer.config.labels))  # (1, 28, 28, 1)
    wanted = to_ink(step(unit, dx))[0]  # (28, 28)
    of_both = trainer.verdict(np.stack([drawing, wanted]), digits.repeat(2))  # (2,)
    of_real = trainer.verdict(evaluator.real, evaluator.asked)  # (64,)
    return Answer(
        drawing,
        near[nearest],
        wanted,
        dx[0, ..., 0],
        int(evaluator.near.reference(kind).labels[nearest]),
        *(int((of_real > logit).sum()) for logit in of_both),
    )


def gradient(discriminator: Layer, images: Array, which: Array) -> Array:
    """Return d logit / d pixel of every image, (N, 28, 28, 1), through a frozen D; `which` is the argument of `judge`.

    D is frozen here even if the game does not freeze it: its own gradients must not change.
    """
    with Layer.frozen(discriminator):  # NeverFrozen overrides discriminator.frozen() to do nothing
        logits, saved = judge(discriminator, images, which)  # (N, 1)
        dx = discriminator.backward(np.ones_like(logits) * which, saved)  # (N, 28, 28, 1)
    assert dx is not None
    return dx


def step(images: Array, dx: Array) -> Array:
    """Move images in [-1, 1] a step of STEP along their gradients, clipped to the range from paper to ink.

    The strongest pixel that can change sets the length: the judge may want less ink on blank paper.
    """
    dx = np.nan_to_num(dx, posinf=0, neginf=0)  # the network may have overflowed
    can = np.where(dx > 0, images < 1, images > -1)
    strongest = np.abs(dx * can).max((1, 2, 3), keepdims=True)  # (N, 1, 1, 1)
    moved: Array = np.clip(images + STEP * dx / np.where(strongest > 0, strongest, np.inf), -1, 1)
    return moved


def red_and_blue(dx: NDArray[np.floating]) -> Image.Image:
    """Return a gradient, (28, 28), as a picture: blue where ink raises the logit, red where it lowers it.

    Zero is white; the strongest pixel has the full colour.
    """
    dx = np.nan_to_num(dx, posinf=0, neginf=0)
    strongest = max(float(np.abs(dx).max()), float(np.finfo(dx.dtype).tiny))
    return Image.fromarray(in_red_and_blue(dx, strongest))


def to_event(answer: Answer, sheet: Sheet, index: int, digit: int | None) -> ExplanationEvent:
    """Return an explanation and the evaluation of its drawing as an event; `digit` is the requested one, if any."""
    reading, near = sheet.remarks.reading, sheet.remarks.near
    return {
        "type": "answer",
        "iteration": sheet.iteration,
        "drawing": index,
        "asked": digit,
        "digit": reading.digits[index] if reading else None,
        "confidence": reading.confidence[index] if reading else None,
        "sure": SURE,
        "near": near[index] if near else None,
        "prefers_real": answer.prefers_real,
        "would_prefer_real": answer.would_prefer_real,
        "of": PICTURE_LATENTS,
        "real_digit": answer.real_digit,
        "png": {
            "drawing": in_base64(Image.fromarray(255 - answer.drawing)),
            "real": in_base64(Image.fromarray(255 - answer.real)),
            "wanted": in_base64(Image.fromarray(255 - answer.wanted)),
            "gradient": in_base64(red_and_blue(answer.gradient)),
        },
    }


class DrawingExplainer:
    """Explains the drawing that a viewer asks about, beside the sheets. Costs nothing while nobody asks.

    Parameters
    ----------
    parent : WorkerChannel
        Knows which drawing is asked about, and receives the explanation.
    """

    def __init__(self, parent: WorkerChannel) -> None:
        self.parent = parent
        self.answered = (0, -1)  # number of the question, and iteration
        self.next = 0.0  # when the same question is due again (`time.perf_counter`)

    def is_due(self, iteration: int, rests: bool) -> bool:
        """Return whether to answer beside the sheet of this iteration. New questions and idle runs do not wait."""
        question, before = self.parent.questions, self.answered
        if self.parent.asked not in range(PICTURE_LATENTS) or (question, iteration) == before:
            return False
        return rests or question != before[0] or time.perf_counter() >= self.next

    def answer(self, trainer: Trainer, evaluator: SheetEvaluator, sheet: Sheet) -> None:
        """Answer beside a sheet that the trainer has just drawn."""
        begun, index = time.perf_counter(), self.parent.asked
        assert index is not None
        digit = None if evaluator.asked is None else int(evaluator.asked[index])
        self.parent.tell(to_event(answer(trainer, evaluator, sheet.images, index), sheet, index, digit))
        self.answered = (self.parent.questions, sheet.iteration)
        self.next = begun + max(OFTEN_SECONDS, (time.perf_counter() - begun) / SHARE)
