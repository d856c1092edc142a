"""Turn the two runs of gan/runs/what_if.py into the pair that ships: `python -m gan.pretrained.record_pair DIR`.

The page "What if?" shows it until a person's own pair has something to show. Both are runs without weights and without
losses, in fewer pictures and fewer greys than the recorded run has: together they are 400 kB at most.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gan.command import Parser, exit_code
from gan.errors import InputError
from gan.pictures import drawings_on
from gan.pretrained.record import pick
from gan.runs.film import shaded
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.what_if import FROZEN, LOOSE
from gan.shipped import RECORDED_PAIR
from nnet.durable_write import replacing

PICTURES, GREYS = 12, 8  # of each run; so the page has all of them in one answer, and the difference can be seen
MAX_BYTES = 400_000

README = """# The recorded pair

Two runs of threes that differ in one line: in one the judge is frozen while the artist learns, in the other it is not.
The page "What if?" shows them, labelled as recorded, until a person's own pair has something to show.
{pictures} pictures of each, in {greys} greys, with what was said of them; no weights, no losses.
The project's own work, under its MIT licence. Made by these commands:

```
python -m gan.runs.what_if --iterations {iterations} --out runs/what-if
python -m gan.pretrained.record_pair runs/what-if
```
"""


def record_pair(folder: Path, to: Path) -> int:
    """Make the recorded pair; returns the bytes it takes.

    Raises
    ------
    InputError : there is no pair, its pictures are not of the same iterations, or `to` holds a pair already.
    """
    runs = [Run.open(folder / name) for name in (FROZEN, LOOSE)]
    iterations = [run.pictures() for run in runs]
    if not iterations[0] or iterations[0] != iterations[1]:
        raise InputError(f"{folder}: expected two runs with pictures of the same iterations; train them anew")
    if any(Run.exists(to / run.path.name) for run in runs):
        raise InputError(f"{to}: holds a recorded pair already; remove it first, or choose another --to")
    picked = pick(iterations[0], PICTURES)
    for run in runs:
        recorded = create(to / run.path.name, run.config)
        for iteration in picked:
            shades, places = shaded(drawings_on(run.picture_path(iteration)), GREYS)
            recorded.save_picture(iteration, shades[places], run.remarks(iteration))
    with replacing(to / "README.md") as beside:
        said = {"pictures": len(picked), "greys": GREYS, "iterations": picked[-1]}
        beside.write_text(README.format(**said), "utf-8")
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    if size > MAX_BYTES:
        raise InputError(f"{to}: takes {size:,} bytes, and may take {MAX_BYTES:,}; train for fewer iterations")
    return size


def record(arguments: argparse.Namespace) -> None:
    """Do what the command line asks, and say how large it became."""
    size = record_pair(arguments.folder, arguments.to)
    print(f"{arguments.to}: {size / 1e3:.0f} kB")


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m gan.pretrained.record_pair", description="Make the recorded pair.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of both runs")
    parser.add_argument("--to", type=Path, default=RECORDED_PAIR, metavar="DIR", help="(default: the project's own)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.pretrained.record_pair`; returns the exit code."""
    return exit_code("gan.pretrained.record_pair", lambda: record(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
