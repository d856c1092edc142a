"""What a study has found, on disk: a line a point, whole again after a kill."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fake_worker import tiny

from gan.errors import InputError
from gan.study.plan import Training, changes
from gan.study.points import Point, add_points, is_done, read_points

TRAINING = Training("one", tiny(3), "sample", (10, 20), ("sheet",))


def point(iteration: int, **more: object) -> Point:
    return {"variant": "one", "config": changes(TRAINING.config), "data": "sample", "iteration": iteration} | more


def test_points_are_read_as_they_were_written(tmp_path: Path) -> None:
    path, points = tmp_path / "a.jsonl", [point(10, sheet={"read": 0.5}), point(20, sheet={"read": 1.0})]
    assert read_points(path) == []
    add_points(path, points[:1])
    add_points(path, points[1:])
    assert read_points(path) == points


def test_half_a_line_is_no_point_and_is_gone_when_the_next_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    add_points(path, [point(10)])
    with path.open("a") as file:
        file.write(json.dumps(point(20))[:-5])
    assert read_points(path) == [point(10)]
    add_points(path, [point(30)])
    assert read_points(path) == [point(10), point(30)]


def test_a_bad_line_among_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{\n{}\n")
    with pytest.raises(InputError, match="line 1: expected a point in JSON"):
        read_points(path)


def test_a_training_is_done_when_every_mark_has_every_measure() -> None:
    points = [point(10, sheet={}), point(20, sheet={})]
    assert not is_done(TRAINING, [])
    assert not is_done(TRAINING, points[:1])
    assert is_done(TRAINING, points)
    assert not is_done(replace(TRAINING, measures=("sheet", "figures")), points)
    assert is_done(replace(TRAINING, marks=(20,)), points)


def test_a_training_of_other_numbers_is_another() -> None:
    points = [point(10, sheet={}), point(20, sheet={})]
    for other in (
        replace(TRAINING, variant="two"),
        replace(TRAINING, data="full"),
        replace(TRAINING, config=tiny(3, seed=1)),
        replace(TRAINING, config=tiny(4)),
    ):
        assert not is_done(other, points)


def test_a_training_that_failed_is_done() -> None:
    assert is_done(TRAINING, [point(10, failed="a weight has overflowed")])
