"""How smooth handwriting is: `python -m benchmarks.smoothness`.

Counts how often a line's curvature changes its sign. A 0 bends one way all around: none. An S: one. A lump on an edge
adds two or, on a round one, four. A line is cut into steps of STEP; its curvature at each point is the angle between
two steps divided by STEP. A bend flatter than DEAD_BAND is none, so a straight stretch has no sign, and what shivers
around straight adds nothing.

The middle lines of digits are counted, and the outlines of their ink beside them.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.report import Figures, Table, add_save, run
from gan.command import Parser, whole
from gan.write import Glyph, Writing, write
from gan.write.render.svg import outlines

STEP = 0.25  # units; a digit is 20 high
DEAD_BAND = 0.05  # of curvature, 1/units: flatter than a circle whose radius is a digit's height is straight
DIGITS = "0123456789"


def sign_changes(points: NDArray[np.float64], closed: bool = False) -> int:
    """How often the curvature of a line changes its sign.

    Parameters
    ----------
    points : (n, 2)
        In units, along the line, much closer than STEP where it bends; of a closed one without the first repeated.
    closed
        Whether the line goes on from the last point to the first.
    """
    line = np.concatenate([points, points[:1]]) if closed else points
    steps = np.diff(_evenly(line), axis=0)  # (m, 2)
    if closed:
        steps = np.concatenate([steps, steps[:1]])
    a, b = steps[:-1], steps[1:]
    angles = np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))  # (m - 1,) or (m,)
    bends = np.abs(angles) / STEP > DEAD_BAND
    signs = np.sign(angles[bends])
    if closed:
        signs = np.append(signs, signs[:1])
    return int(np.count_nonzero(signs[1:] != signs[:-1]))


def _evenly(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points along a line, as nearly STEP from one another as makes them whole steps."""
    lengths = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    wanted = np.linspace(0, along[-1], max(1, round(along[-1] / STEP)) + 1)
    return np.stack([np.interp(wanted, along, line[:, axis]) for axis in (0, 1)], axis=1)


def polyline(curves: NDArray[np.float64], n: int = 50) -> NDArray[np.float64]:
    """(k n + 1, 2) points along a chain of k cubic curves, (k, 4, 2)."""
    t = np.arange(n) / n
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3], axis=1)  # (n, 4) of Bernstein
    return np.concatenate([(weights @ curves).reshape(-1, 2), curves[-1, 3:]])


def of_middle(glyph: Glyph, writing: Writing) -> int:
    """Sign changes of a glyph's strokes."""
    return sum(sign_changes(polyline(stroke.curves)) for stroke in glyph.strokes)


def of_outline(glyph: Glyph, writing: Writing) -> int:
    """Sign changes of the edge of a glyph's ink."""
    return sum(sign_changes(polyline(curves)[:-1], closed=True) for curves in outlines(glyph, writing.pen))


LINES: dict[str, Callable[[Glyph, Writing], int]] = {"middle": of_middle, "outline": of_outline}


def measure(arguments: argparse.Namespace) -> list[Figures]:
    """Count, for each digit of so many handwritings, and print it."""
    pages = [write(DIGITS, seed=seed) for seed in range(arguments.handwritings)]
    table = Table({"line": 8, **dict.fromkeys(DIGITS, 5), "mean": 6})
    rows: list[Figures] = []
    for name, count in LINES.items():
        means = [statistics.mean(count(page.glyphs[i], page) for page in pages) for i in range(len(DIGITS))]
        table.row([name, *(f"{mean:.2f}" for mean in means), f"{statistics.mean(means):.2f}"])
        rows.append({"line": name, "changes": means})
    return rows


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.smoothness", description="How often the lines of digits change their bend.")
    parser.add_argument("--handwritings", type=whole(1), default=100, help="seeds from 0 (default 100)")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.smoothness`; returns the exit code, 1 if it cannot go on."""
    return run("smoothness", build_parser(), argv, measure)


if __name__ == "__main__":
    sys.exit(main())
