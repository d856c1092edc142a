"""What a study has found: a file of JSON, a line a point.

    {"variant": "three", "digit": 2, "seed": 0, "data": "full", "iteration": 1000, "config": {"generator_updates": 3},
     "cpu_seconds": 14.2, "sheet": {"read": 0.98}}

`config` holds what differs from a Config's defaults, so a line alone says what was trained. A training that failed has
`failed`, why, and counts. A line is written when its training has ended, so a study that was stopped goes on where it
was, and loses the trainings that were under way.
"""

import json
from pathlib import Path
from typing import Any

from gan.errors import InputError, parse_json
from gan.study.plan import Training, changes

Point = dict[str, Any]
KEY = ("variant", "config", "data", "iteration")  # tells a point from all others


def key(variant: str, config: dict[str, Any], data: str, iteration: int) -> tuple[str, str, str, int]:
    """What tells a point from all others."""
    return variant, json.dumps(config, sort_keys=True), data, iteration


def read_points(path: Path) -> list[Point]:
    """The points of a file, in order; none where there is no file.

    Raises
    ------
    InputError : a line is no point. Only the last may be cut short, by a kill.
    """
    if not path.exists():
        return []
    lines, points = path.read_bytes().splitlines(), []
    for number, line in enumerate(lines, 1):
        try:
            points.append(_point(parse_json(line)))
        except ValueError as error:
            if number < len(lines):
                raise InputError(f"{path}: line {number}: expected a point in JSON: {error}") from error
    return points


def _point(value: Any) -> Point:
    if not isinstance(value, dict) or not value.keys() >= {*KEY}:
        raise ValueError(f"expected {', '.join(KEY)}")
    return value


def add_points(path: Path, points: list[Point]) -> None:
    """Write points behind those that are there; half a line that a kill has left is cut away."""
    text = path.read_text("utf-8") if path.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, "utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(point) + "\n" for point in points)


def is_done(training: Training, points: list[Point]) -> bool:
    """Whether a training has been measured at all its marks, with all its measures, or has failed."""
    config = changes(training.config)
    mine = [point for point in points if key(**_key_of(point)) in {
        key(training.variant, config, training.data, mark) for mark in training.marks}]  # fmt: skip
    if any("failed" in point for point in mine):
        return True
    measured = {point["iteration"] for point in mine if set(training.measures) <= point.keys()}
    return measured >= set(training.marks)


def _key_of(point: Point) -> dict[str, Any]:
    return {name: point[name] for name in KEY}
