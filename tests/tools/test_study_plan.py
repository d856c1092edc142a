"""tools/study/plan_and_results.py: valid and invalid plans, and the training runs that a plan describes."""

from pathlib import Path
from typing import Any

import pytest

from gan.errors import InputError
from gan.rules.config import Config, preset
from tests.helpers.commands import PLAN, ROOT
from tools.study.docs_pages import STUDIES
from tools.study.plan_and_results import Training, changes, read_plan

TWO = PLAN.replace("digits = [3]", 'digits = [3, "any"]') + "[variants.two]\ngenerator_updates = 2\nchannels = [4, 8]\n"
BASE: dict[str, Any] = {"batch": 4, "channels": (2, 3), "hidden_generator": (4,), "hidden_discriminator": 4}


def read(tmp_path: Path, text: str) -> list[Training]:
    path = tmp_path / "trial.toml"
    path.write_text(text, "utf-8")
    return read_plan(path)


@pytest.mark.parametrize("few", [True, False])
def test_a_plan_is_every_combination_of_variant_digit_and_seed(few: bool, tmp_path: Path) -> None:
    trainings = read(tmp_path, TWO if few else TWO.replace('"sample"', '"full"'))
    variants = {"one": BASE, "two": BASE | {"generator_updates": 2, "channels": (4, 8)}}
    assert trainings == [
        Training(name, preset(digit, few=few, seed=seed, **fields), "sample" if few else "full", (2, 4), ("sheet",))
        for name, fields in variants.items() for seed in (0, 1) for digit in (3, None)
    ]  # fmt: skip


def test_without_marks_the_last_iteration_is_measured(tmp_path: Path) -> None:
    text = TWO.replace("marks = [2, 4]", "")
    assert [one.marks for one in read(tmp_path, text)] == [(one.config.iterations,) for one in read(tmp_path, TWO)]
    endless = '\niterations = "none"\n'
    with pytest.raises(InputError, match="two: expected marks if iterations are none"):
        read(tmp_path, text + endless)
    assert read(tmp_path, TWO + endless)[-1].config.iterations is None


INVALID = {
    "more digits than Python reads": (f"n = {'9' * 5000}" + PLAN, "expected a plan in TOML"),
    "nothing of what it needs": ("n = 3", "expected valid about, .*, found about = None"),
    "an unknown entry": ("colour = 3" + PLAN, "found colour = 3"),
    "an entry of another type": (PLAN.replace("[0, 1]", "3"), "found seeds = 3; "),
    "other data": (PLAN.replace('"sample"', '"half"'), "data = 'half'"),
    "no such digit": (PLAN.replace("[3]", "[10]"), "one: digit: expected a whole number from 0 to 9"),
    "no seed": (PLAN.replace("[0, 1]", "[]"), "seeds ="),
    "an unknown measure": (PLAN.replace('["sheet"]', '["weight"]'), "measures ="),
    "marks out of order": (PLAN.replace("[2, 4]", "[4, 2]"), "marks ="),
    "an unknown field": (PLAN.replace("batch", "bunch"), "one: .* argument 'bunch'"),
    "a value out of range": (PLAN.replace("batch = 4", "batch = 0"), "one: batch: expected a whole number from 1"),
    "a variant that is no table": (PLAN.replace("[variants.one]", "[variants]\none = 3"), "variants = "),
}


@pytest.mark.parametrize("kind", INVALID)
def test_an_invalid_plan_gives_a_one_line_error_with_the_file_name(tmp_path: Path, kind: str) -> None:
    text, expected = INVALID[kind]
    with pytest.raises(InputError, match=expected) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 'trial.toml'}: ")


def test_a_missing_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a plan in TOML"):
        read_plan(tmp_path / "trial.toml")


def test_changes_are_the_settings_that_are_not_defaults() -> None:
    found = changes(Config(seed=3, channels=(1, 2), iterations=None))
    assert found == {"seed": 3, "channels": [1, 2], "iterations": None}


@pytest.mark.parametrize("path", sorted((ROOT / STUDIES).glob("*.toml")), ids=lambda path: path.stem)
def test_the_bundled_plans_can_be_read(path: Path) -> None:
    assert read_plan(path)
