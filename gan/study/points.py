"""The results of a study: a file of JSON with one point a line.

    {"variant": "three", "digit": 2, "seed": 0, "data": "full", "iteration": 1000, "config": {"generator_updates": 3},
     "cpu_seconds": 14.2, "sheet": {"read": 0.98}}

`config` holds the differences from a Config's defaults, so a line alone says what was trained. A failed training has a
reason in `failed`, and counts. Lines are written when their training has ended, so a stopped study resumes and loses
only the trainings that were running.

A study trains next to other work, so its own clock tells little. `python -m benchmarks.seconds` times an iteration of
every kind in the plans, on one thread of an idle machine, and stores the times in a file. `Seconds` reads it:
iterations times milliseconds are the time axis of every table and curve.
"""

import json
from pathlib import Path
from typing import Any

from gan.config import Config
from gan.errors import InputError, parse_json
from gan.study.plan import Training, changes

Point = dict[str, Any]
KEY = ("variant", "config", "data", "iteration")  # identifies a point


def key(variant: str, config: dict[str, Any], data: str, iteration: int) -> tuple[str, str, str, int]:
    """Return the key that identifies a point."""
    return variant, json.dumps(config, sort_keys=True), data, iteration


def read_points(path: Path) -> list[Point]:
    """Return the points of a file, in order; none if there is no file.

    Raises
    ------
    InputError : a line is no point. Only the last line may be cut short, by a kill.
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
    """Append points to a file; a half line left by a kill is removed first."""
    text = path.read_text("utf-8") if path.exists() else ""
    complete = text[: text.rfind("\n") + 1]
    if complete != text:
        path.write_text(complete, "utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(point) + "\n" for point in points)


def is_done(training: Training, points: list[Point]) -> bool:
    """Return whether a training has failed, or has been measured at all its marks with all its measures."""
    config = changes(training.config)
    keys = {key(training.variant, config, training.data, mark) for mark in training.marks}
    own = [point for point in points if key(*(point[name] for name in KEY)) in keys]
    if any("failed" in point for point in own):
        return True
    measured = {point["iteration"] for point in own if set(training.measures) <= point.keys()}
    return measured >= set(training.marks)


# The settings that decide how long an iteration takes. Of gamma only whether it is above 0 counts.
COSTLY = (
    "loss", "labels", "augment", "bend", "freeze", "generator_updates", "batch", "latent", "channels",
    "hidden_generator", "hidden_discriminator", "convolution",
)  # fmt: skip


def cost(config: Config) -> str:
    """Return a text that is equal for two configs if their iterations take the same time."""
    fields = {name: getattr(config, name) for name in COSTLY}
    return json.dumps(fields | {"penalty": config.gamma > 0})


class Seconds:
    """Milliseconds of an iteration, by `cost`, as `python -m benchmarks.seconds` has written them.

    Attributes
    ----------
    about : dict
        The machine, the day, and what `benchmarks.step` measured in the same hour.
    """

    def __init__(self, path: Path) -> None:
        try:
            content = parse_json(path.read_text("utf-8"))
            self.about: dict[str, Any] = {name: content[name] for name in ("machine", "day", "step")}
            self._ms: dict[str, float] = {row["cost"]: row["ms"] for row in content["rows"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: expected what python -m benchmarks.seconds writes: {error}") from error
        self.path = path

    def per_iteration(self, config: Config) -> float:
        """Return the milliseconds of an iteration; InputError if its kind was not timed."""
        try:
            return self._ms[cost(config)]
        except KeyError:
            kind = cost(config)
            raise InputError(f"{self.path}: has no time for {kind}; python -m benchmarks.seconds adds it") from None

    def of(self, point: Point) -> float:
        """Return the seconds of one thread from the start to a point."""
        config = Config.from_json(json.dumps(point["config"] or {"seed": 0}), "point")
        return point["iteration"] * self.per_iteration(config) / 1000
