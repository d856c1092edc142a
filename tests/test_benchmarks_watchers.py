"""benchmarks/watchers.py: a small crowd at a real server, what the table says of it, and wishes that are refused."""

import json
import subprocess
import sys

import pytest
from serving import ROOT

from benchmarks.watchers import figures, main, show


def test_the_median_and_the_worst_are_told_in_milliseconds() -> None:
    assert figures("told", [0.001, 0.002, 0.1]) == {"told_ms": 2.0, "told_worst_ms": 100.0}
    assert figures("told", []) == {}


def test_a_bad_wish_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for wish in (["--watchers", "0"], ["--bodies", "x"], ["--minutes", "0"], ["--files", "9"]):
        assert main(wish) == 2
        error = capsys.readouterr().err
        assert (error.count("\n"), wish[0][2:] in error) == (1, True)


def test_a_small_crowd(capsys: pytest.CaptureFixture[str]) -> None:
    """Where few files may be open: so that the bodies could make the server deaf."""
    arguments = ["--watchers", "8", "--bodies", "80", "--minutes", "0.1", "--files", "180", "--json"]
    command = [sys.executable, "-m", "benchmarks.watchers", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    row = json.loads(ran.stdout)
    assert (row["watchers"], row["bodies"], row["errors"], row["hanging_errors"]) == (8, 80, [], [])
    assert row["sheets"] > 8
    assert row["memory_mb"] > 10
    assert row["log_kb"] < 100
    assert row["alone_its"] > 0
    show(row)
    table = capsys.readouterr().out
    assert "8 watch" in table
    assert "errors" in table.splitlines()[-1]
    show(row | {"open_s": None, "growth": 0.01, "errors": ["a watcher was let go"]})
    table = capsys.readouterr().out
    assert "+1.0% since minute 2" in table
    assert "1: a watcher was let go" in table
