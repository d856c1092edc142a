"""Turn finished runs into the models that ship with the project, and write the table of their figures.

    python -m tools.ship networks RUNS
    python -m tools.ship table FIGURES.json

For each of the runs RUNS/digit-0 to RUNS/digit-9 and RUNS/all-digits that exists, `networks` stores the averaged
generator in float16, with the training time in seconds. With --discriminator, RUNS is a single run of all digits, and
the command stores its discriminator, which is the judge on the page "Real or drawn?".

The table in the README shows the shipped generators. Its figures come from this command, and all other cells from the
weights files:

    python -m gan.evaluate --json --train-on-generated > FIGURES.json
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan.cli.command_line import Parser, exit_code
from gan.drawings.load_and_draw import DISCRIMINATOR, PRETRAINED, discriminator_weights, load_generator, pretrained
from gan.errors import InputError
from gan.runs.run import Run
from nnet import weights
from nnet.atomic_write import replacing
from nnet.weights import WeightsError

RUN_NAMES = [f"digit-{digit}" for digit in range(10)] + ["all-digits"]
START, END = "<!-- table -->", "<!-- end of table -->"  # lines before and after the table in the README
HEAD = (
    "| file | MB | seed | iterations | minutes | Frechet | real | ratio | by the second | precision | recall "
    "| read as the digit | confident | SHA-256 |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|",
)


def seconds(run: Run) -> float:
    """Return the run's training time in seconds, computed from the speed in each line of its metrics."""
    total, before = 0.0, 0
    for line in run.metrics():
        total += (line["iteration"] - before) / line["iterations_per_second"]
        before = line["iteration"]
    return total


def ship(run: Run, folder: Path, discriminator: bool = False) -> Path:
    """Store the generator of a finished run, or its discriminator, and return the path of the file.

    Raise InputError if the run is not finished or has no valid generator. With `discriminator`, also if the run does
    not train on all digits with labels.
    """
    load_generator(run.generator)  # raises InputError if the file is invalid
    arrays, texts = weights.load(run.generator)
    if int(texts["iteration"]) != run.config.iterations:
        raise InputError(
            f"{run.path}: expected a finished run of {run.config.iterations} iterations, "
            f"found {texts['iteration']}; use train.py --resume"
        )
    if discriminator and not run.config.labels:
        raise InputError(f"{run.path}: expected a run of all digits with labels, found another")
    path = folder / (DISCRIMINATOR if discriminator else pretrained(run.config.digit)).name
    arrays = discriminator_weights(run.checkpoint) if discriminator else arrays
    weights.save(path, arrays, texts | {"seconds": f"{seconds(run):.0f}"}, np.float16)
    return path


def ship_all(runs: Path, out: Path, discriminator: bool) -> None:
    """Ship the runs in the folder `runs` that are in `RUN_NAMES`, or the discriminator of the single run `runs`."""
    found = [runs / name for name in RUN_NAMES if (runs / name).is_dir()]
    if not found and not discriminator:
        raise InputError(f"{runs}: expected runs named {RUN_NAMES[0]} and so on, found none")
    for run in [runs] if discriminator else found:
        path = ship(Run.open(run), out, discriminator)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


def row(figures: dict[str, Any]) -> str:
    path = Path(figures["model"])
    _, texts = weights.load(path)
    config, size = json.loads(texts["config"]), path.stat().st_size / 1e6
    minutes = f"{int(texts['seconds']) / 60:.0f}" if "seconds" in texts else "?"
    cells = [
        f"`{path.name}`", f"{size:.2f}", config["seed"], texts["iteration"], minutes,
        *distances(figures), *pairs(figures),
        f"`{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}`",
    ]  # fmt: skip
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def distances(figures: dict[str, Any]) -> list[str]:
    frechet, second = figures["frechet"], figures["second"]["frechet"]
    return [f"{number:.2f}" for number in (frechet["fake"], frechet["real"], frechet["ratio"], second["ratio"])]


def pairs(figures: dict[str, Any]) -> list[str]:
    """Return the cells that show a figure for drawn digits and for real digits."""
    shown = [f"{figures[name]['fake']:.3f} / {figures[name]['real']:.3f}" for name in ("precision", "recall")]
    shares = [figures.get(name) for name in ("read_as_digit", "confident")]
    return shown + [f"{share['fake']:.1%} / {share['real']:.1%}" if share else "" for share in shares]


def table(result: dict[str, Any]) -> str:
    """Return the table, with a row for each model and, if the result has it, a row for the mean of the digits."""
    lines = [*HEAD, *(row(figures) for figures in result["models"])]
    if mean := result.get("mean_of_digits"):
        lines.append(f"| mean of the digits | | | | | {' | '.join(distances(mean) + pairs(mean))} | |")
    return "\n".join(lines)


def put_into(text: str, written: str, source: str) -> str:
    """Replace the text between START and END by `written`, and return the whole text."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise InputError(f"{source}: expected the lines {START} and {END}, found none")
    return f"{before}{START}\n{written}\n{END}{after}"


def write_table(figures: Path, out: Path) -> None:
    try:
        written = table(json.loads(figures.read_text("utf-8")))
    except WeightsError as error:
        raise InputError(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{figures}: expected the output of gan.evaluate --json: {error}") from error
    text = put_into(out.read_text("utf-8"), written, str(out))
    with replacing(out) as part:
        part.write_text(text, "utf-8")


def build_parser() -> Parser:
    parser = Parser("python -m tools.ship", description="Turn runs into shipped models, and describe them.")
    commands = parser.add_subparsers(required=True, metavar="networks | table")
    networks = commands.add_parser("networks", help="store the networks of finished runs")
    networks.add_argument("runs", type=Path, help="folder of the runs, as train.py --out made it")
    networks.add_argument("--discriminator", action="store_true", help="RUNS is one run; store its discriminator")
    networks.add_argument(
        "-o", "--out", type=Path, default=PRETRAINED, metavar="DIR", help="(default: the shipped one)"
    )
    networks.set_defaults(run=ship_all)
    described = commands.add_parser("table", help="write the table of the shipped generators")
    described.add_argument("figures", type=Path, help="output of python -m gan.evaluate --json")
    readme = PRETRAINED / "README.md"
    described.add_argument("-o", "--out", type=Path, default=readme, metavar="FILE", help="(default: the shipped one)")
    described.set_defaults(run=write_table)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    def task() -> None:
        arguments = vars(build_parser().parse_args(argv))
        arguments.pop("run")(**arguments)

    return exit_code("tools.ship", task)


if __name__ == "__main__":
    sys.exit(main())
