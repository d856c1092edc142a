"""benchmarks/open_page.py: speeds from a run's metrics, costs from speeds, and one short round with a real page."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import ROOT

from benchmarks import open_page
from benchmarks.open_page import cost, main, show, speed, summary, timed


def lines(*speeds: float, every: int = 10) -> list[dict[str, Any]]:
    """Lines of metrics, so many iterations apart."""
    return [{"iteration": every * number, "iterations_per_second": per} for number, per in enumerate(speeds, 1)]


def test_a_line_says_how_long_its_iterations_took() -> None:
    assert timed(lines(10.0, 20.0)) == [(10, 1.0), (10, 0.5)]
    assert timed([]) == []


def test_what_is_left_out_does_not_count_and_what_comes_later_neither() -> None:
    slow_start = lines(10.0, 10.0, *[20.0] * 6, 1.0)
    assert speed(slow_start, 2.0, 3.0) == 20.0
    assert speed(slow_start, 1.0, 2.0) == pytest.approx(30 / 2.0)  # a line of 10 it/s, two of 20
    assert speed(slow_start, 2.0, 100.0) is None
    assert speed([], 0.0, 1.0) is None


@given(st.lists(st.floats(0.5, 500.0), min_size=1, max_size=30))
def test_over_all_of_a_run_it_is_iterations_by_seconds(speeds: list[float]) -> None:
    seconds = sum(10 / per for per in speeds)
    assert speed(lines(*speeds), 0.0, seconds * (1 - 1e-9)) == pytest.approx(10 * len(speeds) / seconds)


def test_costs_and_their_spread(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost(100.0, 97.0) == pytest.approx(0.03)
    assert cost(100.0, 101.0) < 0
    rows = [
        {"round": number, "without": 100.0, "with": 100.0 * (1 - part), "cost": part}
        for number, part in enumerate((0.02, -0.01, 0.04), 1)
    ]
    found = summary(rows)
    assert (found["cost"], found["lowest"], found["highest"], found["without"]) == (0.02, -0.01, 0.04, 100.0)
    show(rows)
    last = capsys.readouterr().out.splitlines()[-1]
    assert [cell.strip() for cell in last.strip("|").split("|")] == [
        "median",
        "100.00",
        "98.00",
        "2.0% (-1.0% to 4.0%)",
    ]


def test_without_a_browser_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    monkeypatch.setattr(open_page, "run_program", lambda *_: None)
    monkeypatch.setattr(open_page, "train", lambda *_: 1.0)
    assert main(["--rounds", "1", "--json"]) == 1
    assert "expected a browser to look with, found no playwright; pip install" in capsys.readouterr().err


def test_a_bad_wish_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for wish in (["--seed", "-1"], ["--rounds", "0"], ["--network", "large"], ["--seconds", "0"], ["--leave-out", "x"]):
        assert main(wish) == 2
        error = capsys.readouterr().err
        assert (error.count("\n"), wish[0][2:] in error) == (1, True)


def test_two_short_rounds(browser: Any, tmp_path: Path) -> None:
    """`browser` is asked for only because the test needs one: the command starts its own, in a process of its own."""
    arguments = ["--rounds", "2", "--leave-out", "0", "--seconds", "1", "--digit", "3", "--json"]
    command = [sys.executable, "-m", "benchmarks.open_page", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(ran.stdout)
    assert [(row["round"], row["digit"], row["network"]) for row in said["rounds"]] == [
        (1, 3, "quick"),
        (2, 3, "quick"),
    ]
    for row in said["rounds"]:
        assert row["without"] > 0
        assert row["cost"] == pytest.approx(cost(row["without"], row["with"]))
