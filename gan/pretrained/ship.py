"""Turn finished runs into the models that ship with the project, with `python -m gan.pretrained.ship RUNS`.

For each of the runs RUNS/digit-0 to RUNS/digit-9 and RUNS/all-digits that exists, the command stores the averaged
generator in float16, which halves its size. The file contains the config, the iteration, the name of the data and the
training time in seconds. With --discriminator, RUNS is a single run of all digits, and the command stores its
discriminator, which is the judge on the page "Real or drawn?".
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan.command import Parser, exit_code
from gan.errors import InputError
from gan.runs.run import Run
from gan.sample import discriminator_weights, load_generator
from gan.shipped import DISCRIMINATOR, PRETRAINED, pretrained
from nnet import weights

RUN_NAMES = [f"digit-{digit}" for digit in range(10)] + ["all-digits"]


def seconds(run: Run) -> float:
    """Return how many seconds the run trained. Each line of its metrics has the speed since the previous line."""
    total, before = 0.0, 0
    for line in run.metrics():
        total += (line["iteration"] - before) / line["iterations_per_second"]
        before = line["iteration"]
    return total


def ship(run: Run, folder: Path, discriminator: bool = False) -> Path:
    """Store the generator of a finished run, or its discriminator, and return the path of the file.

    Raises
    ------
    InputError
        If the run is not finished or has no valid generator. With `discriminator`, also if the run does not train on
        all digits with labels.
    """
    load_generator(run.generator)  # raises InputError if the file is invalid
    arrays, texts = weights.load(run.generator)
    if int(texts["iteration"]) != run.config.iterations:
        raise InputError(
            f"{run.path}: expected a finished run of {run.config.iterations} iterations, "
            f"found {texts['iteration']}; go on with train.py --resume"
        )
    if discriminator and not run.config.labels:
        raise InputError(f"{run.path}: expected a run of all digits that is told which to draw, found another")
    path = folder / (DISCRIMINATOR if discriminator else pretrained(run.config.digit)).name
    arrays = discriminator_weights(run.checkpoint) if discriminator else arrays
    weights.save(path, arrays, texts | {"seconds": f"{seconds(run):.0f}"}, np.float16)
    return path


def ship_all(runs: Path, to: Path, discriminator: bool) -> None:
    """Ship every run in the folder `runs` whose name is in `RUN_NAMES`, or the discriminator of the single run `runs`.

    Raise InputError if the folder has no such run.
    """
    found = [runs / name for name in RUN_NAMES if (runs / name).is_dir()]
    if not found and not discriminator:
        raise InputError(f"{runs}: expected runs named {RUN_NAMES[0]} and so on, found none")
    for run in [runs] if discriminator else found:
        path = ship(Run.open(run), to, discriminator)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


def build_parser() -> Parser:
    """Build the command-line parser."""
    parser = Parser("python -m gan.pretrained.ship", description="Turn runs into shipped models.")
    parser.add_argument("runs", type=Path, help="folder of the runs, as train.py --out made it")
    parser.add_argument("--discriminator", action="store_true", help="RUNS is one run; store its discriminator instead")
    parser.add_argument("--to", type=Path, default=PRETRAINED, metavar="DIR", help="(default: the project's own)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.pretrained.ship` and return the exit code."""
    return exit_code("gan.pretrained.ship", lambda: ship_all(**vars(build_parser().parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
