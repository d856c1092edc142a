"""benchmarks/first_sheet.py: the figures computed from recorded times, and one press of Fun on a real page."""

import subprocess
import sys
from contextlib import nullcontext
from math import inf
from typing import Any

import pytest

from benchmarks import first_sheet
from benchmarks.first_sheet import cells, figures, main, medians
from benchmarks.programs import ROOT


def test_seconds_count_from_the_press_and_for_new_sheets_only() -> None:
    # (at, share, drawn, iteration); the first sheet was drawn before the press
    sheets = (1100, 1, 800, 0), (1200, 0, 1150, 1), (1500, 0.5, 1420, 9), (1700, 0.3, 1690, 20), (3000, 0.9, 2930, 90)
    names = ("at", "share", "drawn", "iteration")
    row = figures({"pressed": 1000.0, "shown": [dict(zip(names, sheet, strict=True)) for sheet in sheets]})
    assert (row["first"], row["half"], row["nine_in_ten"]) == (0.2, 0.5, 2.0)
    assert row["delays_ms"] == [50, 80, 10, 70]
    assert cells(7, row) == ["7", "0.20", "0.50", "2.00", "20.0", "50", "80", "4"]


def test_missing_events_count_as_latest() -> None:
    nothing = figures({"pressed": 1000.0, "shown": []})
    assert cells("x", nothing) == ["x", "-", "-", "-", "inf", "inf", "inf", "0"]
    same = {"first": 1.0, "nine_in_ten": inf, "iteration_ms": 8.0}
    rows = [same | {"half": half, "delays_ms": [half]} for half in (2.0, inf, 4.0)]
    assert medians(rows) == same | {"half": 4.0, "delays_ms": [2.0, inf, 4.0]}


def test_a_missing_browser_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    monkeypatch.setattr(first_sheet, "compile_kernels", lambda: None)
    monkeypatch.setattr(first_sheet, "server", lambda: nullcontext(("http://nowhere", None)))
    assert main(["--seeds", "0"]) == 2
    assert "expected a browser, found no playwright; pip install" in capsys.readouterr().err


@pytest.mark.full
def test_a_user_presses_fun(browser: Any) -> None:
    """The fixture `browser` is used only to skip the test without Chromium. The command starts its own browser."""
    command = [sys.executable, "-m", "benchmarks.first_sheet", "--seeds", "3", "--seconds", "1"]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    name, first, *_, sheets = (cell.strip() for cell in completed.stdout.splitlines()[-1].strip("|").split("|"))
    assert name == "median"
    assert float(first) > 0
    assert int(sheets) > 0
