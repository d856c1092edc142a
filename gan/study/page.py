"""docs/quality.md and docs/freeze.md, made from the results of studies: `python -m gan.study.page`.

The text is in docs/studies/quality.md.jinja and so on; every table is computed here from the files next to it, so the
pages contain no other figures. A test compares the pages with the results. A table has a row for each variant, over its
seeds, with times in seconds of one thread.
"""

import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gan.command import Parser, exit_code
from gan.errors import InputError, parse_json
from gan.study.points import Point, Seconds, read_points
from nnet.durable_write import replacing

Row = list[str]
SIDES = "{fake:.3f} / {real:.3f}"  # of drawn and of real digits
WHEN = ("before", "after")  # G's update


def by_variant(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Return the points of every variant, in order of first occurrence."""
    variants: dict[str, list[Point]] = {}
    for point in points:
        variants.setdefault(point["variant"], []).append(point)
    return variants


def markdown(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a table; the first column is text, the others are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Return the median, and in brackets the lowest and highest of several values."""
    if not values:
        return "never"
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def first_reached(points: Sequence[Point], share: float) -> dict[tuple[Any, int], Point | None]:
    """Return the first point of every training, by digit and seed, at which that share of its sheet is recognized."""
    first: dict[tuple[Any, int], Point | None] = {}
    for point in sorted(points, key=lambda point: point["iteration"]):
        training = point["digit"], point["seed"]
        if first.get(training) is None:
            first[training] = point if point.get("sheet", {}).get("read", 0) >= share else None
    return first


def reached(points: Sequence[Point], seconds: Seconds, shares: Sequence[float] = (0.5, 0.9)) -> str:
    """Return the seconds until a share of a sheet is recognized: median and range over the trainings.

    If some trainings never get there, the number that did is shown.
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
    """Do the same as `by_variant`; if there are GANs of all digits and of one, the name says which."""
    if len({point["digit"] == "any" for point in points}) == 1:
        return by_variant(points)
    kinds = {True: "all digits", False: "one digit"}
    named = [point | {"variant": f"{point['variant']}, {kinds[point['digit'] == 'any']}"} for point in points]
    return by_variant(named)


def mean_by_digit(points: Sequence[Point], value: Callable[[Point], float]) -> dict[Any, float]:
    """Return the mean of a value over seeds, by digit."""
    digits: dict[Any, list[float]] = {}
    for point in points:
        digits.setdefault(point["digit"], []).append(value(point))
    return {digit: statistics.fmean(values) for digit, values in digits.items()}


def last_of(points: Sequence[Point]) -> list[Point]:
    """Return the last point of every training, by digit and seed."""
    last: dict[tuple[Any, int], Point] = {}
    for point in points:
        training = point["digit"], point["seed"]
        if training not in last or point["iteration"] > last[training]["iteration"]:
            last[training] = point
    return list(last.values())


def measured(points: Sequence[Point]) -> list[Point]:
    """Return the last points that have figures: those of the trainings that did not fail."""
    return [point for point in last_of(points) if "figures" in point]


def mean_seconds(points: Sequence[Point], seconds: Seconds) -> float:
    """Return the mean seconds of one thread to the points."""
    return statistics.fmean(seconds.of(point) for point in points)


def mean(points: Sequence[Point], name: str, side: str, evaluator: str = "first") -> float:
    """Return the mean over digits of a figure's means over seeds.

    `side` is "ratio" for "frechet", and "fake" or "real" for the others.
    """

    def value(point: Point) -> float:
        results = point["figures"] if evaluator == "first" else point["figures"]["second"]
        return results[name][side]

    return statistics.fmean(mean_by_digit(points, value).values())


def figures(points: Sequence[Point], seconds: Seconds) -> str:
    """Return the quality at the end of every training: Frechet / real by both evaluators, precision, recall.

    Means over seeds, then over digits. Failed trainings have no figures; their number is shown next to the name.
    """
    digits = sorted({point["digit"] for point in points}, key=str)  # "any" last
    heads = ["", "s", *(str(digit) for digit in digits), "mean", "second evaluator", "precision", "recall"]
    rows = []
    for variant, own in by_variant(points).items():
        ended, good = len(last_of(own)), measured(own)
        failed = ended - len(good)
        name = variant + (f" ({failed} of {ended} failed)" if failed else "")
        if not good:
            rows.append([name, *[""] * (len(heads) - 1)])
            continue
        ratios = mean_by_digit(good, lambda point: point["figures"]["frechet"]["ratio"])
        row = [f"{ratios[digit]:.2f}" if digit in ratios else "" for digit in digits]
        row += [f"{mean(good, 'frechet', 'ratio'):.2f}", f"{mean(good, 'frechet', 'ratio', 'second'):.2f}"]
        row += [f"{mean(good, figure, 'fake'):.3f}" for figure in ("precision", "recall")]
        rows.append([name, f"{mean_seconds(good, seconds):.0f}", *row])
    return markdown(heads, rows)


def verdicts(points: Sequence[Point], digit: int | str, iteration: int) -> str:
    """Return the state of drawings and judge at an iteration, for a digit: the lowest and highest over the seeds.

    The columns are the shares of a sheet's drawings that are recognized, the shares of pairs in which D prefers the
    drawing, before and after G's update, and how far that update moves D.
    """
    heads = ["", "recognized", "D prefers the drawing, before", "and after G's update", "D moves by"]
    rows = []
    for variant, own in by_variant(points).items():
        chosen = [point for point in own if (point["digit"], point["iteration"]) == (digit, iteration)]
        if chosen:
            found = [point["verdict"] for point in chosen]
            shares = [[point["sheet"]["read_and_near"] for point in chosen], *([v[w] for v in found] for w in WHEN)]
            rows.append([variant, *map(share_range, shares), value_range([v["d_change"] for v in found])])
    return markdown(heads, rows)


def share_range(shares: Sequence[float]) -> str:
    """Return the range of shares as "86 to 100 %", or the one share."""
    low, high = (f"{100 * share:.0f}" for share in (min(shares), max(shares)))
    return f"{low} %" if low == high else f"{low} to {high} %"


def value_range(values: Sequence[float]) -> str:
    """Return the lowest and the highest of some values, or the one value."""
    low, high = (f"{value:.2g}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def evaluated(result: dict[str, Any]) -> str:
    """Return what `python -m gan.evaluate --json` measured of the shipped models: a row for each, drawn / real.

    Ratio, precision and recall by the first evaluator and by the second.
    """
    rows = [_evaluated(f"{model['digit']}", model) for model in result["models"]]
    return markdown(
        ["", "ratio", "second evaluator", "precision", "second evaluator", "recall", "second evaluator", "right digit"],
        [*rows, _evaluated("mean of the digits", result["mean_of_digits"])],
    )


def _evaluated(name: str, first: dict[str, Any]) -> Row:
    row = [name]
    for figure, form in (("frechet", "{ratio:.2f}"), ("precision", SIDES), ("recall", SIDES)):
        row += [form.format(**evaluator[figure]) for evaluator in (first, first["second"])]
    read = first.get("read_as_digit")
    return [*row, f"{read['fake']:.1%} / {read['real']:.1%}" if read else ""]


STUDIES = Path("docs/studies")
DOCS, WORDS = Path("docs"), ".md.jinja"


def render(words: Path) -> str:
    """Return a page: its text, with tables from the files next to it; InputError if a file is missing or invalid."""
    import jinja2  # here, because training does not need it

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
        figures=lambda name: figures(points(name), seconds),
        reached=lambda name: reached(points(name), seconds),
        evaluated=lambda name: evaluated(read_json(name)),
        verdicts=lambda name, digit, iteration: verdicts(points(name), digit, iteration),
        json=read_json,
        seconds=seconds,
    )


def make(studies: Path, to: Path) -> None:
    """Write every page whose text is in the folder; InputError if there is none."""
    texts = sorted(studies.glob(f"*{WORDS}"))
    if not texts:
        raise InputError(f"{studies}: expected the words of pages, *{WORDS}, found none")
    pages = {to / f"{words.name.removesuffix(WORDS)}.md": render(words) for words in texts}
    for page, text in pages.items():
        with replacing(page) as part:
            part.write_text(text, "utf-8")
        print(f"{page}: {len(text.splitlines())} lines")


def build_parser() -> Parser:
    """Build the command line."""
    parser = Parser("python -m gan.study.page", description="Make pages of docs/ from what studies have found.")
    parser.add_argument("--studies", type=Path, default=STUDIES, metavar="DIR", help=f"(default {STUDIES})")
    parser.add_argument("--to", type=Path, default=DOCS, metavar="DIR", help=f"(default {DOCS})")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m gan.study.page` and return the exit code."""
    return exit_code("gan.study.page", lambda: make(**vars(build_parser().parse_args(argv))))


if __name__ == "__main__":
    sys.exit(main())
