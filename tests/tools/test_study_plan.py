"""tools/study/plan_and_results.py: valid and invalid plans, and the training runs that a plan describes."""

from pathlib import Path
from typing import Any

import pytest

from gan.errors import InputError
from gan.rules.config import Config, preset
from tools.study.plan_and_results import changes, read_plan

PLAN = """
about = "a trial"
data = "sample"
digits = [3, "any"]
seeds = [0, 7]
measures = ["sheet"]
[base]
network = "quick"
[variants.one]
[variants.three]
generator_updates = 3
iterations = 40
channels = [4, 8]
"""


def write_plan(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "trial.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_plan_is_every_combination_of_variant_digit_and_seed(tmp_path: Path) -> None:
    trainings = read_plan(write_plan(tmp_path, PLAN))
    variants: dict[str, Any] = {"one": {}, "three": {"generator_updates": 3, "iterations": 40, "channels": (4, 8)}}
    assert [(t.variant, t.config) for t in trainings] == [
        (name, preset(digit, network="quick", few=True, seed=seed, **fields))
        for name, fields in variants.items() for seed in (0, 7) for digit in (3, None)
    ]  # fmt: skip
    assert {(t.data, t.measures) for t in trainings} == {("sample", ("sheet",))}
    assert [t.marks for t in trainings] == [(t.config.iterations,) for t in trainings]
    of_full = read_plan(write_plan(tmp_path, PLAN.replace('"sample"', '"full"')))
    assert of_full[0].config == preset(3, network="quick")


def test_unlimited_iterations_need_marks(tmp_path: Path) -> None:
    text = PLAN.replace("iterations = 40", 'iterations = "none"')
    with pytest.raises(InputError, match="three: expected marks if iterations are none"):
        read_plan(write_plan(tmp_path, text))
    trainings = read_plan(write_plan(tmp_path, "marks = [10]\n" + text))
    assert (trainings[-1].config.iterations, {t.marks for t in trainings}) == (None, {(10,)})


INVALID = {
    "no file": ("", "expected a plan in TOML"),
    "more digits than Python reads": (f"n = {'9' * 5000}" + PLAN, "expected a plan in TOML"),
    "nothing of what it needs": ("n = 3", "expected valid about, .*, found about = None"),
    "an unknown entry": ("colour = 3" + PLAN, "found colour = 3"),
    "an entry of another type": (PLAN.replace("[0, 7]", "3"), "found seeds = 3; "),
    "other data": (PLAN.replace('"sample"', '"half"'), "data = 'half'"),
    "no such digit": (PLAN.replace("[3,", "[10,"), "one: digit: expected a whole number from 0 to 9"),
    "no seed": (PLAN.replace("[0, 7]", "[]"), "seeds ="),
    "an unknown measure": (PLAN.replace('["sheet"]', '["weight"]'), "measures ="),
    "marks out of order": ("marks = [20, 10]" + PLAN, "marks ="),
    "an unknown field": (PLAN.replace("generator_updates", "updates"), "three: .* argument 'updates'"),
    "a value out of range": (PLAN.replace("updates = 3", "updates = 0"), "three: generator_updates: expected a whole"),
    "a variant that is no table": (PLAN.replace("[variants.one]", "[variants]\none = 3"), "variants = "),
}


@pytest.mark.parametrize("kind", INVALID)
def test_an_invalid_plan_gives_a_one_line_error_with_the_file_name(tmp_path: Path, kind: str) -> None:
    text, expected = INVALID[kind]
    path = write_plan(tmp_path, text) if text else tmp_path / "trial.toml"
    with pytest.raises(InputError, match=expected) as error:
        read_plan(path)
    assert str(error.value).startswith(f"{tmp_path / 'trial.toml'}: ")


def test_changes_are_the_settings_that_are_not_defaults() -> None:
    found = changes(Config(seed=3, channels=(1, 2), iterations=None))
    assert found == {"seed": 3, "channels": [1, 2], "iterations": None}


PLANS = sorted((Path(__file__).parents[2] / "docs" / "studies").glob("*.toml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_the_bundled_plans_can_be_read(path: Path) -> None:
    assert read_plan(path)
