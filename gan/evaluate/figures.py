"""How good is a generator? Its digits beside real ones, in figures.

Every figure stands beside `real`, the same figure for real digits in the place of the drawn ones, at the same number n:
without it a Frechet distance says nothing, since it falls as n grows. To make both steady, real digits are shuffled and
cut into a few groups of n. Each group is once the reference; against it stand n drawn digits, new ones each time, and
the next group. Figures are means over the references; their `spread` is the standard deviation, from three groups on.

`python -m gan.evaluate` is the command line of this; what the figures mean is said in gan/evaluate/measures.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.classifier.network import decide, features_and_logits
from gan.data import DOWNLOAD_DIRECTORY, Dataset, idx, load, load_test, only
from gan.errors import InputError
from gan.evaluate.measures import frechet, kernel_distance, nearest_distances, precision_recall, total_variation
from gan.pictures import Pictures
from nnet.fast.kernels.parallel import get_threads, shares, together
from nnet.sequential import Sequential

SURE = 0.9  # a classifier is confident from this probability on
MOST_GROUPS = 5  # every digit of MNIST has 5 groups of 1000; all digits have 6 of 10,000
MOST_NEAREST = 2000  # pictures whose nearest training image is looked for: half a minute for 10,000
FEWEST = 8  # images: two groups of four, so that each has a third neighbour
LEAST_GROUPS = 3  # for a spread: two are each other's reference, the same distance twice
FIGURES = ("frechet", "kernel_distance", "precision", "recall")

Draw = Callable[[int, np.random.Generator], Pictures]
Result = dict[str, Any]


@dataclass(frozen=True)
class Real:
    """Real digits to compare with: the training images, and test images that nobody has learned from, if there are.

    Copies are looked for in `learned`: the shipped sample where a model learned from that, else the training images.
    """

    train: Dataset
    test: Dataset | None = None
    sample: Dataset | None = None  # the shipped one, for a model that learned from it

    @property
    def learned(self) -> Dataset:
        """The images that a copy would be one of."""
        return self.sample or self.train

    def for_model(self, trained_on: str | None) -> "Real":
        """The same digits, where copies are looked for in the shipped sample if the model's file names that."""
        sample = load()
        return replace(self, sample=sample if trained_on == sample.name else None)

    @classmethod
    def load(cls, directory: Path | None) -> "Real":
        """Those of a folder; without one those of data/mnist, or the shipped sample where that is missing."""
        is_there = idx.find(DOWNLOAD_DIRECTORY, "train-images-idx3-ubyte")  # a download may have left the folder alone
        directory = directory or (DOWNLOAD_DIRECTORY if is_there else None)
        return cls(load(directory), load_test(directory) if directory else None)

    @property
    def name(self) -> str:
        """Which data, for people."""
        return self.train.name + (f" and {self.test.name}" if self.test else ", no test digits")


@dataclass(frozen=True)
class Seen:
    """Pictures as the classifier sees them."""

    features: NDArray[np.floating]  # (N, 64)
    digits: NDArray[np.integer]  # (N,), the likeliest
    confidence: NDArray[np.floating]  # (N,)

    @classmethod
    def of(cls, classifier: Sequential, images: Pictures) -> "Seen":
        """Look at images."""
        features, logits = features_and_logits(classifier, images)
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


def groups_of(real: Dataset, n: int, rng: np.random.Generator) -> list[Pictures]:
    """Shuffle the images and cut them into groups of n, two at least; n is lowered to half of what there is."""
    n = min(n, len(real.images) // 2)
    order = rng.permutation(len(real.images))
    return [real.images[order[i * n : (i + 1) * n]] for i in range(min(MOST_GROUPS, len(order) // n))]


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


def nearness(images: Pictures, training: Pictures, skip: NDArray[np.integer] | None = None) -> dict[str, float]:
    """How near images, the first `MOST_NEAREST`, are to their nearest training images; see `nearest_distances`."""
    images, skip = images[:MOST_NEAREST], skip if skip is None else skip[:MOST_NEAREST]
    parts = [slice(*share) for share in shares(len(images), get_threads())]
    tasks = [partial(nearest_distances, images[s], training, skip if skip is None else skip[s]) for s in parts]
    distances = np.concatenate([found for found, _ in together(tasks)])
    return {
        "median": float(np.median(distances)),
        "percentile_5": float(np.percentile(distances, 5)),
        "count": len(distances),
    }


class Baseline:
    """Real digits beside real ones: one side of all figures, and the references of the other.

    Parameters
    ----------
    data, digit, classifier, n : as in `evaluate_generator`
    rng : draws the groups

    Raises
    ------
    InputError : the data holds too few images of the digit.
    """

    def __init__(self, data: Real, digit: int | None, classifier: Sequential, n: int, rng: np.random.Generator) -> None:
        train = only(data.train, digit)
        if min(2 * n, len(train.images)) < FEWEST:
            wanted = f"n of at least {FEWEST // 2} and {FEWEST} real images of the digit"
            raise InputError(f"expected {wanted}, received n {n} and {len(train.images)} images", "n")
        self.data, self.digit, self.classifier = data, digit, classifier
        self.groups = [Seen.of(classifier, images) for images in groups_of(train, n, rng)]
        self.n = len(self.groups[0].digits)
        self.lines = compare_all(self.groups, self.groups[1:] + self.groups[:1])
        held_out = only(data.test, digit) if data.test else train
        self.readings = Seen.of(classifier, held_out.images).readings(digit)
        self.counts = np.bincount(train.labels, minlength=10)
        if data.test:
            chosen = rng.permutation(len(held_out.images))[: self.n]
            self.nearness = nearness(held_out.images[chosen], data.learned.images)
        else:  # training images stand in, each compared with all the others
            same = np.flatnonzero((data.train.labels == digit) | (digit is None))
            own = rng.permutation(same)[: self.n]
            self.nearness = nearness(data.train.images[own], data.train.images, own)

    def against(self, draw: Draw, rng: np.random.Generator) -> Result:
        """The figures of a generator; as `evaluate_generator`."""
        drawn = [draw(self.n, rng) for _ in self.groups]  # each (n, 28, 28)
        seen = [Seen.of(self.classifier, images) for images in drawn]
        fakes = Seen(*(np.concatenate([getattr(part, name) for part in seen]) for name in vars(seen[0])))
        digit = "any" if self.digit is None else self.digit
        result: Result = {"digit": digit, "n": self.n, "groups": len(self.groups)}
        result |= beside(compare_all(self.groups, seen), self.lines)
        readings = fakes.readings(self.digit)
        result |= {name: {"fake": share, "real": self.readings[name]} for name, share in readings.items()}
        if self.digit is None:
            counts = {"fake": np.bincount(fakes.digits, minlength=10), "real": self.counts}
            result["balance"] = {side: total_variation(count) for side, count in counts.items()}
            result["balance"] |= {f"counts_{side}": count.tolist() for side, count in counts.items()}
        near, among = nearness(drawn[0], self.data.learned.images), self.data.learned.name
        result["nearest_training"] = {"fake": near, "real": self.nearness, "among": among}
        return result


def evaluate_generator(
    draw: Draw, digit: int | None, data: Real, classifier: Sequential, n: int, rng: np.random.Generator
) -> Result:
    """Measure a generator. Whoever measures several of a digit makes the `Baseline` once.

    Parameters
    ----------
    draw : (n, rng) -> (n, 28, 28) uint8, ink 255
    digit : 0 to 9, or None for all
    data : Real
    classifier : as `gan.classifier.load_classifier` returns it
    n : int
        Drawn digits a comparison, and real ones; lowered to half of the real ones there are.
    rng : the groups of real digits depend on its state alone, not on what is drawn

    Returns
    -------
    dict of what JSON can hold: `frechet`, `kernel_distance`, `precision`, `recall`, `confident` and so on, each with
    `fake` and `real`; `n` and `groups` tell of how many. For one digit `read_as_digit`; for all `balance`, as the fakes
    are read and the real ones labelled.

    Raises
    ------
    InputError : the data holds too few images of the digit.
    """
    groups_rng, draw_rng = rng.spawn(2)
    return Baseline(data, digit, classifier, n, groups_rng).against(draw, draw_rng)
