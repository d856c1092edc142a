"""How good is a generator? Its digits beside real ones, in figures.

Every figure stands beside `real`, the same figure for real digits in the place of the drawn ones, at the same number n:
without it a Frechet distance says nothing, since it falls as n grows. To make both steady, real digits are shuffled and
cut into a few groups of n. Each group is once the reference; against it stand n drawn digits, new ones each time, and
the next group. Figures are means over the references; their `spread` is the standard deviation, from three groups on.

Two judges look at the same pictures (gan/evaluate/evaluators.py).

`python -m gan.evaluate` is the command line of this; what the figures mean is said in gan/evaluate/measures.py. Who
measures many generators of a digit makes a `Baseline` once and asks it `against` each.
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
from gan.evaluate.evaluators import Judges, Reference, Result
from gan.pictures import Pictures
from nnet.fast.kernels.parallel import get_threads, shares, together

DIGIT_N, ALL_N = 1000, 10_000  # see `usual_n`
MOST_GROUPS = 5  # every digit of MNIST has 5 groups of 1000; all digits have 6 of 10,000
MOST_NEAREST = 2000  # pictures whose nearest training image is looked for: half a minute for 10,000
FEWEST = 8  # images: two groups of four, so that each has a third neighbour

Draw = Callable[[int, np.random.Generator], Pictures]


def usual_n(digit: int | None) -> int:
    """Pictures a comparison of a digit's generator, or of one of all digits (None), where nobody asks for a number."""
    return ALL_N if digit is None else DIGIT_N


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


def groups_of(real: Dataset, n: int, rng: np.random.Generator) -> list[Pictures]:
    """Shuffle the images and cut them into groups of n, two at least; n is lowered to half of what there is."""
    n = min(n, len(real.images) // 2)
    order = rng.permutation(len(real.images))
    return [real.images[order[i * n : (i + 1) * n]] for i in range(min(MOST_GROUPS, len(order) // n))]


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

    It keeps what the judges see in the real digits, some 5 MB for one digit, and may be asked any number of times.

    Parameters
    ----------
    data, digit, judges, n : as in `evaluate_generator`
    rng : draws the groups
    copies : bool
        Whether to look for copies of training images, too. For one digit that takes as long as all the rest.

    Raises
    ------
    InputError : the data holds too few images of the digit.
    """

    def __init__(
        self, data: Real, digit: int | None, judges: Judges, n: int, rng: np.random.Generator, copies: bool = True
    ) -> None:
        train = only(data.train, digit)
        if min(2 * n, len(train.images)) < FEWEST:
            wanted = f"n of at least {FEWEST // 2} and {FEWEST} real images of the digit"
            raise InputError(f"expected {wanted}, received n {n} and {len(train.images)} images", "n")
        self.data, self.digit = data, digit
        groups = groups_of(train, n, rng)
        self.groups, self.n = len(groups), len(groups[0])
        held_out = only(data.test, digit) if data.test else train
        counts = np.bincount(train.labels, minlength=10)
        self.first, self.second = (Reference(judge, digit, groups, held_out.images, counts) for judge in judges)
        self.nearness = self._nearness_of_real(held_out, rng) if copies else None

    def _nearness_of_real(self, held_out: Dataset, rng: np.random.Generator) -> dict[str, float]:
        """How near real digits, as many as are drawn, are to the nearest training image that is another."""
        if self.data.test:
            chosen = rng.permutation(len(held_out.images))[: self.n]
            return nearness(held_out.images[chosen], self.data.learned.images)
        # training images stand in, each compared with all the others
        train = self.data.train
        own = rng.permutation(np.flatnonzero((train.labels == self.digit) | (self.digit is None)))[: self.n]
        return nearness(train.images[own], train.images, own)

    def against(self, draw: Draw, rng: np.random.Generator) -> Result:
        """The figures of a generator; as `evaluate_generator`, but `nearest_training` only with `copies`."""
        drawn = [draw(self.n, rng) for _ in range(self.groups)]  # each (n, 28, 28)
        result: Result = {"digit": "any" if self.digit is None else self.digit, "n": self.n, "groups": self.groups}
        result |= self.first.against(drawn)
        if self.nearness:
            near, among = nearness(drawn[0], self.data.learned.images), self.data.learned.name
            result["nearest_training"] = {"fake": near, "real": self.nearness, "among": among}
        return result | {"second": self.second.against(drawn)}


def evaluate_generator(
    draw: Draw, digit: int | None, data: Real, judges: Judges, n: int, rng: np.random.Generator
) -> Result:
    """Measure a generator. Whoever measures several of a digit makes the `Baseline` once.

    Parameters
    ----------
    draw : (n, rng) -> (n, 28, 28) uint8, ink 255
    digit : 0 to 9, or None for all
    data : Real
    judges : Judges
    n : int
        Drawn digits a comparison, and real ones; lowered to half of the real ones there are.
    rng : the groups of real digits depend on its state alone, not on what is drawn

    Returns
    -------
    dict of what JSON can hold: `frechet`, `kernel_distance`, `precision`, `recall`, `confident` and so on, each with
    `fake` and `real`; `n` and `groups` tell of how many. For one digit `read_as_digit`; for all `balance`, as the fakes
    are read and the real ones labelled. These are the first judge's; `second` holds the second's by the same names.

    Raises
    ------
    InputError : the data holds too few images of the digit.
    """
    groups_rng, draw_rng = rng.spawn(2)
    return Baseline(data, digit, judges, n, groups_rng).against(draw, draw_rng)
