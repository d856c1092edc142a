"""What the benchmarks have in common when they speak: tables that Markdown reads, too, figures in a file, errors."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.contest import machine
from benchmarks.contest.race import ContestError
from gan.command import Parser, exit_code, new_file
from nnet.durable_write import replacing

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


def add_save(parser: Parser) -> None:
    """The option that `run` obeys."""
    parser.add_argument(
        "--save", type=new_file(), metavar="FILE", help="keep the figures as JSON, for benchmarks/plot.py"
    )


def guarded(name: str, task: Callable[[], object]) -> int:
    """Do a benchmark's task: 0, 2 for a wrong wish as all commands have it, 1 where the contest could not go on."""
    try:
        return exit_code(f"benchmarks.{name}", task)
    except ContestError as error:
        print(f"benchmarks.{name}: {error}", file=sys.stderr)
        return 1


def run(
    name: str, parser: Parser, argv: Sequence[str] | None, measure: Callable[[argparse.Namespace], list[Figures]]
) -> int:
    """Run a benchmark from its command line; returns the exit code of `guarded`.

    Parameters
    ----------
    name : str
        Of its module, and of the figures in their file.
    parser : Parser
        With `add_save`.
    argv : the command line; None for this process's own
    measure : makes and prints the rows that were asked for
    """
    return guarded(name, lambda: keep(name, parser.parse_args(argv), measure))


def keep(name: str, arguments: argparse.Namespace, measure: Callable[[argparse.Namespace], list[Figures]]) -> None:
    """Say what machine this is, measure, and keep the rows where that is asked for."""
    described = machine.describe()
    print(machine.headline(described), end="\n\n", flush=True)
    kept = {"benchmark": name, "machine": described, "rows": measure(arguments)}
    if arguments.save:
        with replacing(arguments.save) as beside:
            beside.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
