"""What a judge makes of drawn digits, beside what it makes of real ones.

A judge is a classifier (gan/classifier/network.py). There are two, and both look at the same pictures. The first is the
yardstick: all choices were made by its figures. By the second nothing is chosen, so it tells whether what was chosen is
better or only pleases the first. Their figures have different scales, but for the ratio to real against real.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan.classifier.network import decide, features_and_logits, load_classifier
from gan.classifier.reading import SURE
from gan.evaluate.measures import frechet, kernel_distance, precision_recall, total_variation
from gan.pictures import Pictures
from gan.shipped import CLASSIFIER, SECOND_JUDGE
from nnet.fast.kernels.parallel import together
from nnet.sequential import Sequential

LEAST_GROUPS = 3  # for a spread: two are each other's reference, the same distance twice
FIGURES = ("frechet", "kernel_distance", "precision", "recall")

Result = dict[str, Any]


class Judges(NamedTuple):
    """Both, each as `gan.classifier.network.load_classifier` returns it."""

    first: Sequential
    second: Sequential

    @classmethod
    def load(cls) -> "Judges":
        """The shipped ones; InputError where one is missing or damaged."""
        return cls(load_classifier(CLASSIFIER, "winograd"), load_classifier(SECOND_JUDGE, "winograd"))


@dataclass(frozen=True)
class Seen:
    """Pictures as a judge sees them."""

    features: NDArray[np.floating]  # (N, 64)
    digits: NDArray[np.integer]  # (N,), the likeliest
    confidence: NDArray[np.floating]  # (N,)

    @classmethod
    def of(cls, judge: Sequential, images: Pictures) -> "Seen":
        """Look at images."""
        features, logits = features_and_logits(judge, images)
        return cls(features, *decide(logits))

    def readings(self, digit: int | None) -> dict[str, float]:
        """The share of pictures that are read with confidence and, where they should show one digit, as that digit."""
        sure = self.confidence >= SURE
        shares = {"confident": float(sure.mean())}
        if digit is not None:
            right = self.digits == digit
            shares["read_as_digit"] = float(right.mean())
            shares["confident_and_read_as_digit"] = float((sure & right).mean())
        return shares


def compare(reference: Seen, others: Seen) -> dict[str, float]:
    """The figures that need a reference.

    For the kernel distance features are brought to a mean square of 1: it takes cubes of them, and the few largest
    would decide alone.
    """
    a, b = reference.features, others.features
    size = np.sqrt(np.mean(np.square(a, dtype=np.float64)))
    precision, recall = precision_recall(a, b)
    return {
        "frechet": frechet(a, b),
        "kernel_distance": kernel_distance(a / size, b / size),
        "precision": precision,
        "recall": recall,
    }


def compare_all(references: list[Seen], others: list[Seen]) -> list[dict[str, float]]:
    """`compare` of every pair, as many at once as there are threads."""
    return together([partial(compare, *pair) for pair in zip(references, others, strict=True)])


def beside(fake: list[dict[str, float]], real: list[dict[str, float]]) -> Result:
    """Means and spreads of every figure, the fakes' beside those of the real ones."""
    result: Result = {}
    for name in FIGURES:
        columns = {"fake": [line[name] for line in fake], "real": [line[name] for line in real]}
        result[name] = {side: float(np.mean(values)) for side, values in columns.items()}
        if len(real) >= LEAST_GROUPS:
            result[name] |= {f"spread_{side}": float(np.std(values, ddof=1)) for side, values in columns.items()}
    result["frechet"]["ratio"] = result["frechet"]["fake"] / result["frechet"]["real"]
    return result


class Reference:
    """Real digits as one judge sees them, each group beside the next: what drawn digits are compared with.

    Parameters
    ----------
    judge : Sequential
    digit : int, or None for all
        What drawn digits should show.
    groups : list of (n, 28, 28) uint8
        Each is once the reference.
    held_out : (m, 28, 28) uint8
        What is read on these stands beside what is read on drawn ones.
    counts : (10,) integers
        How many of each digit the real ones are.
    """

    def __init__(
        self,
        judge: Sequential,
        digit: int | None,
        groups: list[Pictures],
        held_out: Pictures,
        counts: NDArray[np.integer],
    ) -> None:
        self.judge, self.digit, self.counts = judge, digit, counts
        self.groups = [Seen.of(judge, images) for images in groups]
        self.lines = compare_all(self.groups, self.groups[1:] + self.groups[:1])
        self.readings = Seen.of(judge, held_out).readings(digit)

    def against(self, drawn: list[Pictures]) -> Result:
        """The figures of drawn digits, as many for each group of real ones as that has."""
        seen = [Seen.of(self.judge, images) for images in drawn]
        fakes = Seen(*(np.concatenate([getattr(part, name) for part in seen]) for name in vars(seen[0])))
        result = beside(compare_all(self.groups, seen), self.lines)
        readings = fakes.readings(self.digit)
        result |= {name: {"fake": share, "real": self.readings[name]} for name, share in readings.items()}
        if self.digit is None:
            counts = {"fake": np.bincount(fakes.digits, minlength=10), "real": self.counts}
            result["balance"] = {side: total_variation(count) for side, count in counts.items()}
            result["balance"] |= {f"counts_{side}": count.tolist() for side, count in counts.items()}
        return result
