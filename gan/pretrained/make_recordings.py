"""Turn finished runs into the recorded runs that ship with the project.

    python -m gan.pretrained.make_recordings RUN          # a run of all digits; --gif FILE saves an animation instead
    python -m gan.pretrained.make_recordings --pair DIR   # the two runs of gan/runs/what_if.py

The pages show a recorded run until the user's own run has pictures. It is a smaller copy of a run's folder
(gan/runs/run.py) without weights. It has about sixty pictures in 16 grey levels, most of them from the beginning, when
most changes happen. It also has fewer lines of metrics, and a README.md that states its origin.

The two runs of the recorded pair have no losses, and they have fewer pictures and grey levels, so that together they
take at most 400 kB.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gan.command_line import Parser, exit_code, new_file
from gan.config import Config, preset
from gan.data import load
from gan.data.nearest import Near
from gan.errors import InputError
from gan.latents import requested_digits
from gan.pictures import Pictures, drawings_on
from gan.pretrained import RECORDED, RECORDED_PAIR
from gan.recognition import open_reader
from gan.runs.gif_export import save_gif, shaded
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.what_if import FROZEN, LOOSE
from nnet.atomic_write import replacing

PICTURES, LINES = 60, 250  # maximum numbers of pictures and of lines of metrics in a recorded run
GREYS = 16  # grey levels in a picture; 16 halve the file size without a visible difference
DENSER = 2.5  # exponent of the spacing of the kept iterations
DIGITS = 4  # significant digits of a metric
PAIR_PICTURES, PAIR_GREYS = 12, 8  # for each run of the pair; the pictures fit in one response and show the difference
PAIR_BYTES = 400_000

PAIR_README = """# The recorded pair

Two runs of threes that differ in one setting: in one the judge is frozen while the artist learns, in the other it is
not. The page "What if?" shows them, labelled as recorded, until the user's own pair has pictures. There are {pictures}
pictures of each, in {greys} greys, with their labels; no weights and no losses.
The project's own work, under its MIT licence. Made by these commands:

```
python -m gan.runs.what_if --iterations {iterations} --out runs/what-if
python -m gan.pretrained.make_recordings --pair runs/what-if
```
"""


def pick(iterations: list[int], most: int) -> list[int]:
    """Pick at most `most` iterations, including the first and the last, denser towards the beginning.

    The result has the iterations nearest to last * (k / (most - 1))^2.5, for k from 0 to most - 1.
    """
    if len(iterations) <= most:
        return iterations
    ideal = iterations[-1] * np.linspace(0, 1, most) ** DENSER  # (most,)
    nearest = np.abs(np.array(iterations)[:, None] - ideal).argmin(axis=0)  # (most,)
    return [iterations[place] for place in np.unique(nearest)]


def reduced(images: Pictures) -> Pictures:
    """Return the drawings in `GREYS` grey levels, evenly spaced from paper to ink."""
    shades, places = shaded(images, GREYS)
    return shades[places]


def short(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line of metrics with numbers rounded to `DIGITS` significant digits."""
    return {key: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value for key, value in line.items()}


def chosen_pictures(run: Run) -> list[tuple[int, Pictures]]:
    """Return the pictures to keep as (iteration, drawings), and raise InputError if the run has none."""
    chosen = pick(run.pictures(), PICTURES)
    if not chosen:
        raise InputError(f"{run.path}: has no pictures; train it first")
    return [(iteration, drawings_on(run.picture_path(iteration))) for iteration in chosen]


def record(run: Run, folder: Path) -> Run:
    """Make a recorded run from a run, and return it.

    Raises
    ------
    InputError
        If the run is of one digit, has no pictures or a damaged picture, or the folder already contains a run.
    """
    if run.config.digit is not None:
        raise InputError(f"{run.path}: expected a run of all digits, found one of the digit {run.config.digit}")
    if Run.exists(folder):
        raise InputError(f"{folder}: already holds a recorded run; remove it first, or choose another --out")
    pictures, read, near = chosen_pictures(run), open_reader(), Near(load(None))
    recorded = create(folder, run.config)
    for iteration, images in pictures:
        remarks = run.remarks(iteration)
        if remarks.reading is None and read:
            remarks = replace(remarks, reading=read(images))
        if remarks.reading and remarks.near is None:
            remarks = replace(remarks, near=tuple(near(images, requested_digits(run.config, len(images)))))
        recorded.save_picture(iteration, reduced(images), remarks)
    for line in run.metrics(LINES):
        recorded.append_metrics(short(line))
    with replacing(folder / "README.md") as part:
        part.write_text(provenance(run, recorded), "utf-8")
    return recorded


def provenance(run: Run, recorded: Run) -> str:
    """Return the README of a recorded run, which describes the run and its origin."""
    data = run.data_name() or "unknown data"
    pictures, lines = recorded.pictures(), recorded.metrics()
    return f"""# The recorded run

One run of a GAN of all digits, from its untrained generator to iteration {pictures[-1]}. The pages show it, labelled as
recorded, until the user's own run has pictures. It cannot be resumed: its weights are not included.

- Data: {data}.
- Settings: {settings(run.config)} (`config.json` has them all).
- Kept: {len(pictures)} of {len(run.pictures())} pictures, in {GREYS} greys; {len(lines)} of {len(run.metrics())}
  lines of metrics, with {DIGITS} significant digits. The project's own classifier labelled the drawings.
- Licence: the project's own work, under its MIT licence.

Made by these commands, with the folder DATA of the data and the folder RUN of the run:

```
python train.py --digits any --data DATA
python -m gan.pretrained.make_recordings RUN
```
"""


def settings(config: Config) -> str:
    """Describe how the settings of a run differ from the usual settings for all digits."""
    usual = vars(preset(None))
    different = [f"{name} {value}" for name, value in vars(config).items() if value != usual[name]]
    return "the usual ones of all digits" + (f", but {', '.join(different)}" if different else "")


def record_pair(folder: Path, to: Path) -> int:
    """Make the recorded pair, and return its size in bytes.

    Raises
    ------
    InputError
        If the folder has no pair, the two runs have pictures of different iterations, `to` already has a pair,
        or the result is larger than PAIR_BYTES.
    """
    runs = [Run.open(folder / name) for name in (FROZEN, LOOSE)]
    iterations = [run.pictures() for run in runs]
    if not iterations[0] or iterations[0] != iterations[1]:
        raise InputError(f"{folder}: expected two runs with pictures of the same iterations; train them again")
    if any(Run.exists(to / run.path.name) for run in runs):
        raise InputError(f"{to}: already holds a recorded pair; remove it first, or choose another --out")
    picked = pick(iterations[0], PAIR_PICTURES)
    for run in runs:
        recorded = create(to / run.path.name, run.config)
        for iteration in picked:
            shades, places = shaded(drawings_on(run.picture_path(iteration)), PAIR_GREYS)
            recorded.save_picture(iteration, shades[places], run.remarks(iteration))
    with replacing(to / "README.md") as part:
        text = PAIR_README.format(pictures=len(picked), greys=PAIR_GREYS, iterations=picked[-1])
        part.write_text(text, "utf-8")
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    if size > PAIR_BYTES:
        raise InputError(f"{to}: takes {size:,} bytes, expected at most {PAIR_BYTES:,}; train for fewer iterations")
    return size


def make(arguments: argparse.Namespace) -> None:
    """Make the recording or the animation that the command line requests, and print its size."""
    folder, to = arguments.folder, arguments.out or (RECORDED_PAIR if arguments.pair else RECORDED)
    if arguments.pair:
        print(f"{to}: {record_pair(folder, to) / 1e3:.0f} kB")
    elif arguments.gif:
        save_gif(chosen_pictures(Run.open(folder)), arguments.gif)
        print(f"{arguments.gif}: {arguments.gif.stat().st_size / 1e6:.2f} MB")
    else:
        recorded = record(Run.open(folder), to)
        size = sum(path.stat().st_size for path in recorded.path.rglob("*") if path.is_file())
        print(f"{to}: {len(recorded.pictures())} pictures, {size / 1e6:.2f} MB")


def build_parser() -> Parser:
    """Build the command-line parser."""
    parser = Parser("python -m gan.pretrained.make_recordings", description="Make the recorded run, or the pair.")
    add = parser.add_argument
    add("folder", type=Path, metavar="RUN", help="folder of a run of all digits, or with --pair of both runs")
    add("-o", "--out", type=Path, metavar="DIR", help="(default: the project's own)")
    kind = parser.add_mutually_exclusive_group().add_argument
    kind("--pair", action="store_true", help="make the recorded pair")
    kind("--gif", type=new_file(".gif"), metavar="FILE", help="draw the run as an animation instead, at most 1 MB")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.pretrained.make_recordings` and return the exit code."""
    return exit_code("gan.pretrained.make_recordings", lambda: make(build_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
