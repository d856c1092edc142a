"""benchmarks/timing.py: medians, ratios and timed processes. No test asserts a time."""

import math
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from benchmarks.our_iteration import deviations
from benchmarks.run_programs import ROOT, clean_environment
from benchmarks.step import LARGEST_DEVIATION, compare
from benchmarks.timing import TimedProcess, Timing, ratio, time_in_turns
from gan.base.errors import InputError

Start = Callable[..., TimedProcess]


@pytest.fixture
def start() -> Start:
    """Return a function that starts a process, which times a function from
    tests/helpers/fake_side.py.
    """
    environment = clean_environment(PYTHONPATH=str(ROOT))
    return lambda name="fake", make="nothing", **rest: TimedProcess(
        name, f"tests.helpers.fake_side:{make}", environment, **rest
    )


def test_the_ratio_compares_medians_and_its_spread_single_rounds() -> None:
    assert Timing([[1.0, 9.0, 2.0], [3.0, 4.0, 5.0, 6.0]]).quartiles == (2, 4, 6)
    slower = Timing([[10, 20, 30], [30, 30, 90]])
    faster = Timing([[10, 10, 10], [10, 5, 15]])
    assert ratio(slower, faster) == "3.00x (2.00 - 3.00)"


def test_processes_run_in_turns_and_compare_their_results(
    start: Start, tmp_path: Path
) -> None:
    path = str(tmp_path / "file")
    with start("a") as a, start("b", answer=LARGEST_DEVIATION / 2) as b:
        timings = time_in_turns([a, b], rounds=2, count=3)
        assert compare(a, b, path) == LARGEST_DEVIATION / 2
    assert list(timings) == ["a", "b"]
    assert all(
        [len(times) for times in timing.rounds] == [3, 3] for timing in timings.values()
    )
    assert all(timing.peak_mb > 10 for timing in timings.values())
    assert a.process.returncode == b.process.returncode == 0


@pytest.mark.parametrize("deviation", [LARGEST_DEVIATION * 2, math.nan])
def test_comparison_refuses_different_gradients(deviation: float) -> None:
    ours = Mock()
    bad = Mock(ask=lambda line: {"bias": 0.0, "weight": deviation})
    ours.name = "ours"
    bad.name = "bad"
    with pytest.raises(
        InputError,
        match=r"bad and ours do not compute the same: weight differs by (4\.0e|nan)",
    ):
        compare(ours, bad, "file")
    bad.name = "bfloat16"
    compare(ours, bad, "file")


def test_a_deviation_is_relative_to_a_gradient_that_counts() -> None:
    expected = [np.array([3, 4], np.float32), np.array([0.5], np.float32)]
    results = [np.array([3, 4.5], np.float32), np.array([0.25], np.float32)]
    assert deviations(expected, results) == pytest.approx([0.1, 0.5])
    expected = [np.array([30, 40], np.float32), np.array([1e-8], np.float32)]
    assert max(deviations(expected, [expected[0], -expected[1]])) < 1e-5
    assert deviations(expected, [expected[0], np.array([1], np.float32)])[1] > 1
