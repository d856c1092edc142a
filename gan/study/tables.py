"""What studies have found, as tables in Markdown: a row a variant, over its seeds, with seconds of one thread."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from gan.study.points import Point
from gan.study.seconds import Seconds

Row = list[str]
SIDES = "{fake:.3f} / {real:.3f}"  # a drawn figure beside the real one
WHEN = ("before", "after")  # G's update


def by_variant(points: Sequence[Point]) -> dict[str, list[Point]]:
    """The points of every variant, in the order in which variants first occur."""
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point["variant"], []).append(point)
    return found


def markdown(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """A table; the first column is words, the others are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(values: Sequence[float], digits: int = 1) -> str:
    """A median, and in brackets the lowest and the highest where there are several."""
    if not values:
        return "never"
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def first_reached(points: Sequence[Point], share: float) -> dict[tuple[Any, int], Point | None]:
    """The first point of every training, by digit and seed, at which so large a share of its sheet is read."""
    found: dict[tuple[Any, int], Point | None] = {}
    for point in sorted(points, key=lambda point: point["iteration"]):
        training = point["digit"], point["seed"]
        if found.get(training) is None:
            found[training] = point if point.get("sheet", {}).get("read", 0) >= share else None
    return found


def reached(points: Sequence[Point], seconds: Seconds, shares: Sequence[float] = (0.5, 0.9)) -> str:
    """When sheets are read: seconds of one thread until a share of a sheet is, median and range over the trainings.

    A training that never came there counts: how many did stands beside.
    """
    rows = []
    for name, mine in _by_variant_and_kind(points).items():
        row = [name]
        for share in shares:
            first = first_reached(mine, share)
            there = [seconds.of(point) for point in first.values() if point is not None]
            row.append(spread(there) + ("" if len(there) == len(first) else f", {len(there)} of {len(first)}"))
        last = [point["sheet"]["variety"] for point in last_of(mine) if "sheet" in point]
        rows.append([*row, spread(last, 2)])
    return markdown(["", *(f"{share:.0%} read, s" for share in shares), "variety at the end"], rows)


def _by_variant_and_kind(points: Sequence[Point]) -> dict[str, list[Point]]:
    """`by_variant`; where there are GANs of all digits and of one, the name says which."""
    if len({point["digit"] == "any" for point in points}) == 1:
        return by_variant(points)
    kinds = {True: "all digits", False: "one digit"}
    named = [point | {"variant": f"{point['variant']}, {kinds[point['digit'] == 'any']}"} for point in points]
    return by_variant(named)


def mean_by_digit(points: Sequence[Point], value: Callable[[Point], float]) -> dict[Any, float]:
    """The mean over seeds of a value, by digit."""
    digits: dict[Any, list[float]] = {}
    for point in points:
        digits.setdefault(point["digit"], []).append(value(point))
    return {digit: statistics.fmean(values) for digit, values in digits.items()}


def last_of(points: Sequence[Point]) -> list[Point]:
    """The last point of every training, by digit and seed."""
    last: dict[tuple[Any, int], Point] = {}
    for point in points:
        training = point["digit"], point["seed"]
        if training not in last or point["iteration"] > last[training]["iteration"]:
            last[training] = point
    return list(last.values())


def measured(points: Sequence[Point]) -> list[Point]:
    """The last points that have figures: those of the trainings that did not fail."""
    return [point for point in last_of(points) if "figures" in point]


def mean_seconds(points: Sequence[Point], seconds: Seconds) -> float:
    """Seconds of one thread to each point, in the mean."""
    return statistics.fmean(seconds.of(point) for point in points)


def mean(points: Sequence[Point], name: str, side: str, judge: str = "first") -> float:
    """Mean over digits of the means over seeds of a figure: "ratio" of "frechet", or "fake" or "real" of the others."""

    def value(point: Point) -> float:
        found = point["figures"] if judge == "first" else point["figures"]["second"]
        return found[name][side]

    return statistics.fmean(mean_by_digit(points, value).values())


def figures(points: Sequence[Point], seconds: Seconds) -> str:
    """How good the digits are at the end of every training: Frechet / real by both judges, precision, recall.

    Means over seeds, and then over digits. Trainings that failed have no figures; how many did stands beside the name.
    """
    digits = sorted({point["digit"] for point in points}, key=str)  # "any" last
    heads = ["", "s", *(str(digit) for digit in digits), "mean", "second judge", "precision", "recall"]
    rows = []
    for variant, mine in by_variant(points).items():
        ended, good = len(last_of(mine)), measured(mine)
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
    """What became of drawings and judge by an iteration, for a digit: the lowest and highest over the seeds.

    Shares of the drawings of a sheet that are read as the digit and near a real one; shares of pairs in which D prefers
    the drawing, before and after G's update; how far that moves D.
    """
    heads = ["", "read, and near a real one", "D prefers the drawing, before", "and after G's update", "D moves by"]
    rows = []
    for variant, mine in by_variant(points).items():
        there = [point for point in mine if (point["digit"], point["iteration"]) == (digit, iteration)]
        if there:
            said = [point["verdict"] for point in there]
            shares = [[point["sheet"]["read_and_near"] for point in there], *([v[w] for v in said] for w in WHEN)]
            rows.append([variant, *map(share_range, shares), value_range([v["d_change"] for v in said])])
    return markdown(heads, rows)


def share_range(shares: Sequence[float]) -> str:
    """Two shares as "86 to 100 %", or one."""
    low, high = (f"{100 * share:.0f}" for share in (min(shares), max(shares)))
    return f"{low} %" if low == high else f"{low} to {high} %"


def value_range(values: Sequence[float]) -> str:
    """The lowest and the highest of some values, or the one that all have."""
    low, high = (f"{value:.2g}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def evaluated(result: dict[str, Any]) -> str:
    """What `python -m gan.evaluate --json` has found of the shipped models: a row a model, drawn / real.

    Ratio, precision and recall by the first judge and by the second.
    """
    rows = [_evaluated(f"{model['digit']}", model) for model in result["models"]]
    return markdown(
        ["", "ratio", "second judge", "precision", "second judge", "recall", "second judge", "read as it"],
        [*rows, _evaluated("mean of the digits", result["mean_of_digits"])],
    )


def _evaluated(name: str, found: dict[str, Any]) -> Row:
    row = [name]
    for figure, form in (("frechet", "{ratio:.2f}"), ("precision", SIDES), ("recall", SIDES)):
        row += [form.format(**judge[figure]) for judge in (found, found["second"])]
    read = found.get("read_as_digit")
    return [*row, f"{read['fake']:.1%} / {read['real']:.1%}" if read else ""]
