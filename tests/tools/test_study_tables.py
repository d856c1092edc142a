"""tools/study/docs_pages.py and plan_and_results.py: times per iteration, medians over seeds, and failures.

test_study.py compares the tables of all studies with the pages in docs.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from gan.errors import InputError
from gan.rules.config import Config
from tests.helpers.fake_worker import tiny
from tools.study.docs_pages import figures, first_reached, reached
from tools.study.plan_and_results import Seconds, changes, cost


def timed(tmp_path: Path, *configs: Config) -> Seconds:
    """Return times per iteration of 1, 2, ... ms for these configs."""
    rows = [{"cost": cost(config), "ms": float(ms)} for ms, config in enumerate(configs, 1)]
    path = tmp_path / "seconds.json"
    path.write_text(json.dumps({"machine": {}, "day": "2026-11-26", "step": {}, "rows": rows}))
    return Seconds(path)


def point(config: Config, iteration: int, read: float, variant: str = "one") -> dict[str, Any]:
    digit = "any" if config.digit is None else config.digit
    about = {"variant": variant, "digit": digit, "seed": config.seed, "data": "sample", "config": changes(config)}
    return about | {"iteration": iteration, "sheet": {"read": read, "variety": 0.875}}


def test_settings_without_effect_on_time_have_the_same_cost() -> None:
    one = tiny(3)
    same: dict[str, Any] = {"seed": 7, "learning_rate": 0.5, "iterations": 9, "gamma": 0.1, "beta2": 0.5}
    assert all(cost(tiny(3, **{name: value})) == cost(one) for name, value in same.items())
    other: dict[str, Any] = {"gamma": 0.0, "batch": 9, "generator_updates": 2, "channels": (5, 8), "bend": True}
    assert len({cost(one), *(cost(tiny(3, **{name: value})) for name, value in other.items())}) == 1 + len(other)


def test_seconds_are_iterations_times_seconds_per_iteration(tmp_path: Path) -> None:
    one, two = tiny(3), tiny(3, batch=9)
    seconds = timed(tmp_path, one, two)
    assert seconds.per_iteration(two) == 2.0
    assert seconds.of(point(one, 500, 0)) == 0.5
    assert seconds.of(point(two, 500, 0)) == 1.0
    assert seconds.about["day"] == "2026-11-26"


def test_a_config_without_a_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"seconds\.json: has no time for .*python -m benchmarks\.seconds"):
        timed(tmp_path, tiny(3)).per_iteration(tiny(3, batch=9))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"machine": {}, "day": "", "step": {}, "rows": [3]}'])
def test_a_file_without_times_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json: expected the output of python -m benchmarks\.seconds"):
        Seconds(tmp_path / "a.json")


def test_medians_use_the_first_time_and_include_trainings_without_one(tmp_path: Path) -> None:
    fast, slow = tiny(3), tiny(3, seed=1)
    points = [point(fast, 20, 0.9), point(fast, 10, 0.6), point(fast, 30, 0.4), point(slow, 10, 0.1),
              point(slow, 30, 0.5)]  # fmt: skip
    assert first_reached(points, 0.5) == {(3, 0): points[1], (3, 1): points[4]}
    table = reached(points, timed(tmp_path, fast)).splitlines()
    assert table == [
        "|  | 50% recognized, s | 90% recognized, s | variety at the end |",
        "| --- | ---: | ---: | ---: |",
        "| one | 0.0 (0.0 to 0.0) | 0.0, 1 of 2 | 0.88 (0.88 to 0.88) |",
    ]


def test_a_failed_training_reaches_nothing(tmp_path: Path) -> None:
    config = tiny(3)
    failed = {name: value for name, value in point(config, 10, 0).items() if name != "sheet"} | {"failed": "it did"}
    assert reached([failed], timed(tmp_path, config), [0.5]).splitlines()[2] == "| one | never, 0 of 1 | never |"


def point_with_figures(
    config: Config, iteration: int, first: float, second: float, variant: str = "one"
) -> dict[str, Any]:
    """Return a point with these Fréchet ratios, a precision of 0.9 and a recall of 0.8."""
    both = [
        {"frechet": {"ratio": ratio}, "precision": {"fake": 0.9}, "recall": {"fake": 0.8}} for ratio in (first, second)
    ]
    return point(config, iteration, 0, variant) | {"figures": both[0] | {"second": both[1]}}


def test_figures_are_final_means_over_seeds_then_digits(tmp_path: Path) -> None:
    three, four = tiny(3), tiny(4)
    rows = [(three, 500, 9, 9), (three, 1000, 1, 2), (tiny(3, seed=1), 1000, 2, 2), (four, 1000, 3, 5)]
    points = [point_with_figures(*row) for row in rows]
    assert figures(points, timed(tmp_path, three)).splitlines() == [
        "|  | s | 3 | 4 | mean | second evaluator | precision | recall |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| one | 1 | 1.50 | 3.00 | 2.25 | 3.50 | 0.900 | 0.800 |",
    ]


def test_failures_are_counted_beside_the_name(tmp_path: Path) -> None:
    config = tiny(3)
    failed = point(tiny(3, seed=1), 20, 0) | {"failed": "it did"}
    rows = figures([point_with_figures(config, 1000, 1, 1), failed], timed(tmp_path, config)).splitlines()
    assert rows[2].startswith("| one (1 of 2 failed) | 1 | 1.00 |")
    assert figures([failed], timed(tmp_path, config)).splitlines()[2].startswith("| one (1 of 1 failed) |  |")
