"""Turn finished runs into the networks that ship with the project.

    python -m tools.bundle_networks RUNS

For each of the runs RUNS/digit-0 to RUNS/digit-9 and RUNS/all-digits that exists, store
the averaged generator in float16, with the training time in seconds, and print a row
for the table of gan/pretrained/README.md.

    python -m tools.bundle_networks --fit

Fit the finish of the shipped networks to MNIST again, without changing their weights.
The finish (gan/drawings/match_mnist_grey_levels.py) corrects the grey levels of
drawings.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan.base.errors import InputError
from gan.base.labels import DIGITS
from gan.cli.command_line import Parser, exit_code
from gan.data import load, only
from gan.drawings.load_and_draw import load_generator, pretrained
from gan.drawings.match_mnist_grey_levels import (
    FITTED,
    count_greys,
    fit_finish,
    without_finish,
)
from gan.runs.run import Run
from nnet import weights

RUN_NAMES = [f"digit-{digit}" for digit in range(10)] + ["all-digits"]
SHIPPED_FITTED = 4 * FITTED  # drawings to which the finish of a network is fitted


def seconds(run: Run) -> float:
    """Return a run's training time in seconds, from the speeds in its metrics."""
    total = 0.0
    before = 0
    for line in run.metrics():
        total += (line["iteration"] - before) / line["iterations_per_second"]
        before = line["iteration"]
    return total


def ship(run: Run) -> Path:
    """Store a run's generator as the bundled one of its digit, and return its path.

    Raise InputError if the run is not finished or has no valid generator.
    """
    load_generator(run.generator)  # raises InputError if the file is invalid
    arrays, texts = weights.load(run.generator)
    if int(texts["iteration"]) != run.config.iterations:
        raise InputError(
            f"{run.path}: expected a finished run of {run.config.iterations} "
            f"iterations, found {texts['iteration']}; use train.py --resume"
        )
    path = pretrained(run.config.digit)
    weights.save(path, arrays, texts | {"seconds": f"{seconds(run):.0f}"}, np.float16)
    return path


def ship_all(runs: Path) -> None:
    found = [runs / name for name in RUN_NAMES if (runs / name).is_dir()]
    if not found:
        raise InputError(
            f"{runs}: expected runs named {RUN_NAMES[0]} and so on, found none"
        )
    for run in found:
        print(row(ship(Run.open(run))))


def fit_all() -> None:
    """Fit the finish of each shipped network to real digits."""
    real = load()
    for digit in (*range(DIGITS), None):
        path = pretrained(digit)
        network, config = load_generator(path)
        counts = count_greys(only(real, digit).images)
        finished = fit_finish(without_finish(network), config, counts, SHIPPED_FITTED)
        weights.save(path, finished.parameters(), weights.load(path)[1], np.float16)
        print(row(path))


def row(path: Path) -> str:
    """Return a file's row in the README: name, MB, iterations, minutes, SHA-256."""
    _, texts = weights.load(path)
    size = path.stat().st_size / 1e6
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return (
        f"| `{path.name}` | {size:.2f} | {texts['iteration']} | "
        f"{int(texts['seconds']) / 60:.0f} | `{digest}` |"
    )


def bundle(runs: Path | None, fit: bool) -> None:
    if runs:
        ship_all(runs)
    if fit:
        fit_all()


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(
        "python -m tools.bundle_networks",
        description="Turn finished runs into shipped networks.",
    )
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument(
        "runs",
        type=Path,
        nargs="?",
        help="folder of the runs, as train.py --out made it",
    )
    task.add_argument(
        "--fit",
        action="store_true",
        help="only fit the finish of the shipped networks again",
    )
    return exit_code(
        "tools.bundle_networks", lambda: bundle(**vars(parser.parse_args(argv)))
    )


if __name__ == "__main__":
    sys.exit(main())
