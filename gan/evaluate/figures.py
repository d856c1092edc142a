"""The figures of a generator: its digits compared with real ones.

Every figure has a counterpart `real`, measured with real digits in place of the drawn ones, for the same number n. A
Frechet distance means nothing without it, because it falls as n grows. To make both stable, the real digits are
shuffled and cut into a few groups of n. Each group is the reference once, for n newly drawn digits and for the next
group. Figures are means over the references; their `spread` is the standard deviation, from three groups on.

Two evaluators see the same pictures (gan/evaluate/evaluators.py). gan/evaluate/measures.py explains the figures;
`python -m gan.evaluate` is the command line. To measure many generators of a digit, make a `Baseline` once and call
`against` for each.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gan.data import DOWNLOAD_DIRECTORY, Dataset, idx, load, load_test, only
from gan.data.nearest import nearest_distances
from gan.errors import InputError
from gan.evaluate.evaluators import Evaluators, Reference, Result
from gan.pictures import Pictures
from nnet.fast.kernels.parallel import get_threads, shares, together

DIGIT_N, ALL_N = 1000, 10_000  # see `usual_n`
MOST_GROUPS = 5  # every digit of MNIST has 5 groups of 1000; all digits have 6 of 10,000
MOST_NEAREST = 2000  # pictures whose nearest training image is searched; 10,000 take half a minute
FEWEST = 8  # images: two groups of four, so that each has a third neighbour

Draw = Callable[[int, np.random.Generator], Pictures]


def usual_n(digit: int | None) -> int:
    """Return the default number of pictures in a comparison, for one digit or for all (None)."""
    return ALL_N if digit is None else DIGIT_N


@dataclass(frozen=True)
class Real:
    """Real digits to compare with: training images and, if there are any, test images that no network was trained on.

    Copies are searched in `learned`: the shipped sample if the model was trained on it, else the training images.
    """

    train: Dataset
    test: Dataset | None = None
    sample: Dataset | None = None  # the shipped one, for a model trained on it

    @property
    def learned(self) -> Dataset:
        """The images among which copies are searched."""
        return self.sample or self.train

    def for_model(self, trained_on: str | None) -> "Real":
        """Return the same digits, with the shipped sample as `learned` if the model's file names it."""
        sample = load()
        return replace(self, sample=sample if trained_on == sample.name else None)

    @classmethod
    def load(cls, directory: Path | None) -> "Real":
        """Load those of a folder; by default those of data/mnist, or the shipped sample if that is missing."""
        exists = idx.find(DOWNLOAD_DIRECTORY, "train-images-idx3-ubyte")  # a stopped download leaves an empty folder
        directory = directory or (DOWNLOAD_DIRECTORY if exists else None)
        return cls(load(directory), load_test(directory) if directory else None)

    @property
    def name(self) -> str:
        """The name of the data, for people."""
        return self.train.name + (f" and {self.test.name}" if self.test else ", no test digits")


def groups_of(real: Dataset, n: int, rng: np.random.Generator) -> list[Pictures]:
    """Shuffle the images and cut them into at least two groups of n; n is at most half of their number."""
    n = min(n, len(real.images) // 2)
    order = rng.permutation(len(real.images))
    return [real.images[order[i * n : (i + 1) * n]] for i in range(min(MOST_GROUPS, len(order) // n))]


def nearness(images: Pictures, training: Pictures, skip: NDArray[np.integer] | None = None) -> dict[str, float]:
    """Return how near the first `MOST_NEAREST` images are to their nearest training images; see `nearest_distances`."""
    images, skip = images[:MOST_NEAREST], skip if skip is None else skip[:MOST_NEAREST]
    parts = [slice(*share) for share in shares(len(images), get_threads())]
    tasks = [partial(nearest_distances, images[s], training, skip if skip is None else skip[s]) for s in parts]
    distances = np.concatenate([share for share, _ in together(tasks)])
    return {
        "median": float(np.median(distances)),
        "percentile_5": float(np.percentile(distances, 5)),
        "count": len(distances),
    }


class Baseline:
    """Real digits compared with real ones, and the references for any number of generators of a digit.

    It holds the evaluators' features of the real digits, some 5 MB for one digit.

    Parameters
    ----------
    data : Real
    digit : 0 to 9, or None for all
    evaluators : Evaluators
    n : int
        Drawn and real digits in a comparison; at most half of the real ones.
    rng : draws the groups
    copies : bool
        Whether to search for copies of training images, too. For one digit that takes as long as all the rest.

    Raises
    ------
    InputError : the data has too few images of the digit.
    """

    def __init__(
        self,
        data: Real,
        digit: int | None,
        evaluators: Evaluators,
        n: int,
        rng: np.random.Generator,
        copies: bool = True,
    ) -> None:
        train = only(data.train, digit)
        if min(2 * n, len(train.images)) < FEWEST:
            expected = f"n of at least {FEWEST // 2} and {FEWEST} real images of the digit"
            raise InputError(f"expected {expected}, received n {n} and {len(train.images)} images", "n")
        self.data, self.digit = data, digit
        groups = groups_of(train, n, rng)
        self.groups, self.n = len(groups), len(groups[0])
        held_out = only(data.test, digit) if data.test else train
        counts = np.bincount(train.labels, minlength=10)
        self.first, self.second = (
            Reference(evaluator, digit, groups, held_out.images, counts) for evaluator in evaluators
        )
        self.nearness = self._nearness_of_real(held_out, rng) if copies else None

    def _nearness_of_real(self, held_out: Dataset, rng: np.random.Generator) -> dict[str, float]:
        """Return how near real digits, as many as are drawn, are to the nearest other training image."""
        if self.data.test:
            chosen = rng.permutation(len(held_out.images))[: self.n]
            return nearness(held_out.images[chosen], self.data.learned.images)
        # without test images, each training image is compared with all the others
        train = self.data.train
        own = rng.permutation(np.flatnonzero((train.labels == self.digit) | (self.digit is None)))[: self.n]
        return nearness(train.images[own], train.images, own)

    def against(self, draw: Draw, rng: np.random.Generator) -> Result:
        """Return the figures of a generator.

        Parameters
        ----------
        draw : (n, rng) -> (n, 28, 28) uint8, ink 255

        Returns
        -------
        dict for JSON: `frechet`, `kernel_distance`, `precision`, `recall`, `confident` and so on, each with `fake` and
        `real`; `n` and `groups` are the sizes. For one digit also `read_as_digit`; for all, `balance` by the
        classifier's labels for fakes and the true labels for real digits; with `copies`, `nearest_training`. These are
        the first evaluator's figures; `second` holds the second's.
        """
        drawn = [draw(self.n, rng) for _ in range(self.groups)]  # each (n, 28, 28)
        result: Result = {"digit": "any" if self.digit is None else self.digit, "n": self.n, "groups": self.groups}
        result |= self.first.against(drawn)
        if self.nearness:
            near, among = nearness(drawn[0], self.data.learned.images), self.data.learned.name
            result["nearest_training"] = {"fake": near, "real": self.nearness, "among": among}
        return result | {"second": self.second.against(drawn)}
