"""Generate docs/quality.md and docs/freeze.md from the results of studies: `python -m tools.study.docs_pages`.

The text of each page is a template, such as docs/studies/quality.md.jinja. This module computes every table from the
result files in the same folder. A test compares the pages with the results. Each table has one row per variant that
summarizes all its seeds.
"""

import statistics
import sys
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from gan.cli.command_line import Parser, exit_code
from gan.errors import InputError, parse_json
from tools.study.plan_and_results import read_runs

Row = list[str]
Point = dict[str, Any]


def grouped(points: Sequence[Point], key: Callable[[Point], Any]) -> dict[Any, list[Point]]:
    """Return the points by their key. The keys are in order of first occurrence."""
    groups: dict[Any, list[Point]] = {}
    for point in points:
        groups.setdefault(key(point), []).append(point)
    return groups


VARIANT, TRAINING, ITERATION = itemgetter("variant"), itemgetter("digit", "seed"), itemgetter("iteration")


def markdown(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a Markdown table whose first column contains text and whose other columns contain numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Return the median of the values, followed by the lowest and highest in parentheses if there are several."""
    if not values:
        return "never"
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def reached(points: Sequence[Point], shares: Sequence[float] = (0.5, 0.9)) -> str:
    """Return a table of the seconds until each fraction of a sheet is recognized: median and range over runs.

    If some runs never reach a fraction, the table shows how many did. If GANs of one digit and of all digits occur,
    each kind has rows of its own.
    """
    both = len({point["digit"] == "any" for point in points}) > 1
    kinds = {True: ", all digits", False: ", one digit"}
    rows = []
    for name, own in grouped(points, lambda p: p["variant"] + (kinds[p["digit"] == "any"] if both else "")).items():
        row, trainings = [name], grouped(sorted(own, key=ITERATION), TRAINING).values()
        for share in shares:
            first = [next((p for p in each if p.get("sheet", {}).get("read", 0) >= share), None) for each in trainings]
            times = [point["seconds"] for point in first if point is not None]
            row.append(spread(times) + ("" if len(times) == len(first) else f", {len(times)} of {len(first)}"))
        last = [point["sheet"]["variety"] for point in last_of(own) if "sheet" in point]
        rows.append([*row, spread(last, 2)])
    return markdown(["", *(f"{share:.0%} recognized, s" for share in shares), "variety at the end"], rows)


def mean_by_digit(points: Sequence[Point], value: Callable[[Point], float]) -> dict[Any, float]:
    """Return the mean of a value over all seeds, for each digit."""
    return {digit: statistics.fmean(map(value, own)) for digit, own in grouped(points, itemgetter("digit")).items()}


def mean(points: Sequence[Point], value: Callable[[Point], float]) -> float:
    """Return the mean of a value, averaged over seeds first and then over digits."""
    return statistics.fmean(mean_by_digit(points, value).values())


def last_of(points: Sequence[Point]) -> list[Point]:
    """Return the last point of each training run."""
    return [max(own, key=ITERATION) for own in grouped(points, TRAINING).values()]


def figures(points: Sequence[Point]) -> str:
    """Return a table of the quality at the end of training: the Fréchet ratio by both evaluators, precision and recall.

    All values are averaged over seeds first and then over digits. Failed runs are counted next to the variant's name.
    """
    digits = sorted({point["digit"] for point in points}, key=str)  # "any" comes last
    heads = ["", "s", *(str(digit) for digit in digits), "mean", "second evaluator", "precision", "recall"]
    rows = []
    for variant, own in grouped(points, VARIANT).items():
        ended = last_of(own)
        good = [point for point in ended if "figures" in point]
        name = variant + (f" ({len(ended) - len(good)} of {len(ended)} failed)" if len(good) < len(ended) else "")
        if not good:
            rows.append([name, *[""] * (len(heads) - 1)])
            continue
        ratios = mean_by_digit(good, lambda point: point["figures"]["frechet"]["ratio"])
        row = [name, f"{statistics.fmean(point['seconds'] for point in good):.0f}"]
        row += [f"{ratios[digit]:.2f}" if digit in ratios else "" for digit in digits]
        row.append(f"{statistics.fmean(ratios.values()):.2f}")
        row.append(f"{mean(good, lambda point: point['figures']['second']['frechet']['ratio']):.2f}")
        precision = mean(good, lambda point: point["figures"]["precision"]["fake"])
        recall = mean(good, lambda point: point["figures"]["recall"]["fake"])
        rows.append([*row, f"{precision:.3f}", f"{recall:.3f}"])
    return markdown(heads, rows)


def verdicts(points: Sequence[Point], digit: int | str, iteration: int, variants: Sequence[str]) -> str:
    """Return a table that describes the drawings and D at one iteration for one digit, with a row for each variant.

    Each cell shows the lowest and highest value over the seeds. docs/freeze.md explains the columns.
    """
    heads = ["", "recognized", "D prefers the drawing, before", "and after G's update", "D moves by"]
    rows = []
    named = grouped(points, VARIANT)
    for variant in variants:
        chosen = [point for point in named[variant] if (point["digit"], point["iteration"]) == (digit, iteration)]
        found = [point["verdict"] for point in chosen]
        shares = [[point["sheet"]["read_and_near"] for point in chosen]]
        shares += [[verdict[when] for verdict in found] for when in ("before", "after")]
        cells = [value_range([100 * share for share in of], ".0f") + " %" for of in shares]
        rows.append([variant, *cells, value_range([v["d_change"] for v in found], ".2g")])
    return markdown(heads, rows)


def recognized(points: Sequence[Point]) -> str:
    """Return a table of the recognized drawings of a sheet, of 64, at every mark: median, lowest and highest seed."""
    marks, rows = sorted({point["iteration"] for point in points}), []
    runs = grouped(points, lambda p: f"{p['variant']}, {'all digits' if p['digit'] == 'any' else p['digit']}")
    for name, own in runs.items():
        shares = [[point["sheet"]["read_and_near"] for point in own if point["iteration"] == mark] for mark in marks]
        rows.append([name, *(spread([64 * share for share in at], 0) for at in shares)])
    return markdown(["", *(f"after {mark}" for mark in marks)], rows)


def value_range(values: Sequence[float], digits: str) -> str:
    low, high = (f"{value:{digits}}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def evaluated(result: dict[str, Any]) -> str:
    """Return a table of the measurements that `python -m gan.evaluate --json` made of the bundled models.

    There is a row for each model, one for the mean of the ten digits, and one for that of real digits.
    """
    mean_of_digits = result["mean_of_digits"]
    rows = [[f"{model['digit']}", *_cells(model, "fake")] for model in result["models"]]
    rows.append(["mean of the digits", *_cells(mean_of_digits, "fake")])
    rows.append(["real digits", *_cells(mean_of_digits, "real")])
    return markdown(["", "ratio", "second evaluator", "precision", "recall", "right digit"], rows)


def _cells(entry: dict[str, Any], side: str) -> Row:
    ratios = [f"{one['frechet'][side] / one['frechet']['real']:.2f}" for one in (entry, entry["second"])]
    right = f"{entry['read_as_digit'][side]:.1%}" if "read_as_digit" in entry else ""
    return [*ratios, *(f"{entry[figure][side]:.3f}" for figure in ("precision", "recall")), right]


def told_apart(result: dict[str, Any], sensitivity: dict[str, Any]) -> str:
    """Return a table of the shares that simple evaluators tell apart: of drawings, and of real digits in their place.

    `sensitivity` has the shares of changed real digits, measured once (docs/quality.md).
    """
    ten, last = result["mean_of_digits"]["told_apart"], result["models"][-1]
    found = [("mean of the digits", ten, "fake"), (str(last["digit"]), last["told_apart"], "fake")]
    found += [("real digits", ten, "real"), *((*of, "fake") for of in sensitivity["told_apart"].items())]
    rows = [[name, *(f"{share[side]:.1%}" for share in shares.values())] for name, shares, side in found]
    return markdown(["", *(name.replace("_", " ") for name in ten)], rows)


STUDIES = Path("docs/studies")
DOCS, WORDS = Path("docs"), ".md.jinja"


def render(words: Path) -> str:
    """Render a page from its template and the results. Raise InputError if a file is missing or invalid."""
    import jinja2  # imported here because training does not need it

    folder = words.parent

    def read_json(name: str) -> dict[str, Any]:
        try:
            return parse_json((folder / name).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{folder / name}: expected figures as JSON: {error}") from error

    def points(name: str) -> list[dict[str, Any]]:
        runs = read_runs(folder / f"{name}.jsonl")
        found = [run | point for run in runs for point in run["points"]]
        if not found:
            raise InputError(f"{folder / name}.jsonl: expected points, found none; python -m tools.study makes them")
        return found

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    return environment.from_string(words.read_text("utf-8")).render(
        figures=lambda name: figures(points(name)),
        reached=lambda name: reached(points(name)),
        evaluated=lambda name: evaluated(read_json(name)),
        told_apart=lambda *names: told_apart(*map(read_json, names)),
        verdicts=lambda name, *chosen: verdicts(points(name), *chosen),
        recognized=lambda name: recognized(points(name)),
    )


def make(studies: Path, out: Path) -> None:
    """Write a page for every template in the folder."""
    templates = sorted(studies.glob(f"*{WORDS}"))
    if not templates:
        raise InputError(f"{studies}: expected templates of pages, *{WORDS}, found none", "studies")
    for words in templates:
        page = out / f"{words.name.removesuffix(WORDS)}.md"
        page.write_text(render(words), "utf-8")
        print(f"{page}: {len(page.read_text('utf-8').splitlines())} lines")


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser("python -m tools.study.docs_pages", description="Generate pages of docs/ from results of studies.")
    parser.add_argument("--studies", type=Path, default=STUDIES, metavar="DIR", help=f"(default {STUDIES})")
    parser.add_argument("-o", "--out", type=Path, default=DOCS, metavar="DIR", help=f"(default {DOCS})")
    return exit_code("tools.study.docs_pages", lambda: make(**vars(parser.parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
