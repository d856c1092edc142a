"""Draw what `--save` has kept: `python -m benchmarks.plot step.json -o step.png`.

For benchmarks.step, a bar for every peer and row: how many times as long it takes as ours, with the spread between
rounds; left of the line at 1 ours would be the slower one. For benchmarks.growth, time and memory against size.
"""

import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.contest.report import Figures
from gan.command import Parser, exit_code, new_file
from gan.errors import InputError
from nnet.durable_write import replacing

# Okabe and Ito's colours, told apart by the colour-blind as well; the hatches tell them apart in print.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
HATCHES = ("", "//", "..", "xx", "\\\\", "--")
BAR = 0.8  # of a row's height is bars
DOTS = 110  # an inch
PALETTE = 64  # colours in the file: flat areas and smooth text need no more


def label(row: Figures) -> str:
    """What a row of benchmarks.step is."""
    threads = f"{row['threads']} thread{'s' if row['threads'] > 1 else ''}"
    return f"{row['network']}, {row['loss']},\n{threads}: ours {row['times']['ours']['ms']:.0f} ms"


def draw_step(rows: Sequence[Figures], figure: Any) -> None:
    """Bars of ratios."""
    axes = figure.subplots()
    peers = list(dict.fromkeys(name for row in rows for name in row["ratios"]))
    height = BAR / max(1, len(peers))
    for place, name in enumerate(peers):
        with_peer = [(index, row["ratios"][name]) for index, row in enumerate(rows) if name in row["ratios"]]
        y = [index - BAR / 2 + (place + 0.5) * height for index, _ in with_peer]
        x = [found["ratio"] for _, found in with_peer]
        # A ratio of medians may lie outside the rounds' ratios; a whisker has no negative length.
        spread = [
            [max(0.0, found["ratio"] - found["lowest"]) for _, found in with_peer],
            [max(0.0, found["highest"] - found["ratio"]) for _, found in with_peer],
        ]
        axes.barh(
            y,
            x,
            height * 0.9,
            xerr=spread,
            label=name,
            color=COLOURS[place],
            hatch=HATCHES[place],
            edgecolor="white",
            error_kw={"ecolor": "#222222", "elinewidth": 1, "capsize": 2},
        )
    axes.axvline(1, color="#222222", linewidth=1)
    axes.set_yticks(range(len(rows)), [label(row) for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel("times as long as our iteration (bar: medians; whisker: lowest and highest round)")
    figure.legend(loc="outside upper center", ncols=len(peers), frameon=False)


def draw_growth(rows: Sequence[Figures], figure: Any) -> None:
    """Time and memory against the factor, for the batch and for the channels."""
    panels = figure.subplots(1, 2)
    names = list(rows[0]["times"])
    for axes, what, title in zip(panels, ("ms", "peak_mb"), ("ms an iteration", "peak memory, MB"), strict=True):
        for place, (grows, name) in enumerate((grows, name) for grows in ("batch", "channels") for name in names):
            some = [row for row in rows if row["grows"] == grows]
            axes.plot(
                [row["factor"] for row in some],
                [row["times"][name][what] for row in some],
                marker="osD^"[place],
                linestyle="-" if grows == "batch" else "--",
                color=COLOURS[place],
                label=f"{grows}, {name}",
            )
        factors = sorted({row["factor"] for row in rows})
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        axes.set_xticks(factors, [f"x{factor}" for factor in factors])
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_title(title)
    panels[0].legend(frameon=False)


def draw(saved: Figures) -> bytes:
    """A PNG file."""
    from matplotlib.figure import Figure  # of the extra [bench]

    draws = {"step": draw_step, "growth": draw_growth}
    rows = saved["rows"]
    tall = 1.6 + 0.75 * len(rows) if saved["benchmark"] == "step" else 4.5
    figure = Figure((9, tall), dpi=DOTS, layout="constrained", facecolor="white")
    draws[saved["benchmark"]](rows, figure)
    machine = saved["machine"]
    figure.supxlabel(f"{machine['cpu']}, {machine['cores']} core(s)", fontsize=8, color="#444444")
    return to_png(figure)


def to_png(figure: Any) -> bytes:
    """A figure of matplotlib, made plain, as a small PNG file."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
        axes.grid(axis="x", color="#dddddd")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    small = io.BytesIO()
    Image.open(file).convert("RGB").quantize(PALETTE).save(small, "PNG", optimize=True)
    return small.getvalue()


def write_drawn(drawn: Callable[[], bytes], out: Path) -> None:
    """Draw a picture into a file; InputError where there is no matplotlib."""
    try:
        picture = drawn()
    except ModuleNotFoundError as error:
        raise InputError(f'{error.name} is not installed; pip install -e ".[bench]"') from error
    with replacing(out) as beside:
        beside.write_bytes(picture)


def save(figures: Path, out: Path) -> None:
    """Draw the figures of a file into another; InputError as `write_drawn`, or where the file is another."""
    try:
        write_drawn(lambda: draw(json.loads(figures.read_text("utf-8"))), out)
    except InputError:
        raise  # is a ValueError, too
    except (ValueError, KeyError, TypeError) as error:
        expected = "expected figures that benchmarks.step or benchmarks.growth has saved"
        raise InputError(f"{figures}: {expected}: {error!r}") from error


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.plot", description="Draw what --save has kept.")
    parser.add_argument("figures", type=Path, help="a file that benchmarks.step or benchmarks.growth has saved")
    parser.add_argument("-o", "--out", type=new_file(".png"), required=True, metavar="FILE", help="a PNG file")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.plot`; returns the exit code."""
    return exit_code("benchmarks.plot", lambda: save(**vars(build_parser().parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
