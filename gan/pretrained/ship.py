"""Turn finished runs into the models that ship: `python -m gan.pretrained.ship RUNS`.

For each run RUNS/digit-0 .. RUNS/digit-9, and RUNS/all-digits if there is one, store the averaged generator in float16,
which halves its size. The file keeps its config, iteration and data, and the training time in seconds. With
--discriminator, RUNS is one run of all digits, and its discriminator is stored: the judge of the page "Real or drawn?".
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan.command import Parser, exit_code
from gan.errors import InputError
from gan.runs.run import Run
from gan.saved_networks import discriminator_weights, load_generator
from gan.shipped import DISCRIMINATOR, PRETRAINED, pretrained
from nnet import weights

RUN_NAMES = [f"digit-{digit}" for digit in range(10)] + ["all-digits"]


def seconds(run: Run) -> float:
    """Return how long the run trained, from its metrics: each line holds the speed since the previous line."""
    total, before = 0.0, 0
    for line in run.metrics():
        total += (line["iteration"] - before) / line["iterations_per_second"]
        before = line["iteration"]
    return total


def ship(run: Run, folder: Path, discriminator: bool = False) -> Path:
    """Store the generator of a finished run, or its discriminator, and return the file.

    Raises
    ------
    InputError : the run is not finished or has no generator, or the discriminator is not one of all digits with labels.
    """
    load_generator(run.generator)  # raises InputError if the file is bad
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
    """Ship every run of the folder `runs` that has a name of `RUN_NAMES`, or the discriminator of the run `runs`.

    InputError if there is none.
    """
    found = [runs / name for name in RUN_NAMES if (runs / name).is_dir()]
    if not found and not discriminator:
        raise InputError(f"{runs}: expected runs named {RUN_NAMES[0]} and so on, found none")
    for run in [runs] if discriminator else found:
        path = ship(Run.open(run), to, discriminator)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


def build_parser() -> Parser:
    """Build the command line."""
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
