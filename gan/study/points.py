"""Read and write the results of a study, a file with one point in JSON per line.

    {"variant": "three", "digit": 2, "seed": 0, "data": "full", "iteration": 1000, "config": {"generator_updates": 3},
     "cpu_seconds": 14.2, "sheet": {"read": 0.98}}

`config` contains the differences from the default Config, so each line alone describes its training. The point of a
failed training gives the reason in `failed`, and the training counts as done. The lines of a training are written when
it ends, so a stopped study loses only the trainings that were running.

A study shares the machine with other work, so times measured during training mean little. Therefore,
`python -m benchmarks.seconds` times one iteration for every kind of config in the plans, on one thread of an idle
machine. `Seconds` reads the resulting file. All tables and curves show the number of iterations times this time.
"""

import json
from pathlib import Path
from typing import Any

from gan.config import Config
from gan.errors import InputError, parse_json
from gan.study.plan import Training, changes

Point = dict[str, Any]
KEY = ("variant", "config", "data", "iteration")  # the fields that identify a point


def key(variant: str, config: dict[str, Any], data: str, iteration: int) -> tuple[str, str, str, int]:
    """Return a hashable key that identifies a point."""
    return variant, json.dumps(config, sort_keys=True), data, iteration


def read_points(path: Path) -> list[Point]:
    """Return the points in a file in order, or an empty list if there is no file.

    Raises
    ------
    InputError
        If a line is not a valid point. An invalid last line is ignored, because a kill may have cut it short.
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
    """Append points to a file. First remove an incomplete last line that a kill may have left."""
    text = path.read_text("utf-8") if path.exists() else ""
    complete = text[: text.rfind("\n") + 1]
    if complete != text:
        path.write_text(complete, "utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(point) + "\n" for point in points)


def is_done(training: Training, points: list[Point]) -> bool:
    """Return whether a training has failed or has all its measures at all its marks."""
    config = changes(training.config)
    keys = {key(training.variant, config, training.data, mark) for mark in training.marks}
    own = [point for point in points if key(*(point[name] for name in KEY)) in keys]
    if any("failed" in point for point in own):
        return True
    measured = {point["iteration"] for point in own if set(training.measures) <= point.keys()}
    return measured >= set(training.marks)


# The settings that determine how long an iteration takes. It also matters whether gamma is above 0; see `cost`.
COSTLY = (
    "loss", "labels", "augment", "bend", "freeze", "generator_updates", "batch", "latent", "channels",
    "hidden_generator", "hidden_discriminator", "convolution",
)  # fmt: skip


def cost(config: Config) -> str:
    """Return a string that is equal for two configs if their iterations take the same time."""
    fields = {name: getattr(config, name) for name in COSTLY}
    return json.dumps(fields | {"penalty": config.gamma > 0})


class Seconds:
    """The milliseconds that an iteration takes for each `cost`, read from the output of `python -m benchmarks.seconds`.

    Attributes
    ----------
    about : dict
        The machine, the day, and the time that `benchmarks.step` measured within the same hour.
    """

    def __init__(self, path: Path) -> None:
        try:
            content = parse_json(path.read_text("utf-8"))
            self.about: dict[str, Any] = {name: content[name] for name in ("machine", "day", "step")}
            self._ms: dict[str, float] = {row["cost"]: row["ms"] for row in content["rows"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: expected the output of python -m benchmarks.seconds: {error}") from error
        self.path = path

    def per_iteration(self, config: Config) -> float:
        """Return the milliseconds that an iteration takes. Raise InputError if this kind was not timed."""
        try:
            return self._ms[cost(config)]
        except KeyError:
            kind = cost(config)
            raise InputError(f"{self.path}: has no time for {kind}; python -m benchmarks.seconds adds it") from None

    def of(self, point: Point) -> float:
        """Return the seconds that one thread needs from the start of training to a point."""
        config = Config.from_json(json.dumps(point["config"] or {"seed": 0}), "point")
        return point["iteration"] * self.per_iteration(config) / 1000
