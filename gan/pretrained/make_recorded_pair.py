"""Turn the two runs of gan/runs/what_if.py into the recorded pair that ships with the project.

Run `python -m gan.pretrained.make_recorded_pair DIR`. The page "What if?" shows the recorded pair until the user's own
pair has pictures. The two recorded runs have no weights or losses, and fewer pictures and gray levels than the recorded
run of all digits. So together they take at most 400 kB.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gan.command import Parser, exit_code
from gan.errors import InputError
from gan.pictures import drawings_on
from gan.pretrained.make_recorded_run import pick
from gan.runs.gif_export import shaded
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.what_if import FROZEN, LOOSE
from gan.shipped import RECORDED_PAIR
from nnet.atomic_write import replacing

PICTURES, GREYS = 12, 8  # per run; the pictures fit in one response and still show the difference
MAX_BYTES = 400_000

README = """# The recorded pair

Two runs of threes that differ in one setting: in one the judge is frozen while the artist learns, in the other it is
not. The page "What if?" shows them, labelled as recorded, until the user's own pair has pictures. There are {pictures}
pictures of each, in {greys} greys, with their labels; no weights and no losses.
The project's own work, under its MIT licence. Made by these commands:

```
python -m gan.runs.what_if --iterations {iterations} --out runs/what-if
python -m gan.pretrained.make_recorded_pair runs/what-if
```
"""


def record_pair(folder: Path, to: Path) -> int:
    """Make the recorded pair, and return its size in bytes.

    Raises
    ------
    InputError
        If the folder has no pair, the two runs have pictures of different iterations, `to` already has a pair,
        or the result is larger than MAX_BYTES.
    """
    runs = [Run.open(folder / name) for name in (FROZEN, LOOSE)]
    iterations = [run.pictures() for run in runs]
    if not iterations[0] or iterations[0] != iterations[1]:
        raise InputError(f"{folder}: expected two runs with pictures of the same iterations; train them again")
    if any(Run.exists(to / run.path.name) for run in runs):
        raise InputError(f"{to}: already holds a recorded pair; remove it first, or choose another --to")
    picked = pick(iterations[0], PICTURES)
    for run in runs:
        recorded = create(to / run.path.name, run.config)
        for iteration in picked:
            shades, places = shaded(drawings_on(run.picture_path(iteration)), GREYS)
            recorded.save_picture(iteration, shades[places], run.remarks(iteration))
    with replacing(to / "README.md") as part:
        text = README.format(pictures=len(picked), greys=GREYS, iterations=picked[-1])
        part.write_text(text, "utf-8")
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    if size > MAX_BYTES:
        raise InputError(f"{to}: takes {size:,} bytes, expected at most {MAX_BYTES:,}; train for fewer iterations")
    return size


def record(arguments: argparse.Namespace) -> None:
    """Make the pair that the command line requests, and print its size."""
    size = record_pair(arguments.folder, arguments.to)
    print(f"{arguments.to}: {size / 1e3:.0f} kB")


def build_parser() -> Parser:
    """Build the command-line parser."""
    parser = Parser("python -m gan.pretrained.make_recorded_pair", description="Make the recorded pair.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of both runs")
    parser.add_argument("--to", type=Path, default=RECORDED_PAIR, metavar="DIR", help="(default: the project's own)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.pretrained.make_recorded_pair` and return the exit code."""
    return exit_code("gan.pretrained.make_recorded_pair", lambda: record(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
