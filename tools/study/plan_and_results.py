"""Read the plan of a study, and read and write its results.

A plan is a TOML file:

    about = "How many updates of G for one of D?"
    data = "full"                # or "sample", the bundled one
    digits = [1, 2, 5]           # 0 to 9, or "any"
    seeds = [0, 1, 2]
    marks = [1000, 2000]         # iterations after which to measure; by default only the last one
    measures = ["figures"]       # the figures of gan.evaluate; "sheet" measures a sheet of 64 drawings; "verdict"
                                 # measures D's preferences before and after G's update

    [base]                       # changes to the output of `gan.rules.config.preset` for all variants
    network = "quick"

    [variants.one]               # further changes for each variant
    [variants.three]
    generator_updates = 3

Every variant is trained on every digit with every seed. Because TOML has no None, `iterations = "none"` means training
at a constant learning rate up to the last mark.

The results are a file with a line of JSON for each training run, with a point for each mark:

    {"variant": "three", "digit": 2, "seed": 0, "data": "full", "config": {"generator_updates": 3},
     "points": [{"iteration": 1000, "seconds": 5.6, "sheet": {"read": 0.98}}]}

`config` contains the differences from the default Config, so each line fully describes its run. The point of a failed
run gives the reason in `failed`, and the run counts as done. A line is written when its run ends, so a stopped study
loses only the runs in progress. The files in docs/studies keep only the points that the pages use: delete
a file to repeat its study.

`seconds` is the CPU time of training up to the point, without measurements. Other programs on the machine raise it, so
use an idle machine and `--workers 1` if it matters.
"""

import dataclasses
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan.errors import InputError, parse_json
from gan.rules.config import Config, preset

DATA = ("sample", "full")
ADVICE = "tools/study/plan_and_results.py describes a plan"
MEASURES = ("sheet", "figures", "verdict")
REQUIRED = {"about": str, "data": str, "digits": list, "seeds": list, "measures": list, "variants": dict}
OPTIONAL = {"marks": list, "base": dict}
Point = dict[str, Any]
OF_RUN = ("variant", "digit", "seed", "data", "config")  # the fields that all points of a run share


@dataclass(frozen=True)
class Training:
    """One training run in a study.

    `data` is "sample" or "full". `marks` are the iterations, ascending, after which to measure; the last one ends the
    training. `measures` are from `MEASURES`.
    """

    variant: str
    config: Config
    data: str
    marks: tuple[int, ...]
    measures: tuple[str, ...]


def changes(config: Config) -> dict[str, Any]:
    """Return the fields of a config that differ from the defaults, as JSON types."""
    usual = Config()
    fields = {name: value for name, value in vars(config).items() if value != getattr(usual, name)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def read_plan(path: Path) -> tuple[str, list[Training]]:
    """Return the plan's `about` text and its training runs, ordered by variant, then by seed, then by digit.

    Raise InputError if the file is not a plan, or contains an unknown key or an invalid value.
    """
    try:
        plan = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # a number of more than 4,300 digits raises a ValueError
        raise InputError(f"{path}: expected a plan in TOML: {error}") from error
    check(plan, path)
    trainings = []
    for variant, changed in plan["variants"].items():
        for seed in plan["seeds"]:
            for digit in plan["digits"]:
                fields = plan.get("base", {}) | changed | {"seed": seed}
                config = config_of(digit, plan["data"] == "sample", fields, f"{path}: {variant}")
                marks = tuple(plan.get("marks") or [config.iterations])
                if marks[-1] is None:
                    raise InputError(f"{path}: {variant}: expected marks if iterations are none, found no marks")
                trainings.append(Training(variant, config, plan["data"], marks, tuple(plan["measures"])))
    return plan["about"], trainings


def check(plan: dict[str, Any], path: Path) -> None:
    """Raise InputError if a required key is missing, a key is unknown, or a value has the wrong type or range."""
    kinds = REQUIRED | OPTIONAL
    for name in REQUIRED.keys() - plan.keys():
        raise InputError(f"{path}: expected {name}, found none; {ADVICE}")
    for name, value in plan.items():
        if not isinstance(value, kinds.get(name, ())):
            known = f"{name} to be a {kinds[name].__name__}" if name in kinds else ""
            expected = known or f"entries among {', '.join(kinds)}"
            raise InputError(f"{path}: expected {expected}, found {name} = {value!r}")
    marks = plan.get("marks", [1])
    checks = {
        "data": plan["data"] in DATA,
        "digits": all(digit == "any" or digit in range(10) for digit in plan["digits"]),
        "seeds": bool(plan["seeds"]) and all(type(seed) is int for seed in plan["seeds"]),
        "measures": bool(plan["measures"]) and set(plan["measures"]) <= set(MEASURES),
        "marks": all(type(mark) is int and mark > 0 for mark in marks) and marks == sorted(set(marks)),
        "variants": all(isinstance(changed, dict) for changed in plan["variants"].values()),
    }
    for name in (name for name, good in checks.items() if not good):
        raise InputError(f"{path}: {name} = {plan[name]!r} is invalid; {ADVICE}")


def config_of(digit: int | str, few: bool, changed: dict[str, Any], source: str) -> Config:
    """Return the preset for a digit with changes. Raise an InputError that names `source` if they are invalid."""
    if unknown := changed.keys() - {field.name for field in dataclasses.fields(Config)}:
        raise InputError(f"{source}: expected fields of gan/rules/config.py, found {', '.join(sorted(unknown))}")
    fields: dict[str, Any] = {name: tuple(item) if isinstance(item, list) else item for name, item in changed.items()}
    if fields.get("iterations") == "none":
        fields["iterations"] = None
    try:
        return preset(None if digit == "any" else int(digit), few=few, **fields)
    except (InputError, TypeError) as error:
        raise InputError(f"{source}: {error}") from error


def read_points(path: Path) -> list[Point]:
    """Return the points in a file in order, or an empty list if there is no file.

    Raise InputError if a line is not a valid run. An invalid last line is ignored, because a killed process may have
    cut it short.
    """
    if not path.exists():
        return []
    lines, points = path.read_bytes().splitlines(), []
    for number, line in enumerate(lines, 1):
        try:
            points += _points(parse_json(line))
        except ValueError as error:
            if number < len(lines):
                raise InputError(f"{path}: line {number}: expected a run in JSON: {error}") from error
    return points


def _points(line: Any) -> list[Point]:
    fields = (*OF_RUN, "points")
    if not isinstance(line, dict) or line.keys() != {*fields} or not isinstance(line["points"], list):
        raise ValueError(f"expected {', '.join(fields)}")
    if not all(isinstance(point, dict) and "iteration" in point for point in line["points"]):
        raise ValueError("expected points with an iteration")
    run = {name: line[name] for name in OF_RUN}
    return [run | point for point in line["points"]]


def add_points(path: Path, points: list[Point]) -> None:
    """Append the points of a run to a file. First remove an incomplete last line left by a killed process."""
    text = path.read_text("utf-8") if path.exists() else ""
    complete = text[: text.rfind("\n") + 1]
    if complete != text:
        path.write_text(complete, "utf-8")
    line = {name: points[0][name] for name in OF_RUN}
    line["points"] = [{name: value for name, value in point.items() if name not in OF_RUN} for point in points]
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")


def is_done(training: Training, points: list[Point]) -> bool:
    """Return whether a training run has failed or has all its measures at all its marks."""
    same = {"variant": training.variant, "config": changes(training.config), "data": training.data}
    own = [point for point in points if point | same == point and point["iteration"] in training.marks]
    if any("failed" in point for point in own):
        return True
    measured = {point["iteration"] for point in own if set(training.measures) <= point.keys()}
    return measured >= set(training.marks)
