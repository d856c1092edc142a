"""What a study trains: a file in TOML, read into trainings.

    about = "How many updates of G for one of D?"
    data = "full"                # or "sample", the one that ships
    digits = [1, 2, 5]           # 0 to 9, or "any"
    seeds = [0, 1, 2]
    marks = [1000, 2000]         # iterations after which to measure; left out: the last one
    measures = ["figures"]       # or "sheet" (of 64 drawings), "verdict" (the judge's, before and after G's update)

    [base]                       # what all of them change of `gan.config.preset`
    network = "quick"

    [variants.one]               # and what each of them changes besides
    [variants.three]
    generator_updates = 3

Every variant is trained for every digit with every seed. TOML has no None: `iterations = "none"` trains at a constant
rate, up to the last mark.
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
# What a plan must have, and what it may.
NEEDED = {"about": str, "data": str, "digits": list, "seeds": list, "measures": list, "variants": dict}
FREE = {"marks": list, "base": dict, "n": int}


@dataclass(frozen=True)
class Training:
    """One training of a study, and when it is measured.

    Attributes
    ----------
    variant : str
    config : Config
    data : "sample" or "full"
    marks : tuple of int, ascending
        Iterations after which it is measured; training ends with the last.
    measures : tuple of str, of `MEASURES`
    n : int or None
        Pictures a comparison, for figures; None: as many as `gan.evaluate` takes.
    """

    variant: str
    config: Config
    data: str
    marks: tuple[int, ...]
    measures: tuple[str, ...]
    n: int | None = None


def changes(config: Config) -> dict[str, Any]:
    """The fields of a config that are not a Config's own defaults, as JSON holds them."""
    usual = Config()
    fields = {name: value for name, value in vars(config).items() if value != getattr(usual, name)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def read_plan(path: Path) -> tuple[str, list[Training]]:
    """What a plan is about, and its trainings: variant by variant, seed by seed, digit by digit.

    Raises
    ------
    InputError : no plan, or one with a word or a value that it cannot have.
    """
    try:
        plan = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # the reader's own errors, and Python's for 4301 digits
        raise InputError(f"{path}: expected a plan in TOML: {error}") from error
    check(plan, path)
    found = []
    for variant, changed in plan["variants"].items():
        for seed in plan["seeds"]:
            for digit in plan["digits"]:
                asked = plan.get("base", {}) | changed | {"seed": seed}
                config = config_of(digit, plan["data"] == "sample", asked, f"{path}: {variant}")
                marks = tuple(plan.get("marks") or [config.iterations])
                if marks[-1] is None:
                    raise InputError(f"{path}: {variant}: expected marks where iterations are none, found no marks")
                found.append(Training(variant, config, plan["data"], marks, tuple(plan["measures"]), plan.get("n")))
    return plan["about"], found


def check(plan: dict[str, Any], path: Path) -> None:
    """InputError unless every entry is there, known, of its type and of what it may be."""
    kinds = NEEDED | FREE
    for name in NEEDED.keys() - plan.keys():
        raise InputError(f"{path}: expected {name}, found none; gan/study/plan.py says what a plan holds")
    for name, value in plan.items():
        if not isinstance(value, kinds.get(name, ())):
            expected = (
                f"{name} to be a {kinds[name].__name__}" if name in kinds else f"entries among {', '.join(kinds)}"
            )
            raise InputError(f"{path}: expected {expected}, found {name} = {value!r}")
    marks = plan.get("marks", [1])
    good = {
        "data": plan["data"] in DATA,
        "digits": all(digit == "any" or digit in range(10) for digit in plan["digits"]),
        "seeds": bool(plan["seeds"]) and all(type(seed) is int for seed in plan["seeds"]),
        "measures": bool(plan["measures"]) and set(plan["measures"]) <= set(MEASURES),
        "marks": all(type(mark) is int and mark > 0 for mark in marks) and marks == sorted(set(marks)),
        "variants": all(isinstance(changed, dict) for changed in plan["variants"].values()),
    }
    for name in (name for name, fits in good.items() if not fits):
        raise InputError(f"{path}: {name} = {plan[name]!r} is not what gan/study/plan.py says; mend the plan")


def config_of(digit: int | str, few: bool, asked: dict[str, Any], where: str) -> Config:
    """The preset of a digit with what is asked for; InputError that says where, for what a Config cannot have."""
    names = {field.name for field in dataclasses.fields(Config)}
    if unknown := asked.keys() - names:
        raise InputError(f"{where}: expected fields of gan/config.py, found {', '.join(sorted(unknown))}")
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()}
    if fields.get("iterations") == "none":
        fields["iterations"] = None
    try:
        return preset(None if digit == "any" else int(digit), few=few, **fields)
    except (InputError, TypeError) as error:
        raise InputError(f"{where}: {error}") from error
