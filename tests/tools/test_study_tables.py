"""tools/study/docs_pages.py and plan_and_results.py: times per iteration, medians over seeds, and failures."""

import json
from pathlib import Path
from typing import Any

import pytest

from gan.errors import InputError
from gan.rules.config import Config
from tests.helpers.fake_worker import tiny
from tools.study.docs_pages import (
    evaluated,
    figures,
    first_reached,
    markdown,
    mean_by_digit,
    reached,
    recognized,
    spread,
    told_apart,
    verdicts,
)
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


def test_rows_have_the_order_of_the_points(tmp_path: Path) -> None:
    config = tiny(3)
    points = [point(config, 1000, 1.0, "b"), point(config, 4000, 1.0, "a"), point(config, 3000, 1.0, "b")]
    rows = reached(points, timed(tmp_path, config), [0.5]).splitlines()[2:]
    assert rows == ["| b | 1.0 | 0.88 |", "| a | 4.0 | 0.88 |"]


def test_names_distinguish_one_digit_from_all(tmp_path: Path) -> None:
    points = [point(tiny(3), 1000, 1.0), point(tiny(None), 2000, 1.0)]
    rows = reached(points, timed(tmp_path, tiny(3)), [0.5]).splitlines()[2:]
    assert rows == ["| one, one digit | 1.0 | 0.88 |", "| one, all digits | 2.0 | 0.88 |"]


def test_a_failed_training_reaches_nothing(tmp_path: Path) -> None:
    config = tiny(3)
    failed = {name: value for name, value in point(config, 10, 0).items() if name != "sheet"} | {"failed": "it did"}
    assert reached([failed], timed(tmp_path, config), [0.5]).splitlines()[2] == "| one | never, 0 of 1 | never |"


def test_spread() -> None:
    assert spread([2.0]) == "2.0"
    assert spread([3.0, 1.0, 2.0], 2) == "2.00 (1.00 to 3.00)"
    assert spread([]) == "never"


def test_a_table_is_markdown() -> None:
    assert markdown(["", "n"], [["a", "1"]]) == "|  | n |\n| --- | ---: |\n| a | 1 |"


def test_means_are_over_seeds_per_digit() -> None:
    points = [point(tiny(digit, seed=seed), 1, read) for digit, seed, read in ((3, 0, 1.0), (4, 0, 0.5), (3, 1, 0.5))]
    assert mean_by_digit(points, lambda point: point["sheet"]["read"]) == {3: 0.75, 4: 0.5}


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


def test_bundled_models_are_compared_with_real_digits() -> None:
    sides = {"fake": 0.5, "real": 0.75}
    judge = {"frechet": {"ratio": 1.25}, "precision": sides, "recall": sides}
    model = judge | {"second": judge | {"frechet": {"ratio": 1.5}}}
    three = model | {"read_as_digit": sides}
    table = evaluated({"models": [three | {"digit": 3}, model | {"digit": "any"}], "mean_of_digits": three})
    drawn = "1.25 | 1.50 | 0.500 | 0.500"
    assert table.splitlines()[2:] == [
        f"| 3 | {drawn} | 50.0% |", f"| any | {drawn} |  |", f"| mean of the digits | {drawn} | 50.0% |",
        "| real digits | 1.00 | 1.00 | 0.750 | 0.750 | 75.0% |"]  # fmt: skip


def test_told_apart_is_a_table() -> None:
    told = {"told_apart": {"grey_values": {"fake": 0.9985, "real": 0.5}, "box": {"fake": 0.9, "real": 0.49}}}
    result = {"models": [told | {"digit": 3}, told | {"digit": "any"}], "mean_of_digits": told}
    cells = "99.9% / 50.0% | 90.0% / 49.0%"
    assert told_apart(result).splitlines() == [
        "|  | grey values | box |", "| --- | ---: | ---: |",
        f"| mean of the digits | {cells} |", f"| any | {cells} |"]  # fmt: skip


def test_verdicts_of_one_digit_at_one_iteration() -> None:
    def point_with_verdict(
        variant: str, seed: int, near: float, after: float, moved: float, **more: Any
    ) -> dict[str, Any]:
        verdict = {"before": 0.25, "after": after, "d_change": moved}
        about = {"variant": variant, "digit": 3, "seed": seed, "iteration": 100} | more
        return about | {"sheet": {"read_and_near": near}, "verdict": verdict}

    points = [
        point_with_verdict("frozen", 0, 0.9, 0.25, 0.0),
        point_with_verdict("frozen", 1, 1.0, 0.25, 0.0),
        point_with_verdict("loose", 0, 0, 1.0, 2.5),
    ]
    points += [
        point_with_verdict("loose", 1, 0, 1.0, 0.125),
        point_with_verdict("loose", 1, 1, 0, 9, digit="any"),
        point_with_verdict("loose", 1, 1, 0, 9, iteration=50),
    ]
    assert verdicts(points, 3, 100, ["frozen", "loose"]).splitlines()[2:] == [
        "| frozen | 90 to 100 % | 25 % | 25 % | 0 |",
        "| loose | 0 % | 25 % | 100 % | 0.12 to 2.5 |",
    ]
    assert verdicts(points, "any", 100, ["loose"]).splitlines()[2:] == ["| loose | 100 % | 25 % | 0 % | 9 |"]


def test_recognized_drawings_are_counted_at_every_mark() -> None:
    def at(iteration: int, seed: int, read: int, digit: int | None = 3) -> dict[str, Any]:
        one = point(tiny(digit, seed=seed), iteration, 0)
        return one | {"sheet": {"read_and_near": read / 64}}

    points = [at(40, 0, 60), at(40, 1, 50), at(40, 2, 64), at(50, 0, 7), at(50, 1, 0), at(50, 2, 9)]
    assert recognized([*points, at(40, 0, 33, None), at(50, 0, 2, None)]).splitlines() == [
        "|  | after 40 | after 50 |",
        "| --- | ---: | ---: |",
        "| one, 3 | 60 (50 to 64) | 7 (0 to 9) |",
        "| one, all digits | 33 | 2 |",
    ]
