"""Write the table of the shipped generators into their README: `python -m gan.pretrained.card FIGURES.json`.

The figures of the shipped generators come from this command:

    python -m gan.evaluate --json --train-on-generated > FIGURES.json

All other cells come from the weights files.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan.command import Parser, exit_code
from gan.errors import InputError
from gan.shipped import PRETRAINED
from nnet import weights
from nnet.atomic_write import replacing
from nnet.weights import WeightsError

START, END = "<!-- table -->", "<!-- end of table -->"  # lines before and after the table in the README
HEAD = (
    "| file | MB | seed | iterations | minutes | Frechet | real | ratio | by the second | precision | recall "
    "| read as the digit | confident | SHA-256 |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|",
)


def row(figures: dict[str, Any]) -> str:
    """Return the table row of one model, made from its figures and its file."""
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
    """Return the cells for the Frechet distances, drawn and real, and for their ratio by the two evaluators."""
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
    """Replace the text between START and END by `written`, and return the whole text.

    Raise an InputError that names the source if START or END is missing.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise InputError(f"{source}: expected the lines {START} and {END}, found none")
    return f"{before}{START}\n{written}\n{END}{after}"


def write_table(figures: Path, into: Path) -> None:
    """Write the table into a README, and raise InputError if the figures or a model file are not as expected."""
    try:
        written = table(json.loads(figures.read_text("utf-8")))
    except WeightsError as error:
        raise InputError(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{figures}: expected the output of gan.evaluate --json: {error}") from error
    text = put_into(into.read_text("utf-8"), written, str(into))
    with replacing(into) as part:
        part.write_text(text, "utf-8")


def build_parser() -> Parser:
    """Build the command-line parser."""
    parser = Parser("python -m gan.pretrained.card", description="Write the models' table.")
    parser.add_argument("figures", type=Path, help="output of python -m gan.evaluate --json")
    parser.add_argument("--into", type=Path, default=PRETRAINED / "README.md", metavar="FILE", help="(default: theirs)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.pretrained.card` and return the exit code."""
    return exit_code("gan.pretrained.card", lambda: write_table(**vars(build_parser().parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
