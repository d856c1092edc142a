"""docs/quality.md, made from what studies have found: `python -m gan.study.page`.

The words are docs/studies/quality.md.jinja; every table in it is made here from the files beside it. So the page has no
figure of another source, and a test holds it to them.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan.command import Parser, exit_code
from gan.errors import InputError
from gan.study import tables
from gan.study.points import read_points
from gan.study.seconds import Seconds
from nnet.files import replacing

STUDIES = Path("docs/studies")
WORDS, PAGE = "quality.md.jinja", Path("docs/quality.md")


def render(folder: Path) -> str:
    """The page: the words of a folder with its tables; InputError where a file is missing or is something else."""
    import jinja2  # here, since training needs none

    seconds = Seconds(folder / "seconds.json")

    def read_json(name: str) -> dict[str, Any]:
        try:
            return json.loads((folder / name).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{folder / name}: expected figures as JSON: {error}") from error

    def points(name: str) -> list[dict[str, Any]]:
        found = read_points(folder / f"{name}.jsonl")
        if not found:
            raise InputError(f"{folder / name}.jsonl: expected points, found none; python -m gan.study makes them")
        return found

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    words = environment.from_string((folder / WORDS).read_text("utf-8"))
    return words.render(
        figures=lambda name: tables.figures(points(name), seconds),
        reached=lambda name: tables.reached(points(name), seconds),
        evaluated=lambda name: tables.evaluated(read_json(name)),
        json=read_json,
        seconds=seconds,
    )


def make(folder: Path, page: Path) -> None:
    """Write the page."""
    text = render(folder)
    with replacing(page) as beside:
        beside.write_text(text, "utf-8")
    print(f"{page}: {len(text.splitlines())} lines")


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m gan.study.page", description="Make docs/quality.md from what studies have found.")
    parser.add_argument("--studies", type=Path, default=STUDIES, metavar="DIR", help=f"(default {STUDIES})")
    parser.add_argument("--out", type=Path, default=PAGE, metavar="FILE", help=f"(default {PAGE})")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.study.page`; returns the exit code."""

    def run() -> None:
        arguments = build_parser().parse_args(argv)
        make(arguments.studies, arguments.out)

    return exit_code("gan.study.page", run)


if __name__ == "__main__":
    sys.exit(main())
