"""Measure whether handwriting can be read.

    python -m benchmarks.handwriting_legibility

Two classifiers (gan/evaluate/compare_with_real.py) read the ten digits in many
handwriting styles, inked as in a number, with the felt pen. The writer itself uses only
the first classifier to choose its drawings. Digits with the wrong number of loops are
also counted: an 8 must have two, whatever the classifiers read.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.parse_options import Options, Table, main_of
from gan.base.labels import DIGITS
from gan.cli.command_line import whole
from gan.drawings.classifier import classify
from gan.evaluate.compare_with_real import load_evaluators
from gan.write import write
from gan.write.glyphs.check_drawings import FELT, LOOPS, as_picture, inked, loops_drawn
from gan.write.vectorize.measure_ink import Mask

TEXT = "0123456789"
OPTIONS: Options = {
    "--handwritings": {
        "type": whole(1, 100_000),
        "default": 1000,
        "help": "seeds from 0 (default 1000)",
    },
}


def inks_of(handwritings: int) -> Iterator[Mask]:
    """Yield the ten digits in each handwriting style, inked as `write` inks them."""
    for seed in range(handwritings):
        for glyph in write(TEXT, seed=seed, pen=FELT.name).glyphs:
            yield inked(glyph.strokes, glyph.mark)


def wrong_loops(inks: Sequence[Mask], labels: Sequence[int]) -> int:
    return sum(
        loops_drawn(ink) not in LOOPS[label]
        for ink, label in zip(inks, labels, strict=True)
    )


def measure(asked: argparse.Namespace) -> None:
    inks = [*inks_of(asked.handwritings)]
    labels = [*range(DIGITS)] * asked.handwritings
    pictures = np.stack([as_picture(ink) for ink in inks])
    table = Table({"classifier": 10, **dict.fromkeys(TEXT, 6), "all": 6})
    for name, judge in zip(("first", "second"), load_evaluators(), strict=True):
        right = (classify(judge, pictures)[0] == labels).reshape(-1, DIGITS)
        shares = [*right.mean(axis=0), right.mean()]
        table.row([name, *(f"{100 * share:.2f}" for share in shares)])
    print(
        f"\n{wrong_loops(inks, labels)} of {len(labels):,} digits have a wrong number "
        "of loops."
    )


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
