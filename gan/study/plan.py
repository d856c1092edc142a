"""Read the plan of a study, a TOML file, and return its trainings.

    about = "How many updates of G for one of D?"
    data = "full"                # or "sample", the bundled one
    digits = [1, 2, 5]           # 0 to 9, or "any"
    seeds = [0, 1, 2]
    marks = [1000, 2000]         # iterations after which to measure; by default only the last one
    measures = ["figures"]       # the figures of gan.evaluate; "sheet" measures a sheet of 64 drawings; "verdict"
                                 # measures the judge's preferences before and after G's update

    [base]                       # changes to the output of `gan.config.preset` for all variants
    network = "quick"

    [variants.one]               # further changes for each variant
    [variants.three]
    generator_updates = 3

Every variant is trained on every digit with every seed. Because TOML has no None, `iterations = "none"` means training
at a constant learning rate up to the last mark.
"""

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan.config import Config, preset
from gan.errors import InputError

DATA = ("sample", "full")
MEASURES = ("sheet", "figures", "verdict")
REQUIRED = {"about": str, "data": str, "digits": list, "seeds": list, "measures": list, "variants": dict}
OPTIONAL = {"marks": list, "base": dict, "n": int}


@dataclass(frozen=True)
class Training:
    """One training in a study, and when and how to measure it.

    Attributes
    ----------
    variant : str
    config : Config
    data : "sample" or "full"
    marks : tuple of int, ascending
        Iterations after which to measure. Training ends at the last one.
    measures : tuple of str
        The requested measures, from `MEASURES`.
    n : int or None
        The number of pictures in each comparison for "figures". None means the default of `gan.evaluate`.
    """

    variant: str
    config: Config
    data: str
    marks: tuple[int, ...]
    measures: tuple[str, ...]
    n: int | None = None


def changes(config: Config) -> dict[str, Any]:
    """Return the fields of a config that differ from the defaults, as JSON types."""
    usual = Config()
    fields = {name: value for name, value in vars(config).items() if value != getattr(usual, name)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def read_plan(path: Path) -> tuple[str, list[Training]]:
    """Return the plan's `about` text and its trainings, ordered by variant, then by seed, then by digit.

    Raises
    ------
    InputError
        If the file is not a plan, or contains an unknown key or an invalid value.
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
                measures = tuple(plan["measures"])
                trainings.append(Training(variant, config, plan["data"], marks, measures, plan.get("n")))
    return plan["about"], trainings


def check(plan: dict[str, Any], path: Path) -> None:
    """Raise InputError if a required key is missing, a key is unknown, or a value is of the wrong type or range."""
    kinds = REQUIRED | OPTIONAL
    for name in REQUIRED.keys() - plan.keys():
        raise InputError(f"{path}: expected {name}, found none; gan/study/plan.py describes a plan")
    for name, value in plan.items():
        if not isinstance(value, kinds.get(name, ())):
            expected = (
                f"{name} to be a {kinds[name].__name__}" if name in kinds else f"entries among {', '.join(kinds)}"
            )
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
        raise InputError(f"{path}: {name} = {plan[name]!r} is invalid; gan/study/plan.py describes a plan")


def config_of(digit: int | str, few: bool, changed: dict[str, Any], source: str) -> Config:
    """Return the preset for a digit with changes. Raise an InputError that names `source` if they are invalid."""
    if unknown := changed.keys() - {field.name for field in dataclasses.fields(Config)}:
        raise InputError(f"{source}: expected fields of gan/config.py, found {', '.join(sorted(unknown))}")
    fields: dict[str, Any] = {name: tuple(item) if isinstance(item, list) else item for name, item in changed.items()}
    if fields.get("iterations") == "none":
        fields["iterations"] = None
    try:
        return preset(None if digit == "any" else int(digit), few=few, **fields)
    except (InputError, TypeError) as error:
        raise InputError(f"{source}: {error}") from error
