"""What studies have found, as tables in Markdown: a row a variant, over its seeds, with seconds of one thread."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from gan.study.points import Point
from gan.study.seconds import Seconds

Row = list[str]


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
    for variant, mine in by_variant(points).items():
        row = [variant]
        for share in shares:
            first = first_reached(mine, share)
            there = [seconds.of(point) for point in first.values() if point is not None]
            row.append(spread(there) + ("" if len(there) == len(first) else f", {len(there)} of {len(first)}"))
        rows.append(row)
    return markdown(["", *(f"{share:.0%} read, s" for share in shares)], rows)


def mean_by_digit(points: Sequence[Point], value: Callable[[Point], float]) -> dict[Any, float]:
    """The mean over seeds of a value, by digit."""
    digits: dict[Any, list[float]] = {}
    for point in points:
        digits.setdefault(point["digit"], []).append(value(point))
    return {digit: statistics.fmean(values) for digit, values in digits.items()}
