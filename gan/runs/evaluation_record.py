"""Define the evaluation of a sheet, as stored next to the picture and sent to pages.

gan/runs/evaluate_sheets.py computes the evaluation. If something is wrong with the run,
the evaluation includes a diagnosis. A user can also see these problems on the sheet:

- bent: the judge is not frozen and prefers the drawings to real digits, but almost no
  drawing is near a real digit;
- blank: the drawings contain hardly any ink;
- alike: the drawings are near real digits, but they all look the same (mode collapse);
- beaten: the judge tells almost every drawing from a real digit, and even after 300
  iterations almost none is near one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import parse_json
from gan.data.images_and_sheets import Pictures
from gan.drawings.recognition import SURE, Recognition
from gan.rules.latents import requested_digits
from gan.rules.run_config import Config
from gan.runs.messages import EvaluationFields, ProgressRow


@dataclass(frozen=True)
class Evaluation:
    """The evaluation of one sheet. A value is None if it was not computed."""

    recognition: Recognition | None = None  # the classifier's digits and confidences
    # Whether each drawing is near a real digit (gan/data/nearest.py).
    near: tuple[bool, ...] | None = None
    # Number of pairs, one per drawing, in which the judge prefers the real digit.
    prefers_real: int | None = None
    ailment: Diagnosis | None = None  # the diagnosis of the run, if something is wrong

    def to_json(self) -> str:
        """Return JSON: {"digits": [7, ...], "confidence": [0.98, ...], ...}."""
        fields = asdict(self.recognition) if self.recognition else {}
        fields["near"] = self.near
        fields["prefers_real"] = self.prefers_real
        fields["ailment"] = self.ailment
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> Evaluation:
        """Parse the output of `to_json`. Raise ValueError for any other text."""
        fields = parse_json(text)
        if not isinstance(fields, dict):
            raise ValueError("expected an object")
        near = fields.pop("near", None)
        prefers_real = fields.pop("prefers_real", None)
        ailment = fields.pop("ailment", None)
        recognition = Recognition.from_fields(fields) if fields else None
        is_valid = ailment in (None, *DIAGNOSES_OF_RUNS)
        if prefers_real is not None:
            is_valid &= type(prefers_real) is int and prefers_real >= 0
        if near is not None:
            is_valid &= isinstance(near, list)
            is_valid = is_valid and all(type(value) is bool for value in near)
            near = tuple(near) if is_valid else ()
            is_valid &= not recognition or len(near) == len(recognition.digits)
        if not is_valid:
            raise ValueError("expected the evaluation of a sheet")
        return cls(recognition, near, prefers_real, ailment)

    def fields(self, config: Config) -> EvaluationFields:
        """Return the evaluation in the form in which pages receive it.

        `config` is the config of the run. It determines which digits were requested.
        """
        fields: EvaluationFields = {
            "digits": None,
            "confidence": None,
            "asked": None,
            "read": None,
            "sure": SURE,
            "near": None if self.near is None else list(self.near),
            "prefers_real": self.prefers_real,
            "ailment": self.ailment,
        }
        recognition = self.recognition
        if recognition and recognition.digits:
            requested = requested_digits(config, len(recognition.digits))
            fields["digits"] = list(recognition.digits)
            fields["confidence"] = list(recognition.confidence)
            fields["asked"] = None if requested is None else requested.tolist()
            fields["read"] = self.recognized(fields["asked"])
        return fields

    def recognized(self, requested: Sequence[int] | None) -> list[bool]:
        """Return whether each drawing is recognized.

        The classifier must be sure that it is the requested digit (any digit if
        `requested` is None). If `near` is known, a real digit must also be near.
        """
        assert self.recognition is not None
        read = self.recognition.read(requested)
        if self.near is None:
            return read
        return [a and b for a, b in zip(read, self.near, strict=True)]


def progress_row(
    iteration: int, evaluation: Evaluation, config: Config
) -> ProgressRow | None:
    """Return the figures of a sheet, or None if no classifier has evaluated it."""
    fields = evaluation.fields(config)
    read = fields["read"]
    prefers_real = fields["prefers_real"]
    if read is None:
        return None
    mistaken = None if prefers_real is None else len(read) - prefers_real
    return {
        "iteration": iteration,
        "of": len(read),
        "recognized": sum(read),
        "mistaken": mistaken,
    }


Diagnosis = Literal["bent", "blank", "alike", "beaten"]
DIAGNOSES_OF_RUNS: tuple[Diagnosis, ...] = get_args(Diagnosis)

# Limits for "almost none" and "almost all", as fractions of the drawings or pairs.
FEW = 0.05
MOST = 0.95
LITTLE_INK = 0.2  # as a fraction of the ink in real digits
LITTLE_VARIETY = 0.2  # as a fraction of the variety of real digits
# Minimum iteration for "beaten", because early drawings are always easy to spot.
PATIENCE = 300


def diagnose(
    images: Pictures,
    real: Pictures,
    kinds: NDArray[np.integer],
    near: NDArray[np.bool_],
    prefers_real: int,
    iteration: int,
    frozen: bool = True,
) -> Diagnosis | None:
    """Return the diagnosis of a run, or None if nothing is wrong.

    Parameters
    ----------
    images, real : (N, 28, 28) uint8, ink 255
        The drawings, and one real digit for each drawing.
    kinds : (N,) integers
        The class of each drawing. Only drawings of the same class are compared with
        each other.
    near : (N,) bool
        Whether each drawing is near a real digit.
    prefers_real : int
        The number of pairs, out of N, in which the judge prefers the real digit.
    iteration : int
        An untrained run (0) has no diagnosis.
    frozen : bool
        Whether the judge was frozen when the artist learned.
    """
    preferred = prefers_real / len(images)
    good = near.mean()
    if iteration == 0:
        return None
    if not frozen and good <= FEW and preferred <= 1 - MOST:
        return "bent"
    if images.mean() <= LITTLE_INK * real.mean():
        return "blank"
    little = LITTLE_VARIETY * variety(real, kinds)
    if good >= 1 / 2 and variety(images, kinds) <= little:
        return "alike"
    if good <= FEW and preferred >= MOST and iteration >= PATIENCE:
        return "beaten"
    return None


def variety(images: Pictures, kinds: NDArray[np.integer]) -> float:
    """Return the mean distance between two images of the same class.

    This is the average over all classes with at least two images, or 0 if there are
    none.
    """
    classes = [images[kinds == kind] for kind in np.unique(kinds)]
    apart = [distance_apart(some) for some in classes if len(some) > 1]
    return float(np.mean(apart)) if apart else 0.0


def distance_apart(images: Pictures) -> float:
    """Return the mean Euclidean distance over all pairs of images, (n, 28, 28) uint8.

    It is 0 for one image. Memory use grows with n squared.
    """
    n = len(images)
    pixels = images.reshape(n, -1).astype(np.float32)
    squares = (pixels * pixels).sum(1)
    products = pixels @ pixels.T
    # |a - b|^2 = |a|^2 + |b|^2 - 2 a b. Rounding errors can make this negative.
    distances = np.sqrt(np.maximum(0, squares[:, None] + squares - 2 * products))
    np.fill_diagonal(distances, 0)  # remove the rounding errors on the diagonal
    return float(distances.sum() / max(1, n * (n - 1)))
