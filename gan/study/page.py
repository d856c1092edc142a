"""docs/quality.md and docs/freeze.md, made from what studies have found: `python -m gan.study.page`.

The words are docs/studies/quality.md.jinja and so on; every table in them is made here from the files beside. So the
pages have no figure of another source, and a test holds them to these.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan.command import Parser, exit_code
from gan.errors import InputError, parse_json
from gan.study import tables
from gan.study.points import read_points
from gan.study.seconds import Seconds
from nnet.durable_write import replacing

STUDIES = Path("docs/studies")
DOCS, WORDS = Path("docs"), ".md.jinja"


def render(words: Path) -> str:
    """A page: its words, with tables from the files beside them; InputError where a file is missing or is no such."""
    import jinja2  # here, since training needs none

    folder = words.parent
    seconds = Seconds(folder / "seconds.json")

    def read_json(name: str) -> dict[str, Any]:
        try:
            return parse_json((folder / name).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{folder / name}: expected figures as JSON: {error}") from error

    def points(name: str) -> list[dict[str, Any]]:
        found = read_points(folder / f"{name}.jsonl")
        if not found:
            raise InputError(f"{folder / name}.jsonl: expected points, found none; python -m gan.study makes them")
        return found

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    return environment.from_string(words.read_text("utf-8")).render(
        figures=lambda name: tables.figures(points(name), seconds),
        reached=lambda name: tables.reached(points(name), seconds),
        evaluated=lambda name: tables.evaluated(read_json(name)),
        verdicts=lambda name, digit, iteration: tables.verdicts(points(name), digit, iteration),
        json=read_json,
        seconds=seconds,
    )


def make(folder: Path, to: Path) -> None:
    """Write every page whose words lie in the folder; InputError if there is none."""
    found = sorted(folder.glob(f"*{WORDS}"))
    if not found:
        raise InputError(f"{folder}: expected the words of pages, *{WORDS}, found none")
    pages = {to / f"{words.name.removesuffix(WORDS)}.md": render(words) for words in found}
    for page, text in pages.items():
        with replacing(page) as beside:
            beside.write_text(text, "utf-8")
        print(f"{page}: {len(text.splitlines())} lines")


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m gan.study.page", description="Make pages of docs/ from what studies have found.")
    parser.add_argument("--studies", type=Path, default=STUDIES, metavar="DIR", help=f"(default {STUDIES})")
    parser.add_argument("--to", type=Path, default=DOCS, metavar="DIR", help=f"(default {DOCS})")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.study.page`; returns the exit code."""

    def run() -> None:
        arguments = build_parser().parse_args(argv)
        make(arguments.studies, arguments.to)

    return exit_code("gan.study.page", run)


if __name__ == "__main__":
    sys.exit(main())
