"""How long a training takes by the clock: its iterations times the milliseconds of one, measured alone.

A study trains beside other work, so its own clock tells little. `python -m benchmarks.seconds` times an iteration of
every kind that the plans have, on one thread of an idle machine, and keeps that in a file. Read here, it is the axis of
every table and curve.
"""

import json
from pathlib import Path
from typing import Any

from gan.config import Config
from gan.errors import InputError, parse_json
from gan.study.points import Point

# What decides how long an iteration takes; gamma counts only by being there.
COSTLY = (
    "loss", "labels", "augment", "bend", "freeze", "generator_updates", "batch", "latent", "channels",
    "hidden_generator", "hidden_discriminator", "convolution",
)  # fmt: skip


def cost(config: Config) -> str:
    """What two configs have in common whose iterations take the same time, as text."""
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
            kept = parse_json(path.read_text("utf-8"))
            self.about: dict[str, Any] = {name: kept[name] for name in ("machine", "day", "step")}
            self._ms: dict[str, float] = {row["cost"]: row["ms"] for row in kept["rows"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: expected what python -m benchmarks.seconds writes: {error}") from error
        self.path = path

    def per_iteration(self, config: Config) -> float:
        """Milliseconds of an iteration; InputError where its kind was not timed."""
        try:
            return self._ms[cost(config)]
        except KeyError:
            kind = cost(config)
            raise InputError(f"{self.path}: has no time for {kind}; python -m benchmarks.seconds adds it") from None

    def of(self, point: Point) -> float:
        """Seconds of one thread from the beginning to a point."""
        config = Config.from_json(json.dumps(point["config"] or {"seed": 0}), "point")
        return point["iteration"] * self.per_iteration(config) / 1000
