"""What the benchmarks have in common when they speak: tables that Markdown reads, too, figures in a file, errors."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contest import machine
from benchmarks.contest.race import ContestError

Figures = dict[str, Any]


class Table:
    """Columns with a width each; every row is printed when it is given."""

    def __init__(self, columns: dict[str, int]) -> None:
        self.widths = [max(width, len(name)) for name, width in columns.items()]
        self.row(list(columns))
        self.row(["-" * width for width in self.widths])

    def row(self, cells: Sequence[object]) -> None:
        """Print a row."""
        padded = (f"{cell!s:{width}}" for cell, width in zip(cells, self.widths, strict=True))
        print(f"| {' | '.join(padded)} |", flush=True)


def compared(times: Figures, found: Figures, digits: int = 1) -> str:
    """A peer's time, its ratio to ours, and the spread of that."""
    return f"{times['ms']:.{digits}f} = {found['ratio']:.2f}x ({found['lowest']:.2f} - {found['highest']:.2f})"


def add_save(parser: argparse.ArgumentParser) -> None:
    """The option that `run` obeys."""
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the figures as JSON, for benchmarks/plot.py")


def run(name: str, measure: Callable[[], list[Figures]], save: Path | None = None) -> int:
    """Say what machine this is, measure, keep the rows where that is asked for. Returns the exit code."""
    described = machine.describe()
    print(machine.headline(described), end="\n\n", flush=True)
    try:
        rows = measure()
    except ContestError as error:
        print(f"benchmarks.{name}: {error}", file=sys.stderr)
        return 1
    if save:
        save.write_text(json.dumps({"benchmark": name, "machine": described, "rows": rows}, indent=1) + "\n", "utf-8")
    return 0
