"""Read the plan of a study, and read and write its results.

A plan is a TOML file:

    about = "How many updates of G for one of D?"
    digits = [1, 2, 5]      # 0 to 9, or "any"
    seeds = [0, 1, 2]
    marks = [1000, 2000]    # iterations after which to measure; by default the last one
    measures = ["figures"]  # see below

    [base]                  # changes to `gan.rules.run_config.preset` for all variants
    network = "quick"

    [variants.one]          # further changes for each variant
    [variants.three]
    generator_updates = 3

The measure "figures" means those of gan.evaluate, "sheet" those of a sheet of 64
drawings, and "verdict" D's preferences before and after G's update.

Every variant is trained on every digit with every seed. Because TOML has no None,
`iterations = "none"` means training at a constant learning rate up to the last mark.

The results are a file with a line of JSON for each training run, with a point for each
mark:

    {"variant": "three", "digit": 2, "seed": 0, "config": {"generator_updates": 3},
     "points": [{"iteration": 1000, "seconds": 5.6, "sheet": {"read": 0.98}}]}

`config` contains the differences from the default Config, so each line fully describes
its run. The last point of a failed run gives the reason in `failed`. A line is written
when its run ends, so a stopped study loses only the runs in progress. A run in the file
is not repeated: delete the file after a change of marks or measures. The files in
docs/studies keep only the points that the pages use.

`seconds` is the CPU time of training up to the point, without measurements except for
the verdict. Other programs on the machine raise it, so use an idle machine and
`--workers 1` if it matters.
"""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan.base.errors import InputError, parse_json
from gan.rules.run_config import Config, preset
from nnet.durable_write import replacing

MEASURES = ("sheet", "figures", "verdict")
# the keys of a plan, all needed but the last two, and the types of their values
KEYS = {
    "about": str,
    "digits": list,
    "seeds": list,
    "measures": list,
    "variants": dict,
    "marks": list,
    "base": dict,
}
OPTIONAL = ("marks", "base")
Run = dict[str, Any]  # a line of the results
FIELDS = {"variant", "digit", "seed", "config", "points"}  # of a line


@dataclass(frozen=True)
class Training:
    """One training run in a study.

    `marks` are the iterations, ascending, after which to measure; the last one ends the
    training. `measures` are members of `MEASURES`.
    """

    variant: str
    config: Config
    marks: tuple[int, ...]
    measures: tuple[str, ...]

    def fields(self) -> Run:
        """Return the fields of the run in the results, without its points."""
        digit = self.config.digit
        return {
            "variant": self.variant,
            "digit": "any" if digit is None else digit,
            "seed": self.config.seed,
            "config": changes(self.config),
        }


def changes(config: Config) -> dict[str, Any]:
    """Return the fields of a config that differ from the defaults, as JSON types."""
    default = json.loads(Config().to_json())
    fields = json.loads(config.to_json())
    return dict(item for item in fields.items() if item not in default.items())


def read_plan(path: Path) -> list[Training]:
    """Return the training runs of a plan, by variant, then seed, then digit.

    Raise InputError if the file is not TOML, or has an unknown key or an invalid value.
    """
    try:
        plan = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        # A number of more than 4,300 digits raises a ValueError.
        raise InputError(f"{path}: expected a plan in TOML: {error}") from error
    for name in [*KEYS, *plan]:
        if not is_valid(name, plan.get(name)):
            raise InputError(
                f"{path}: expected valid {', '.join(KEYS)}, "
                f"found {name} = {plan.get(name)!r}; "
                "tools/study/plan_and_results.py describes a plan"
            )
    trainings = []
    for variant, changed in plan["variants"].items():
        try:
            for seed in plan["seeds"]:
                fields = plan.get("base", {}) | changed | {"seed": seed}
                trainings += [
                    training_of(plan, variant, digit, fields)
                    for digit in plan["digits"]
                ]
        except (InputError, TypeError) as error:
            raise InputError(f"{path}: {variant}: {error}") from error
    return trainings


def is_valid(name: str, value: Any) -> bool:
    """Return whether a key of a plan may have this value; None if it is missing.

    `preset` checks digits, seeds and settings.
    """
    if value is None:
        return name in OPTIONAL
    if name not in KEYS or not isinstance(value, KEYS[name]):
        return False
    if name == "measures":
        return value != [] and all(one in MEASURES for one in value)
    if name == "marks":
        is_whole = all(type(mark) is int and mark > 0 for mark in value)
        return value != [] and is_whole and value == sorted(set(value))
    if name == "variants":
        return all(isinstance(fields, dict) for fields in value.values())
    return bool(value) or not isinstance(value, list)


def training_of(
    plan: dict[str, Any], variant: str, digit: Any, changed: dict[str, Any]
) -> Training:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in changed.items()
    }
    if fields.get("iterations") == "none":
        fields["iterations"] = None
    config = preset(None if digit == "any" else digit, **fields)
    marks = plan.get("marks") or [config.iterations]
    if marks == [None]:
        raise InputError("expected marks if iterations are none, found no marks")
    return Training(variant, config, tuple(marks), tuple(plan["measures"]))


def read_runs(path: Path) -> list[Run]:
    """Return the runs in a file, or an empty list if there is no file.

    Raise InputError if a line is not a run.
    """
    lines = path.read_bytes().splitlines() if path.exists() else []
    runs = list[Run]()
    for number, line in enumerate(lines, start=1):
        try:
            run = parse_json(line)
        except ValueError:
            run = None
        is_run = isinstance(run, dict) and run.keys() == FIELDS
        if not is_run or not isinstance(run["points"], list) or not run["points"]:
            raise InputError(
                f"{path}: line {number}: expected a run in JSON with "
                f"{', '.join(sorted(FIELDS))}; delete the line to repeat its run"
            )
        runs.append(run)
    return runs


def write_runs(path: Path, runs: Sequence[Run]) -> None:
    lines = [json.dumps(run, separators=(",", ":")) + "\n" for run in runs]
    with replacing(path) as beside:
        beside.write_text("".join(lines), "utf-8")


def is_done(training: Training, runs: Sequence[Run]) -> bool:
    return any(run | training.fields() == run for run in runs)
