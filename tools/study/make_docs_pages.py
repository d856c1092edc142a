"""Generate docs/quality.md and docs/freeze.md from the results of studies.

    python -m tools.study.make_docs_pages

Each page is rendered from a template, such as docs/studies/quality.md.jinja. A template
reads the results in its folder with the functions `study` and `json`, and summarizes
the values of several runs with the filters `values`, `until`, `spread` and `mean`. A
test checks that the pages match the results.
"""

import math
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan.base.errors import InputError, parse_json
from tools import main_of
from tools.study.plan_and_results import Run, read_runs

DOCS = Path("docs")
STUDIES = DOCS / "studies"
TEMPLATE = ".md.jinja"
# One value per run, or None for a run without this value, such as one that failed.
Values = Sequence[float | None]


def values(runs: Sequence[Run], path: str, iteration: int | None = None) -> Values:
    """Return a measurement such as "sheet.read" of each run.

    It is the one at the iteration, or the last one if the iteration is None.
    """
    found = []
    for run in runs:
        points = run["points"]
        if iteration is not None:
            points = [point for point in points if point["iteration"] == iteration]
        value: Any = points[-1] if points else None
        for name in path.split("."):
            value = None if value is None else value.get(name)
        found.append(value)
    return found


def until(runs: Sequence[Run], share: float, unit: str) -> Values:
    """Return when at least `share` of a sheet was first recognized, for each run.

    `unit` is "seconds" or "iteration".
    """
    found = []
    for run in runs:
        points = [point for point in run["points"] if "sheet" in point]
        reached = [point[unit] for point in points if point["sheet"]["read"] >= share]
        found.append(reached[0] if reached else None)
    return found


def spread(found: Values, form: str = ".1f", factor: float = 1) -> str:
    """Format the median of the values, and the lowest and highest if they differ.

    `form` is a format specification. Values are multiplied by `factor` first.
    """
    known = [factor * value for value in known_of(found)]
    low, middle, high = (f"{of(known):{form}}" for of in (min, statistics.median, max))
    extremes = "" if low == high else f" ({low} to {high})"
    return middle + extremes + count(found)


def mean(found: Values, form: str) -> str:
    return f"{statistics.fmean(known_of(found)):{form}}{count(found)}"


def known_of(found: Values) -> list[float]:
    return [value for value in found if value is not None] or [math.nan]


def count(found: Values) -> str:
    """Return ", 3 of 5" if 3 of 5 runs have a value, or "" if all have one."""
    if None not in found:
        return ""
    return f", {len(found) - found.count(None)} of {len(found)}"


def render(template: Path) -> str:
    """Render a page from its template and the results.

    Raise InputError or OSError if a file is missing.
    """
    import jinja2  # imported here because training does not need it

    def study(name: str) -> dict[str, list[Run]]:
        file = template.with_name(f"{name}.jsonl")
        variants: dict[str, list[Run]] = {}
        for run in read_runs(file):
            variants.setdefault(run["variant"], []).append(run)
        if not variants:
            raise InputError(
                f"{file}: expected runs, found none; python -m tools.study makes them"
            )
        return variants

    def json(name: str) -> Any:
        return parse_json(template.with_name(f"{name}.json").read_text("utf-8"))

    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {one.__name__: one for one in (values, until, spread, mean)}
    return environment.from_string(template.read_text("utf-8")).render(
        study=study, json=json
    )


def make(studies: Path = STUDIES, out: Path = DOCS) -> None:
    for template in sorted(studies.glob(f"*{TEMPLATE}")):
        page = out / f"{template.name.removesuffix(TEMPLATE)}.md"
        page.write_text(render(template), "utf-8")


main = main_of(
    "tools.study.make_docs_pages",
    "Generate pages of docs/ from results of studies.",
    make,
)


if __name__ == "__main__":
    sys.exit(main())
