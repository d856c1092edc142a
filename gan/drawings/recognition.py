"""Label the drawings on a sheet with the digits that the classifier reads.

A run stores these labels with every sheet (gan/runs/run.py), and the pages show them.

A drawing is *read* if the classifier predicts the requested digit and is sure of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.drawings.classifier import CLASSIFIER, classify, load_classifier

SURE = 0.9  # minimum probability for the classifier to be sure of a digit


@dataclass(frozen=True)
class Recognition:
    """The classifier's labels for the drawings on one sheet, in order."""

    digits: tuple[int, ...]  # 0 to 9
    # the classifier's probability of each of these digits, to three decimals
    confidence: tuple[float, ...]

    def read(self, requested: Sequence[int] | None) -> list[bool]:
        """Return whether each drawing is read as its requested digit.

        If `requested` is None, any digit counts.
        """
        if requested is None:
            requested = self.digits
        rows = zip(self.digits, self.confidence, requested, strict=True)
        return [
            confidence >= SURE and digit == expected
            for digit, confidence, expected in rows
        ]

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Recognition:
        """Return the recognition with these fields, which were parsed from JSON.

        Raise ValueError if the fields are not valid.
        """
        if fields.keys() != {"digits", "confidence"}:
            raise ValueError("expected digits and confidence")
        digits = fields["digits"]
        confidence = fields["confidence"]
        are_lists = isinstance(digits, list) and isinstance(confidence, list)
        if not (
            are_lists
            and len(digits) == len(confidence)
            and all(map(_is_reading, digits, confidence))
        ):
            raise ValueError(
                "expected digits from 0 to 9, and a confidence from 0 to 1 for each"
            )
        return cls(tuple(digits), tuple(map(float, confidence)))


def _is_reading(digit: Any, confidence: Any) -> bool:
    is_digit = type(digit) is int and 0 <= digit <= 9
    return is_digit and type(confidence) in (int, float) and 0 <= confidence <= 1


Recognizer = Callable[[NDArray[np.uint8]], Recognition]


def open_recognizer() -> Recognizer:
    """Return a function that labels images, (n, 28, 28) uint8, ink 255.

    Raise InputError if the shipped classifier is missing or damaged.
    """
    # Winograd's algorithm is fast enough for ten sheets a second.
    classifier = load_classifier(CLASSIFIER, "winograd")

    def read(images: NDArray[np.uint8]) -> Recognition:
        digits, confidence = classify(classifier, images)
        rounded = [round(value, 3) for value in confidence.tolist()]
        return Recognition(tuple(digits.tolist()), tuple(rounded))

    return read
