"""Quality against time, as a curve: `python -m benchmarks.frontier docs/studies/frontier.jsonl -o docs/frontier.png`.

Of every variant of a study a point for each judge: the mean over digits of Frechet / real at the end of training, over
seconds of one thread. The line is the frontier: what no other variant beats in less time, by the first judge.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.plot import COLOURS, DOTS, to_png, write_drawn
from gan.command import Parser, exit_code, new_file
from gan.errors import InputError
from gan.study.page import STUDIES, by_variant, mean, mean_seconds, measured
from gan.study.points import Seconds, read_points


class Spot(NamedTuple):
    """A variant: seconds of one thread, and the ratio by each judge."""

    seconds: float
    first: float
    second: float
    name: str


def spots(points: Path, seconds: Seconds) -> list[Spot]:
    """The variants of a study that have figures, from the quickest to the slowest; InputError where there are none."""
    found = []
    for name, mine in by_variant(read_points(points)).items():
        if good := measured(mine):
            first, second = (mean(good, "frechet", "ratio", judge) for judge in ("first", "second"))
            found.append(Spot(mean_seconds(good, seconds), first, second, name))
    if not found:
        raise InputError(f"{points}: expected points with figures, found none; python -m gan.study makes them")
    return sorted(found)


def frontier(found: Sequence[Spot]) -> list[Spot]:
    """Those that are better, by the first judge, than all quicker ones."""
    return [spot for index, spot in enumerate(found) if all(spot.first < other.first for other in found[:index])]


def draw(found: Sequence[Spot]) -> bytes:
    """A PNG file."""
    from matplotlib.figure import Figure  # of the extra [bench]

    figure: Any = Figure((8, 4.5), dpi=DOTS, layout="constrained", facecolor="white")
    axes = figure.subplots()
    for place, (judge, marker) in enumerate((("first", "o"), ("second", "s"))):
        heights = [getattr(spot, judge) for spot in found]
        axes.plot([spot.seconds for spot in found], heights, marker, color=COLOURS[place], label=f"{judge} judge")
    best = frontier(found)
    axes.plot([spot.seconds for spot in best], [spot.first for spot in best], color=COLOURS[0], linewidth=1)
    for spot in found:
        axes.annotate(spot.name, (spot.seconds, spot.first), (4, 6), textcoords="offset points", fontsize=8)
    axes.axhline(1, color="#222222", linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("seconds of one thread")
    axes.set_ylabel("Frechet distance, times real (1: as good as real)")
    axes.legend(frameon=False)
    return to_png(figure)


def save(points: Path, out: Path) -> None:
    """Draw a study's points into a file; InputError where there is no matplotlib, or nothing to draw."""
    found = spots(points, Seconds(STUDIES / "seconds.json"))
    write_drawn(lambda: draw(found), out)


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.frontier", description="Draw quality against time.")
    parser.add_argument("points", type=Path, help="what gan.study has found, a .jsonl file")
    parser.add_argument("-o", "--out", type=new_file(".png"), required=True, metavar="FILE", help="a PNG file")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.frontier`; returns the exit code."""
    return exit_code("benchmarks.frontier", lambda: save(**vars(build_parser().parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
