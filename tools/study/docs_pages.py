"""Generate docs/quality.md and docs/freeze.md from the results of studies: `python -m tools.study.docs_pages`.

The text of each page is a template, such as docs/studies/quality.md.jinja. This module computes every table from the
result files in the same folder. A test compares the pages with the results. Each table has one row per variant that
summarizes all its seeds. Times are in seconds on one thread.
"""

import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gan.cli.command_line import Parser, exit_code
from gan.errors import InputError, parse_json
from tools.study.plan_and_results import Point, Seconds, read_points

Row = list[str]
WHEN = ("before", "after")  # measured before and after G's update


def by_variant(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Return the points of each variant. The variants are in order of first occurrence."""
    variants: dict[str, list[Point]] = {}
    for point in points:
        variants.setdefault(point["variant"], []).append(point)
    return variants


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


def first_reached(points: Sequence[Point], share: float) -> dict[tuple[Any, int], Point | None]:
    """Return, for each training run, the first point at which the given fraction of its sheet is recognized.

    The keys are (digit, seed). The value is None if there is no such point.
    """
    first: dict[tuple[Any, int], Point | None] = {}
    for point in sorted(points, key=lambda point: point["iteration"]):
        training = point["digit"], point["seed"]
        if first.get(training) is None:
            first[training] = point if point.get("sheet", {}).get("read", 0) >= share else None
    return first


def reached(points: Sequence[Point], seconds: Seconds, shares: Sequence[float] = (0.5, 0.9)) -> str:
    """Return a table of the seconds until each fraction of a sheet is recognized: median and range over runs.

    If some runs never reach a fraction, the table shows how many did.
    """
    rows = []
    for name, own in _by_variant_and_kind(points).items():
        row = [name]
        for share in shares:
            first = first_reached(own, share)
            times = [seconds.of(point) for point in first.values() if point is not None]
            row.append(spread(times) + ("" if len(times) == len(first) else f", {len(times)} of {len(first)}"))
        last = [point["sheet"]["variety"] for point in last_of(own) if "sheet" in point]
        rows.append([*row, spread(last, 2)])
    return markdown(["", *(f"{share:.0%} recognized, s" for share in shares), "variety at the end"], rows)


def _by_variant_and_kind(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Group points like `by_variant`. If GANs of one digit and of all digits occur, each kind is a group of its own."""
    if len({point["digit"] == "any" for point in points}) == 1:
        return by_variant(points)
    kinds = {True: "all digits", False: "one digit"}
    named = [point | {"variant": f"{point['variant']}, {kinds[point['digit'] == 'any']}"} for point in points]
    return by_variant(named)


def mean_by_digit(points: Sequence[Point], value: Callable[[Point], float]) -> dict[Any, float]:
    """Return the mean of a value over all seeds, for each digit."""
    digits: dict[Any, list[float]] = {}
    for point in points:
        digits.setdefault(point["digit"], []).append(value(point))
    return {digit: statistics.fmean(values) for digit, values in digits.items()}


def last_of(points: Sequence[Point]) -> list[Point]:
    """Return the last point of each training run."""
    last: dict[tuple[Any, int], Point] = {}
    for point in points:
        training = point["digit"], point["seed"]
        if training not in last or point["iteration"] > last[training]["iteration"]:
            last[training] = point
    return list(last.values())


def mean(points: Sequence[Point], name: str, side: str, evaluator: str = "first") -> float:
    """Return the mean of a figure, averaged over seeds first and then over digits."""

    def value(point: Point) -> float:
        results = point["figures"] if evaluator == "first" else point["figures"]["second"]
        return results[name][side]

    return statistics.fmean(mean_by_digit(points, value).values())


def figures(points: Sequence[Point], seconds: Seconds) -> str:
    """Return a table of the quality at the end of training: the Fréchet ratio by both evaluators, precision and recall.

    All values are averaged over seeds first and then over digits. Failed runs are counted next to the variant's name.
    """
    digits = sorted({point["digit"] for point in points}, key=str)  # "any" comes last
    heads = ["", "s", *(str(digit) for digit in digits), "mean", "second evaluator", "precision", "recall"]
    rows = []
    for variant, own in by_variant(points).items():
        ended = last_of(own)
        good = [point for point in ended if "figures" in point]
        name = variant + (f" ({len(ended) - len(good)} of {len(ended)} failed)" if len(good) < len(ended) else "")
        if not good:
            rows.append([name, *[""] * (len(heads) - 1)])
            continue
        ratios = mean_by_digit(good, lambda point: point["figures"]["frechet"]["ratio"])
        row = [name, f"{statistics.fmean(seconds.of(point) for point in good):.0f}"]
        row += [f"{ratios[digit]:.2f}" if digit in ratios else "" for digit in digits]
        row += [f"{mean(good, 'frechet', 'ratio'):.2f}", f"{mean(good, 'frechet', 'ratio', 'second'):.2f}"]
        rows.append(row + [f"{mean(good, figure, 'fake'):.3f}" for figure in ("precision", "recall")])
    return markdown(heads, rows)


def verdicts(points: Sequence[Point], digit: int | str, iteration: int, variants: Sequence[str]) -> str:
    """Return a table that describes the drawings and D at one iteration for one digit, with a row for each variant.

    Each cell shows the lowest and highest value over the seeds. docs/freeze.md explains the columns.
    """
    heads = ["", "recognized", "D prefers the drawing, before", "and after G's update", "D moves by"]
    rows = []
    named = by_variant(points)
    for variant in variants:
        chosen = [point for point in named[variant] if (point["digit"], point["iteration"]) == (digit, iteration)]
        found = [point["verdict"] for point in chosen]
        shares = [[point["sheet"]["read_and_near"] for point in chosen], *([v[w] for v in found] for w in WHEN)]
        rows.append([variant, *map(share_range, shares), value_range([v["d_change"] for v in found])])
    return markdown(heads, rows)


def recognized(points: Sequence[Point]) -> str:
    """Return a table of the recognized drawings of a sheet, of 64, at every mark: median, lowest and highest seed."""
    marks = sorted({point["iteration"] for point in points})
    runs: dict[str, list[Point]] = {}
    for point in points:
        digit = "all digits" if point["digit"] == "any" else point["digit"]
        runs.setdefault(f"{point['variant']}, {digit}", []).append(point)
    rows = []
    for name, own in runs.items():
        shares = [[point["sheet"]["read_and_near"] for point in own if point["iteration"] == mark] for mark in marks]
        rows.append([name, *(spread([64 * share for share in at], 0) for at in shares)])
    return markdown(["", *(f"after {mark}" for mark in marks)], rows)


def share_range(shares: Sequence[float]) -> str:
    low, high = (f"{100 * share:.0f}" for share in (min(shares), max(shares)))
    return f"{low} %" if low == high else f"{low} to {high} %"


def value_range(values: Sequence[float]) -> str:
    low, high = (f"{value:.2g}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def evaluated(result: dict[str, Any]) -> str:
    """Return a table of the measurements that `python -m gan.evaluate --json` made of the bundled models.

    There is a row for each model, one for the mean of the ten digits, and one for that of real digits.
    """
    mean_of_digits = result["mean_of_digits"]
    rows = [[f"{model['digit']}", *_ratios(model), *_shares(model, "fake")] for model in result["models"]]
    rows.append(["mean of the digits", *_ratios(mean_of_digits), *_shares(mean_of_digits, "fake")])
    rows.append(["real digits", "1.00", "1.00", *_shares(mean_of_digits, "real")])
    return markdown(["", "ratio", "second evaluator", "precision", "recall", "right digit"], rows)


def _ratios(entry: dict[str, Any]) -> Row:
    return [f"{evaluator['frechet']['ratio']:.2f}" for evaluator in (entry, entry["second"])]


def _shares(entry: dict[str, Any], side: str) -> Row:
    right = f"{entry['read_as_digit'][side]:.1%}" if "read_as_digit" in entry else ""
    return [*(f"{entry[figure][side]:.3f}" for figure in ("precision", "recall")), right]


def told_apart(result: dict[str, Any]) -> str:
    """Return a table of the shares that simple evaluators tell apart: of the ten networks, and of the one of all."""
    ten, last = result["mean_of_digits"]["told_apart"], result["models"][-1]
    rows = [
        [name, *("{fake:.1%} / {real:.1%}".format(**shares) for shares in found.values())]
        for name, found in (("mean of the digits", ten), (str(last["digit"]), last["told_apart"]))
    ]
    return markdown(["", *(name.replace("_", " ") for name in ten)], rows)


STUDIES = Path("docs/studies")
DOCS, WORDS = Path("docs"), ".md.jinja"


def render(words: Path) -> str:
    """Render a page from its template and the results. Raise InputError if a file is missing or invalid."""
    import jinja2  # imported here because training does not need it

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
            raise InputError(f"{folder / name}.jsonl: expected points, found none; python -m tools.study makes them")
        return found

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    return environment.from_string(words.read_text("utf-8")).render(
        figures=lambda name: figures(points(name), seconds),
        reached=lambda name: reached(points(name), seconds),
        evaluated=lambda name: evaluated(read_json(name)),
        told_apart=lambda name: told_apart(read_json(name)),
        verdicts=lambda name, *chosen: verdicts(points(name), *chosen),
        recognized=lambda name: recognized(points(name)),
        seconds=seconds,
    )


def make(studies: Path, out: Path) -> None:
    """Write a page for every template in the folder."""
    for words in sorted(studies.glob(f"*{WORDS}")):
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
