"""What a study would take with more processes, worked by hand, and told of the one that is kept."""

from pathlib import Path

import pytest
from commands import assert_refused
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scaling import main, makespan, seconds_of

ROOT = Path(__file__).resolve().parent.parent


def test_worked_by_hand() -> None:
    assert makespan([3, 2, 1, 4], 1) == 10
    assert makespan([3, 2, 1, 4], 2) == 7  # 3 and 4, 2 and 1
    assert makespan([3, 2, 1, 4], 100) == 4


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=20), st.integers(1, 8))
def test_it_lies_between_the_bounds(seconds: list[float], processes: int) -> None:
    took = makespan(seconds, processes)
    least = max(max(seconds), sum(seconds) / processes)
    assert least * 0.999999 <= took <= sum(seconds) / processes + max(seconds)


def test_a_training_counts_up_to_its_last_mark() -> None:
    point = {"variant": "one", "digit": 3, "seed": 0}
    points = [point | {"cpu_seconds": 1.5}, point | {"cpu_seconds": 4.0}, point | {"seed": 1, "cpu_seconds": 2.0}]
    assert seconds_of(points) == [4.0, 2.0]


def test_the_study_of_freezing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(ROOT / "docs/studies/freeze.jsonl"), "--processes", "1", "2"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("freeze.jsonl: 120 trainings, the longest of ")
    assert said[-2].split("|")[1].strip() == "1"
    assert said[-1].split("|")[3].strip() == "2.0"


def test_no_study_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(
        main, [str(tmp_path / "none.jsonl")], "benchmarks.scaling", "expected what python -m gan.study", capsys
    )
