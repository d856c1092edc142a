"""Compare drawn digits with real digits, using two classifiers, the evaluators.

Both evaluators (gan/drawings/classifier.py) see the same pictures. All settings were
chosen by the figures of the first evaluator. The second was never used to choose
anything, so it shows whether a choice is really better or only suits the first
evaluator. Their figures have different scales. Only ratios are comparable: the distance
from drawn to real digits divided by the distance between real digits.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan.data.images_and_sheets import Pictures
from gan.drawings.classifier import (
    CLASSIFIER,
    SECOND_CLASSIFIER,
    decide,
    features_and_logits,
    load_classifier,
)
from gan.drawings.recognition import SURE
from gan.evaluate.measures import frechet, precision_recall, total_variation
from nnet.fast.kernels.thread_pool import together
from nnet.sequential import Sequential

# With two groups, both comparisons have the same distance, so there is no spread.
LEAST_GROUPS = 3
FIGURES = ("frechet", "precision", "recall")

Result = dict[str, Any]
Comparison = tuple[float, float, float]  # values of FIGURES for two sets
Counts = NDArray[np.integer]
Evaluators = tuple[Sequential, Sequential]  # the first and the second


def load_evaluators() -> Evaluators:
    """Load the shipped classifiers. Raise InputError if one is missing or damaged."""
    first = load_classifier(CLASSIFIER, "winograd")
    return first, load_classifier(SECOND_CLASSIFIER, "winograd")


class Classified(NamedTuple):
    """The outputs of an evaluator for N pictures."""

    features: NDArray[np.floating]  # (N, 64)
    digits: NDArray[np.integer]  # (N,), the most probable digits
    confidence: NDArray[np.floating]  # (N,), the probabilities of these digits

    @classmethod
    def of(cls, evaluator: Sequential, images: Pictures) -> "Classified":
        features, logits = features_and_logits(evaluator, images)
        return cls(features, *decide(logits))

    def readings(self, digit: int | None) -> dict[str, float]:
        sure = self.confidence >= SURE
        shares = {"confident": float(sure.mean())}
        if digit is not None:
            correct = self.digits == digit
            shares["read_as_digit"] = float(correct.mean())
            shares["confident_and_read_as_digit"] = float((sure & correct).mean())
        return shares


def compare(reference: Classified, others: Classified) -> Comparison:
    distance = frechet(reference.features, others.features)
    return distance, *precision_recall(reference.features, others.features)


def compare_all(
    references: list[Classified], others: list[Classified]
) -> list[Comparison]:
    pairs = zip(references, others, strict=True)
    return together([partial(compare, *pair) for pair in pairs])


def summarize(fake: list[Comparison], real: list[Comparison]) -> Result:
    """Return the mean of each figure for drawn (`fake`) and real digits.

    `fake` and `real` have one comparison per reference group. Three groups or more also
    have a spread, the standard deviation.
    """
    result: Result = {}
    for index, name in enumerate(FIGURES):
        entry = result[name] = {}
        for side, lines in (("fake", fake), ("real", real)):
            values = [line[index] for line in lines]
            entry[side] = float(np.mean(values))
            if len(lines) >= LEAST_GROUPS:
                entry[f"spread_{side}"] = float(np.std(values, ddof=1))
    result["frechet"]["ratio"] = result["frechet"]["fake"] / result["frechet"]["real"]
    return result


class Reference:
    """Real digits, classified by one evaluator, with which drawn digits are compared.

    Parameters
    ----------
    digit : int or None
        The digit that drawings should show, or None for all digits.
    groups : list of arrays (n, 28, 28) uint8
        Real digits. Each group serves once as the reference.
    held_out : array (m, 28, 28) uint8
        Other real digits. The shares that the evaluator recognizes are compared with
        those of drawn digits.
    counts : array (10,)
        The number of real images of each digit.
    """

    def __init__(
        self,
        evaluator: Sequential,
        digit: int | None,
        groups: list[Pictures],
        held_out: Pictures,
        counts: Counts,
    ) -> None:
        self.evaluator = evaluator
        self.digit = digit
        self.counts = counts
        self.groups = [Classified.of(evaluator, images) for images in groups]
        self.lines = compare_all(self.groups, self.groups[1:] + self.groups[:1])
        self.readings = Classified.of(evaluator, held_out).readings(digit)

    def against(self, drawn: list[Pictures]) -> Result:
        """Return the figures of drawn digits.

        `drawn` has an array (n, 28, 28) uint8 for each group, to compare with it.
        """
        seen = [Classified.of(self.evaluator, images) for images in drawn]
        fakes = Classified(*map(np.concatenate, zip(*seen, strict=True)))
        result = summarize(compare_all(self.groups, seen), self.lines)
        for name, share in fakes.readings(self.digit).items():
            result[name] = {"fake": share, "real": self.readings[name]}
        if self.digit is None:
            counts = np.bincount(fakes.digits, minlength=10)
            balance = result["balance"] = {}
            for side, count in (("fake", counts), ("real", self.counts)):
                balance[side] = total_variation(count)
                balance[f"counts_{side}"] = count.tolist()
        return result
