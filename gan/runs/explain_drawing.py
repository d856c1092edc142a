"""Asking the judge about one drawing of the sheet that is shown: what it says, and what it would rather see.

The judge, D, gives an image a logit. By itself a logit means nothing, so the drawing's stands beside those of 64 real
digits. The gradient of the logit by the pixels says where more ink would please the judge, and where less. It is what
D hands to G in training; here it is taken by itself, through a D whose weights stay, and shown. A step along it is
what the judge wants: the strongest change is half of the way from paper to ink, and nothing leaves the range.

It is answered beside a sheet, while somebody asks, and never in between. No random numbers are used and nothing of the
trainer changes, so training is the same bit for bit.
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
from gan.runs.messages import AnswerEvent, Parent
from gan.runs.sheet_evaluator import Onlooker, Sheet
from gan.runs.trainer import PICTURE_LATENTS, Trainer
from nnet.layer import Array, Layer

STEP = 1.0  # of the pixel that changes most; from paper, -1, to ink, +1, it is 2
OFTEN_SECONDS = 0.25  # between two answers to one question, at least
SHARE = 0.05  # of the time, at most, for answers


@dataclass(frozen=True)
class Answer:
    """What there is to say of a drawing besides what was said of its sheet.

    Attributes
    ----------
    drawing, real, wanted : (28, 28) uint8, ink 255
        The drawing, its nearest real digit, and the drawing a step along the gradient.
    gradient : (28, 28)
        d logit / d pixel, a pixel counting from -1 (paper) to +1 (ink).
    real_digit : int
        Which digit the real one is.
    prefers_real, would_prefer_real : int
        To how many of the onlooker's 64 real digits the drawing loses, as it is and after the step.
    """

    drawing: NDArray[np.uint8]
    real: NDArray[np.uint8]
    wanted: NDArray[np.uint8]
    gradient: NDArray[np.floating]
    real_digit: int
    prefers_real: int
    would_prefer_real: int


def answer(trainer: Trainer, onlooker: Onlooker, drawings: Pictures, index: int) -> Answer:
    """What a trainer's judge says of one of its drawings, (64, 28, 28), `Trainer.picture`; nothing changes."""
    drawing = drawings[index]  # (28, 28)
    kind = None if onlooker.asked is None else int(onlooker.asked[index])
    near = onlooker.near.real(kind)  # (n, 28, 28)
    nearest = int(nearest_distances(drawing[None], near)[1][0])
    digits = np.array([kind or 0])  # (1,)
    unit = to_unit(drawing[None])  # (1, 28, 28, 1)
    dx = gradient(trainer.players.discriminator, unit, outputs_of(digits, trainer.config.labels))  # (1, 28, 28, 1)
    wanted = to_ink(step(unit, dx))[0]  # (28, 28)
    of_both = trainer.verdict(np.stack([drawing, wanted]), digits.repeat(2))  # (2,)
    of_real = trainer.verdict(onlooker.real, onlooker.asked)  # (64,)
    return Answer(
        drawing,
        near[nearest],
        wanted,
        dx[0, ..., 0],
        int(onlooker.near.reference(kind).labels[nearest]),
        *(int((of_real > logit).sum()) for logit in of_both),
    )


def gradient(discriminator: Layer, images: Array, which: Array) -> Array:
    """d logit / d pixel of every image, (N, 28, 28, 1), through a frozen D; `which` is that of `judge`.

    Frozen it is here even where the game will not freeze it: nothing is to be added to its gradients.
    """
    with Layer.frozen(discriminator):  # not discriminator.frozen(), which a NeverFrozen has made do nothing
        logits, saved = judge(discriminator, images, which)  # (N, 1)
        dx = discriminator.backward(np.ones_like(logits) * which, saved)  # (N, 28, 28, 1)
    assert dx is not None
    return dx


def step(images: Array, dx: Array) -> Array:
    """Images, in [-1, 1], a step of STEP along their gradients, and no farther than paper and ink go.

    The pixel that sets the length is the strongest of those that can change: the judge may want less of blank paper.
    """
    dx = np.nan_to_num(dx, posinf=0, neginf=0)  # of a network that has overflowed
    can = np.where(dx > 0, images < 1, images > -1)
    strongest = np.abs(dx * can).max((1, 2, 3), keepdims=True)  # (N, 1, 1, 1)
    moved: Array = np.clip(images + STEP * dx / np.where(strongest > 0, strongest, np.inf), -1, 1)
    return moved


def red_and_blue(dx: NDArray[np.floating]) -> Image.Image:
    """A gradient, (28, 28), as a picture: blue where more ink raises the logit, red where less does, white where none.

    The strongest has the full colour.
    """
    dx = np.nan_to_num(dx, posinf=0, neginf=0)
    strongest = max(float(np.abs(dx).max()), float(np.finfo(dx.dtype).tiny))
    return Image.fromarray(in_red_and_blue(dx, strongest))


def told(said: Answer, sheet: Sheet, index: int, asked: int | None) -> AnswerEvent:
    """An answer, with what was said of its drawing, as JSON can hold it; `asked`: which digit it should be, if any."""
    reading, near = sheet.remarks.reading, sheet.remarks.near
    return {
        "type": "answer",
        "iteration": sheet.iteration,
        "drawing": index,
        "asked": asked,
        "digit": reading.digits[index] if reading else None,
        "confidence": reading.confidence[index] if reading else None,
        "sure": SURE,
        "near": near[index] if near else None,
        "prefers_real": said.prefers_real,
        "would_prefer_real": said.would_prefer_real,
        "of": PICTURE_LATENTS,
        "real_digit": said.real_digit,
        "png": {
            "drawing": in_base64(Image.fromarray(255 - said.drawing)),
            "real": in_base64(Image.fromarray(255 - said.real)),
            "wanted": in_base64(Image.fromarray(255 - said.wanted)),
            "gradient": in_base64(red_and_blue(said.gradient)),
        },
    }


class Asking:
    """Answers who asks, beside the sheets that are shown. Nothing is computed when nobody does.

    Parameters
    ----------
    parent : Parent
        Knows which drawing is asked about, and is told.
    """

    def __init__(self, parent: Parent) -> None:
        self.parent = parent
        self.answered = (0, -1)  # the question, as the parent counts them, and the iteration
        self.next = 0.0  # when the same question is due again, by `time.perf_counter`

    def is_due(self, iteration: int, rests: bool) -> bool:
        """Whether to answer beside the sheet of this iteration. A new question, and a run that rests, do not wait."""
        question, before = self.parent.questions, self.answered
        if self.parent.asked not in range(PICTURE_LATENTS) or (question, iteration) == before:
            return False
        return rests or question != before[0] or time.perf_counter() >= self.next

    def answer(self, trainer: Trainer, onlooker: Onlooker, sheet: Sheet) -> None:
        """Answer beside a sheet that the trainer has drawn as it is now."""
        begun, index = time.perf_counter(), self.parent.asked
        assert index is not None
        said = answer(trainer, onlooker, sheet.images, index)
        self.parent.tell(told(said, sheet, index, None if onlooker.asked is None else int(onlooker.asked[index])))
        self.answered = (self.parent.questions, sheet.iteration)
        self.next = begun + max(OFTEN_SECONDS, (time.perf_counter() - begun) / SHARE)
