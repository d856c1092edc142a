"""Explain one drawing on a sheet: how the judge rates it, and its hints.

The judge, D, assigns a logit to each image. A single logit means nothing, so the page
shows it among the logits of all drawings on the sheet and of 64 real digits.

The gradient of the logit with respect to the pixels shows where more ink, or less,
would raise the logit. In training, D passes this gradient back to G. This module
computes it separately, with D frozen, so that a page can show it.

While a viewer asks about a drawing, the worker sends an explanation with each sheet. It
uses no random numbers and does not change the trainer, so training stays bit-identical.
"""

import time

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gan.data.images_and_sheets import in_base64
from gan.data.nearest import nearest_distances
from gan.drawings.recognition import SURE
from gan.rules.relativistic import judge, outputs_of
from gan.runs.evaluate_sheets import Sheet, SheetEvaluator
from gan.runs.judge_ratings import scale
from gan.runs.messages import ExplanationEvent
from gan.runs.trainer import PICTURE_LATENTS, Trainer
from gan.runs.worker_link import WorkerChannel
from nnet.layer import Array, Layer

# Purple and green: the colours --add and --erase in static/paper.css.
MORE_INK = (118, 42, 131)
LESS_INK = (27, 120, 55)
OFTEN_SECONDS = 0.25  # minimum time between answers to the same question
SHARE = 0.03  # maximum fraction of the worker's time to spend on answers


def explain(
    trainer: Trainer, evaluator: SheetEvaluator, sheet: Sheet, index: int
) -> ExplanationEvent:
    """Explain the drawing at an index of a sheet, without changing the trainer."""
    drawings = sheet.drawings
    evaluation = sheet.evaluation
    recognition = sheet.evaluation.recognition
    kind = None if evaluator.requested is None else int(evaluator.requested[index])
    near = evaluator.near.real(kind)  # (n, 28, 28)
    nearest = int(nearest_distances(drawings.images[index : index + 1], near)[1][0])
    digits = np.array([kind or 0])  # (1,)
    output = drawings.output[index : index + 1]  # (1, 28, 28, 1)
    # (1, 28, 28, 1)
    dx = gradient(
        trainer.players.discriminator, output, outputs_of(digits, trainer.config.labels)
    )
    return {
        "type": "answer",
        "iteration": sheet.iteration,
        "drawing": index,
        "asked": kind,
        "digit": recognition.digits[index] if recognition else None,
        "confidence": recognition.confidence[index] if recognition else None,
        "sure": SURE,
        "near": evaluation.near[index] if evaluation.near else None,
        "real_digit": int(evaluator.near.reference(kind).labels[nearest]),
        "names": list(evaluator.config.names),
        "scale": scale(sheet.verdicts, evaluator.requested),
        "png": {
            "drawing": in_base64(255 - drawings.images[index]),
            "real": in_base64(255 - near[nearest]),
            "gradient": in_base64(purple_and_green(dx[0, ..., 0])),
        },
    }


def gradient(discriminator: Layer, images: Array, which: Array) -> Array:
    """Return d logit / d pixel for images (N, 28, 28, 1), in the same shape.

    `which` selects D's outputs, as in `judge`. D is frozen meanwhile, even if training
    does not freeze it, because the gradients of its weights must not change.
    """
    with discriminator.frozen():
        logits, saved = judge(discriminator, images, which)  # (N, 1)
        # (N, 28, 28, 1)
        return discriminator.backward(np.ones_like(logits) * which, saved)


def purple_and_green(dx: NDArray[np.floating]) -> Image.Image:
    """Return a picture of the gradient of a logit, (28, 28).

    A pixel is purple if ink there raises the logit, green if ink lowers it, and white
    if the gradient is zero. The largest absolute gradient has the full colour.
    """
    dx = np.nan_to_num(dx, posinf=0, neginf=0)
    strongest = max(float(np.abs(dx).max()), float(np.finfo(dx.dtype).tiny))
    colour = np.where(dx[..., None] > 0, MORE_INK, LESS_INK)  # (28, 28, 3)
    share = np.abs(dx[..., None]) / strongest  # (28, 28, 1)
    return Image.fromarray(np.rint(255 + share * (colour - 255)).astype(np.uint8))


class DrawingExplainer:
    """Explains the drawing that a viewer asks about, on each new sheet.

    `parent` holds the viewer's question and receives the explanation. Without a
    question, nothing is computed.
    """

    def __init__(self, parent: WorkerChannel) -> None:
        self.parent = parent
        # The serial number of the question and the iteration of the last answer.
        self.answered = (0, -1)
        # Time (`time.perf_counter`) from which the same question may be answered again.
        self.next = 0.0

    def is_due(self, iteration: int, rests: bool) -> bool:
        """Return whether an answer is due for the sheet of this iteration.

        A new question, or any question while the run is idle (`rests`), is answered
        immediately.
        """
        question = self.parent.question
        before = self.answered
        if (
            question is None
            or question.number not in range(PICTURE_LATENTS)
            or (question.serial, iteration) == before
        ):
            return False
        return rests or question.serial != before[0] or time.perf_counter() >= self.next

    def answer(self, trainer: Trainer, evaluator: SheetEvaluator, sheet: Sheet) -> None:
        begun = time.perf_counter()
        question = self.parent.question
        assert question is not None
        assert question.number is not None
        self.parent.tell(explain(trainer, evaluator, sheet, question.number))
        self.answered = (question.serial, sheet.iteration)
        self.next = begun + max(OFTEN_SECONDS, (time.perf_counter() - begun) / SHARE)
