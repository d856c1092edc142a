"""How much one person's digits vary: `python -m benchmarks.one_writer --data data/mnist`.

The odd-indexed training images of MNIST come in writer order (about a hundred digits each). Of a measure, less its
median for the digit, two pictures agree by the covariance over all pairs that are so far apart, as a share of the
variance. The line through the agreement of different digits at 5 to 40 pictures, where some pairs have two writers,
meets 0 at

    between  the share that lies between writers; what is left lies within one, and of that
    own      is how much more pairs of the same digit agree than pairs of different ones (1 to 10 apart),
    drift    how much next neighbours agree beyond that line (different digits),
    jitter   the rest: new for every digit, and what measuring adds.

gan/write/compose.py writes by these figures.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.report import Figures, Table, add_save, run
from gan.command import Parser
from gan.config import DIGITS
from gan.data import load
from gan.write.vectorize.ink import amount_of_ink, lean

MOST = 3.0  # spreads: what lies farther off counts as that far
NEAR = range(1, 11)
LINE = range(5, 41)


def less_usual(values: NDArray[np.float64], labels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n,) less the median of the digit, and held within MOST spreads of the mean."""
    usual = np.array([np.median(values[labels == d]) if (labels == d).any() else 0.0 for d in range(DIGITS)])
    rest = values - usual[labels]
    rest -= rest.mean()
    return np.clip(rest, -MOST * rest.std(), MOST * rest.std())


def agreement(rest: NDArray[np.float64], labels: NDArray[np.uint8], lag: int, same: bool) -> float:
    """Of pairs `lag` pictures apart, of the same or of different digits: covariance, as a share of the variance."""
    pairs = (labels[:-lag] == labels[lag:]) == same
    return float((rest[:-lag] * rest[lag:])[pairs].mean() / rest.var())


def shares(values: NDArray[np.float64], labels: NDArray[np.uint8]) -> dict[str, float]:
    """The measure's standard deviation, all and within a writer, and the shares of the variance."""
    rest = less_usual(values, labels)
    slope, between = np.polyfit(LINE, [agreement(rest, labels, lag, same=False) for lag in LINE], 1).tolist()
    own = np.mean([agreement(rest, labels, lag, True) - agreement(rest, labels, lag, False) for lag in NEAR])
    drift = agreement(rest, labels, 1, same=False) - (between + slope)
    within = 1 - between
    return {
        "all": float(rest.std()), "within": float(rest.std() * np.sqrt(within)), "between": between,
        "own": float(own) / within, "drift": drift / within, "jitter": 1 - (float(own) + drift) / within,
    }  # fmt: skip


def measure(directory: Path) -> list[Figures]:
    """Measure lean and ink, and print the table."""
    data = load(directory)
    images, labels = data.images[1::2], data.labels[1::2]
    table = Table({"measure": 22, "spread": 8, "of one writer": 14, "between": 9, "own": 7, "drift": 7, "jitter": 7})
    rows: list[Figures] = []
    for name, of in (("lean, pixels a pixel", lean), ("ink, logarithm", lambda image: np.log(amount_of_ink(image)))):
        found = shares(np.array([of(image) for image in images], dtype=np.float64), labels)
        numbers = [f"{found[key]:.3f}" for key in ("all", "within")]
        table.row([name, *numbers, *(f"{found[key]:.0%}" for key in ("between", "own", "drift", "jitter"))])
        rows.append({"measure": name, **found})
    return rows


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.one_writer", description="How much one person's digits vary.")
    parser.add_argument("--data", type=Path, default=Path("data", "mnist"), metavar="DIR", help="(default: data/mnist)")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.one_writer`; returns the exit code, 2 without MNIST."""
    return run("one_writer", build_parser(), argv, lambda asked: measure(asked.data))


if __name__ == "__main__":
    sys.exit(main())
