"""Read the plan of a study, and read and write its results.

A plan is a TOML file:

    about = "How many updates of G for one of D?"
    digits = [1, 2, 5]      # 0 to 9, or "any"
    seeds = [0, 1, 2]
    marks = [1000, 2000]    # iterations after which to measure; by default the last one
    # the figures of gan.evaluate; "sheet" measures a sheet of 64 drawings; "verdict"
    # measures D's preferences before and after G's update
    measures = ["figures"]

    [base]                  # changes to `gan.rules.config.preset` for all variants
    network = "quick"

    [variants.one]          # further changes for each variant
    [variants.three]
    generator_updates = 3

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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan.base.errors import InputError, parse_json
from gan.rules.config import Config, preset
from nnet.durable_write import replacing

MEASURES = ("sheet", "figures", "verdict")
Run = dict[str, Any]
FIELDS = {"variant", "digit", "seed", "config", "points"}  # of a run


def is_filled(value: Any) -> bool:
    return isinstance(value, list) and value != []


def are_marks(marks: Any) -> bool:
    whole = is_filled(marks) and all(type(mark) is int and mark > 0 for mark in marks)
    return marks is None or (whole and marks == sorted(set(marks)))


# The keys of a plan, and whether a value is valid. `preset` checks digits, seeds and
# settings.
VALID: dict[str, Callable[[Any], bool]] = {
    "about": lambda text: isinstance(text, str),
    "digits": is_filled,
    "seeds": is_filled,
    "measures": lambda names: (
        is_filled(names) and all(name in MEASURES for name in names)
    ),
    "marks": are_marks,
    "base": lambda fields: fields is None or isinstance(fields, dict),
    "variants": lambda them: (
        isinstance(them, dict)
        and all(isinstance(fields, dict) for fields in them.values())
    ),
}


@dataclass(frozen=True)
class Training:
    """One training run in a study.

    `marks` are the iterations, ascending, after which to measure; the last one ends the
    training. `measures` are from `MEASURES`.
    """

    variant: str
    config: Config
    marks: tuple[int, ...]
    measures: tuple[str, ...]

    def fields(self) -> Run:
        """Return the fields of the run in the results, without its points."""
        digit = self.config.digit
        config = changes(self.config)
        found = {
            "variant": self.variant,
            "digit": "any" if digit is None else digit,
            "seed": self.config.seed,
        }
        return found | {"config": config}


def changes(config: Config) -> dict[str, Any]:
    """Return the fields of a config that differ from the defaults, as JSON types."""
    fields, usual = (json.loads(one.to_json()) for one in (config, Config()))
    return {
        name: value
        for name, value in fields.items()
        if name not in usual or value != usual[name]
    }


def read_plan(path: Path) -> list[Training]:
    """Return the training runs of a plan, by variant, then seed, then digit.

    Raise InputError if the file is not a plan, or contains an unknown key or an invalid
    value.
    """
    try:
        plan = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        # A number of more than 4,300 digits raises a ValueError.
        raise InputError(f"{path}: expected a plan in TOML: {error}") from error
    for name in [*VALID, *plan]:
        if name not in VALID or not VALID[name](plan.get(name)):
            advice = "tools/study/plan_and_results.py describes a plan"
            raise InputError(
                f"{path}: expected valid {', '.join(VALID)}, found {name} = "
                f"{plan.get(name)!r}; {advice}"
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


def training_of(
    plan: dict[str, Any], variant: str, digit: Any, changed: dict[str, Any]
) -> Training:
    fields: dict[str, Any] = {
        name: tuple(item) if isinstance(item, list) else item
        for name, item in changed.items()
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
    runs = list[Run]()
    for number, line in enumerate(
        path.read_bytes().splitlines() if path.exists() else [], 1
    ):
        try:
            runs.append(parse_json(line))
        except ValueError as error:
            raise InputError(
                f"{path}: line {number}: expected a run in JSON: {error}"
            ) from error
        if (
            not isinstance(runs[-1], dict)
            or runs[-1].keys() != FIELDS
            or not is_filled(runs[-1]["points"])
        ):
            raise InputError(
                f"{path}: line {number}: expected a run with "
                f"{', '.join(sorted(FIELDS))}"
            )
    return runs


def write_runs(path: Path, runs: Sequence[Run]) -> None:
    with replacing(path) as beside:
        beside.write_text(
            "".join(json.dumps(run, separators=(",", ":")) + "\n" for run in runs),
            "utf-8",
        )


def is_done(training: Training, runs: Sequence[Run]) -> bool:
    return any(run | training.fields() == run for run in runs)
