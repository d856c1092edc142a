"""gan/runs/judge_ratings.py: ratings are compared within one class, and damaged files count as missing."""

import json
from pathlib import Path

import numpy as np

from gan.runs.judge_ratings import MAX_BYTES, ratings_path, read_ratings, scale, write_ratings
from gan.runs.messages import Scale
from gan.runs.run_writer import create
from tests.helpers.fake_worker import tiny


def test_the_scale_has_its_zero_at_the_median_real_digit_of_the_class() -> None:
    digits = np.array([3, 3, 3, 8, 8, 8])
    verdicts = np.array([1.0, 2, np.nan, 50, 60, -np.inf]), np.array([0.0, 1, 5, 40, 50.004, 70])
    assert scale(verdicts, digits) == {
        "drawn": [0.0, 1.0, None, 0.0, 10.0, None],
        "real": [-1.0, 0.0, 4.0, -10.0, 0.0, 20.0],
    }
    assert scale(verdicts, None)["real"] == [-22.5, -21.5, -17.5, 17.5, 27.5, 47.5]


def test_damaged_ratings_count_as_missing(tmp_path: Path) -> None:
    run = create(tmp_path / "run", tiny(None))
    ratings: Scale = {"drawn": [1.0, None], "real": [0]}
    assert read_ratings(run, 7) is None
    write_ratings(run, 7, ratings)
    assert read_ratings(run, 7) == ratings
    for damaged in (
        b"[]",
        b"{",
        b"\xff",
        b'{"drawn": [1]}',
        b'{"drawn": 1, "real": [1]}',
        b'{"drawn": ["1"], "real": [1]}',
        b" " * MAX_BYTES + json.dumps(ratings).encode(),
    ):
        ratings_path(run, 7).write_bytes(damaged)
        assert read_ratings(run, 7) is None
