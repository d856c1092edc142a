"""Compute figures that compare a generator's digits with real digits.

Every figure has a counterpart `real`, measured with n real digits in place of n drawn
ones. A Frechet distance means nothing without its counterpart, because it falls as n
grows. To make both figures stable, the real digits are shuffled and divided into a few
groups of n. Each group serves once as the reference, and is compared with n newly drawn
digits and with the next group. A figure is the mean over the references. If there are
at least three groups, its `spread` is the standard deviation.

To measure many generators of a digit, make a `Baseline` once and call `against` for
each generator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from gan.data import Dataset, load, load_test, only
from gan.data.images_and_sheets import Pictures
from gan.data.nearest import nearest_distances
from gan.evaluate.compare_with_real import Evaluators, Reference, Result
from nnet.fast.kernels.thread_pool import get_threads, shares, together

# default n for one digit and for all digits
DIGIT_N = 1000
ALL_N = 10_000
# Every digit of MNIST has enough images for 5 groups of 1000, and all digits together
# for 6 groups of 10,000.
MOST_GROUPS = 5
# Maximum number of pictures to compare with all training images. 10,000 would take half
# a minute.
MOST_NEAREST = 2000
LEAST_N = 4  # because each image needs three neighbours in its group

# Takes n and a random generator; returns n drawings, (n, 28, 28) uint8, with ink 255.
Draw = Callable[[int, np.random.Generator], Pictures]


def usual_n(digit: int | None) -> int:
    return ALL_N if digit is None else DIGIT_N


@dataclass(frozen=True)
class Real:
    """Real digits: training images, and test images that no network was trained on."""

    train: Dataset
    test: Dataset

    @classmethod
    def load(cls) -> "Real":
        return cls(load(), load_test())

    @property
    def name(self) -> str:
        return f"{self.train.name} and {self.test.name}"


def groups_of(real: Dataset, n: int, rng: np.random.Generator) -> list[Pictures]:
    """Shuffle the images and divide them into at least two groups.

    Each group has n images, or half of the images if there are fewer than 2n.
    """
    count = len(real.images)
    n = min(n, count // 2)
    groups = min(MOST_GROUPS, count // n)
    order = rng.permutation(count)[: groups * n]
    return [real.images[places] for places in np.split(order, groups)]


def nearness(images: Pictures, training: Pictures) -> dict[str, float]:
    """Summarize the distances of images to their nearest training images.

    Only the first `MOST_NEAREST` images are used, and `count` is their number.
    `nearest_distances` defines the distance.
    """
    images = images[:MOST_NEAREST]
    parts = [slice(*share) for share in shares(len(images), get_threads())]
    tasks = [partial(nearest_distances, images[s], training) for s in parts]
    distances = np.concatenate([share for share, _ in together(tasks)])
    return {
        "median": float(np.median(distances)),
        "percentile_5": float(np.percentile(distances, 5)),
        "count": len(distances),
    }


class Baseline:
    """Real digits compared with each other, a baseline for any number of generators.

    It holds the evaluators' features of the real digits, about 5 MB for one digit.

    Parameters
    ----------
    digit : int or None
        0 to 9, or None for all digits.
    n : int
        The number of drawn digits and of real digits in a comparison, but at most half
        the available real digits.
    rng : np.random.Generator
        Draws the groups.
    finds_copies : bool
        Whether the figures include a search for copies of training images. For one
        digit, this takes as long as everything else.
    """

    def __init__(
        self,
        data: Real,
        digit: int | None,
        evaluators: Evaluators,
        n: int,
        rng: np.random.Generator,
        finds_copies: bool = False,
    ) -> None:
        train = only(data.train, digit)
        self.data = data
        self.digit = digit
        groups = groups_of(train, n, rng)
        self.groups = len(groups)
        self.n = len(groups[0])
        held_out = only(data.test, digit)
        counts = np.bincount(train.labels, minlength=10)
        self.first, self.second = (
            Reference(evaluator, digit, groups, held_out.images, counts)
            for evaluator in evaluators
        )
        self.nearness = None
        if finds_copies:
            chosen = rng.permutation(len(held_out.images))[: self.n]
            self.nearness = nearness(held_out.images[chosen], data.train.images)

    def against(self, draw: Draw, rng: np.random.Generator) -> Result:
        """Return the figures of a generator.

        All values fit into JSON. `frechet`, `precision`, `recall`, `confident` and so
        on are dicts with `fake` (drawn) and `real`. `n` is the size of a group, and
        `groups` the number of groups. For one digit, there is also `read_as_digit`. For
        all digits, there is `balance`, computed from the classifier's labels for drawn
        digits and the true labels for real ones. With `finds_copies`, there is
        `nearest_training`. These are the first evaluator's figures; `second` holds
        those of the second one.
        """
        drawn = [draw(self.n, rng) for _ in range(self.groups)]  # each (n, 28, 28)
        result: Result = {
            "digit": "any" if self.digit is None else self.digit,
            "n": self.n,
            "groups": self.groups,
        }
        result |= self.first.against(drawn)
        if self.nearness:
            result["nearest_training"] = {
                "fake": nearness(drawn[0], self.data.train.images),
                "real": self.nearness,
                "among": self.data.train.name,
            }
        return result | {"second": self.second.against(drawn)}
