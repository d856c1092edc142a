"""Measure whether handwriting can be read: `python -m benchmarks.handwriting_legibility --data data/mnist`.

Two classifiers (gan/evaluate/compare_with_real.py) read the ten digits in many handwriting styles, inked as in a
number, with the felt pen. The writer itself uses only the first classifier to choose its drawings. For comparison, both
also read real digits (MNIST's test digits or the bundled sample), once unchanged and once redrawn along their
centrelines with the same pen. Digits with the wrong number of loops are also counted: an 8 must have two, whatever the
classifiers read.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.command_line import Options, Table, main_of, print_machine
from gan.cli.command_line import whole
from gan.cli.label_names import DIGITS
from gan.data import Dataset, load, load_test
from gan.drawings.classifier import classify
from gan.evaluate.compare_with_real import Evaluators
from gan.write import write
from gan.write.glyphs.check_drawings import FELT, INK, LOOPS, as_picture, inked, loops_drawn
from gan.write.glyphs.select_drawings import placed
from gan.write.vectorize import redraw
from gan.write.vectorize.measure_ink import Mask, Picture, loops

TEXT = "0123456789"


class Shown(NamedTuple):
    """Digits as the classifiers see them."""

    pictures: Picture  # (n, 28, 28)
    labels: NDArray[np.integer]  # (n,)
    wrong_loops: NDArray[np.bool_]  # (n,)


def shown(inks: Sequence[Mask], labels: Sequence[int]) -> Shown:
    """Return the pictures of inked digits as the classifiers see them, with their labels."""
    wrong = [loops_drawn(ink) not in LOOPS[label] for ink, label in zip(inks, labels, strict=True)]
    return Shown(np.stack([as_picture(ink) for ink in inks]), np.array(labels), np.array(wrong))


def ours(handwritings: int) -> Shown:
    """Return the ten digits in each handwriting style, inked as `write` inks them."""
    inks = []
    for seed in range(handwritings):
        writing = write(TEXT, seed=seed, pen=FELT.name)
        inks += [inked(glyph.strokes, glyph.mark, writing.pen) for glyph in writing.glyphs]
    return shown(inks, [*map(int, TEXT)] * handwritings)


def redrawn(data: Dataset) -> Shown:
    """Return all real digits, redrawn with a pen along their centrelines at their original stroke weight."""
    inks = []
    for picture, label in zip(data.images, data.labels.tolist(), strict=True):
        drawn = redraw(picture, label)
        mark = FELT.mark(2 * drawn.radius / FELT.width)
        inks.append(
            inked(placed(drawn.strokes, 0.0), mark, FELT) if drawn.strokes else np.zeros_like(drawn.ink[::2, ::2])
        )
    return shown(inks, data.labels.tolist())


def unchanged(data: Dataset) -> Shown:
    pairs = zip(data.images, data.labels.tolist(), strict=True)
    wrong = [loops(picture >= INK) not in LOOPS[label] for picture, label in pairs]
    return Shown(data.images, data.labels, np.array(wrong))


def real_digits(directory: Path | None, n: int) -> Dataset:
    """Return at most n digits, taken at even intervals from a folder's test files or from the bundled sample."""
    data = load() if directory is None else load_test(directory)
    some = np.linspace(0, len(data.images) - 1, min(n, len(data.images))).round().astype(int)
    return Dataset(data.images[some], data.labels[some], data.name)


def measure(arguments: argparse.Namespace) -> None:
    print_machine()
    data = real_digits(arguments.data, DIGITS * arguments.handwritings)
    sets = {
        f"{arguments.handwritings} handwritings": ours(arguments.handwritings),
        "real digits, redrawn": redrawn(data),
        "real digits, unchanged": unchanged(data),
    }
    print(f"Real digits: {len(data.images):,} of {data.name}.\n")
    table = Table({"what": 34, "classifier": 10, **dict.fromkeys(TEXT, 6), "all": 6, "wrong loops": 16})
    for what, those in sets.items():
        wrong, n = int(those.wrong_loops.sum()), len(those.labels)
        for name, judge in zip(("first", "second"), Evaluators.load(), strict=True):
            right = classify(judge, those.pictures)[0] == those.labels
            each = [right[those.labels == digit].mean() for digit in range(DIGITS)]
            table.row([what, name, *(f"{100 * share:.2f}" for share in (*each, right.mean())), f"{wrong} of {n:,}"])


OPTIONS: Options = {
    "--handwritings": {"type": whole(1, 100_000), "default": 1000, "help": "seeds from 0 (default 1000)"},
    "--data": {"type": Path, "metavar": "DIR", "help": "folder of the full MNIST (default: the bundled sample)"},
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
