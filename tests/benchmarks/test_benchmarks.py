"""The benchmarks' figures, and small runs of whole benchmarks.

These tests do not time anything.
"""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from benchmarks import first_sheet, handwriting_legibility, step
from benchmarks.handwriting_legibility import wrong_loops
from benchmarks.run_programs import ROOT

# benchmarks/step.py


def test_without_pytorch_ours_is_timed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(step, "find_spec", lambda name: None)
    assert step.main("--network quick --threads 1 --iterations 4".split()) == 0
    out, err = capsys.readouterr()
    assert err.count(step.HINT) == 1
    _, _, row = (
        line.strip("|").split("|") for line in out.splitlines() if line.startswith("|")
    )
    assert [cell.strip() for cell in row[:3]] == ["quick", "relativistic", "1"]
    assert float(row[3].split()[0]) > 0


# benchmarks/handwriting_legibility.py


def test_two_handwritings_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert handwriting_legibility.main(["--handwritings", "2"]) == 0
    *_, first, second, _, loops = capsys.readouterr().out.splitlines()
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in (first, second)
    ]
    assert all(float(row[-1]) >= 80 and row[1:-1].count("100.00") >= 7 for row in rows)
    assert loops in [
        f"{count} of 20 digits have a wrong number of loops." for count in (0, 1)
    ]


def test_wrong_loops_are_counted() -> None:
    ring = np.zeros((112, 112), bool)
    ring[20:90, 20:90] = True
    ring[40:70, 40:70] = False
    assert [wrong_loops([ring], [label]) for label in (0, 1, 8, 9)] == [0, 1, 1, 0]


# benchmarks/crowd.py


def output_of(command: str) -> list[str]:
    """Return the lines that a module prints when it runs with these arguments."""
    return subprocess.check_output(
        [sys.executable, "-m", *command.split()], cwd=ROOT, text=True
    ).splitlines()


@pytest.mark.full
def test_a_small_crowd_watches_without_errors() -> None:
    output = output_of("benchmarks.crowd --watchers 8 --minutes 0.1")
    lines = [line.strip("| ").split("|") for line in output if line.startswith("| ")]
    rows = {what.strip(): figure.strip() for what, figure in lines}
    assert rows["errors"] == "none"
    assert float(rows["training alone"].split()[0]) > 0
    assert int(next(what for what in rows if "sheets" in what).split()[0]) > 8


# benchmarks/first_sheet.py


def test_seconds_count_from_the_press_and_for_new_sheets_only() -> None:
    # (at, share, drawn, iteration); the first sheet was drawn before the press
    sheets = (
        (1100, 1, 800, 0),
        (1200, 0, 1150, 1),
        (1500, 0.5, 1420, 9),
        (1700, 0.3, 1690, 20),
        (3000, 0.9, 2930, 90),
    )
    names = ("at", "share", "drawn", "iteration")
    row = first_sheet.figures(
        {
            "pressed": 1000.0,
            "shown": [dict(zip(names, sheet, strict=True)) for sheet in sheets],
        }
    )
    assert " ".join(first_sheet.cells(7, row)) == "7 0.20 0.50 2.00 20.0 50 80 4"
    nothing = first_sheet.figures({"pressed": 1000.0, "shown": []})
    assert " ".join(first_sheet.cells("x", nothing)) == "x - - - inf inf inf 0"


@pytest.mark.full
def test_sheets_appear_after_a_user_presses_fun(browser: Any) -> None:
    """The fixture `browser` is used only to skip the test without Chromium.

    The command starts its own browser.
    """
    row = output_of("benchmarks.first_sheet --seeds 3 --seconds 1")[-1]
    name, first, *_, sheets = (cell.strip() for cell in row.strip("|").split("|"))
    assert name == "median"
    assert float(first) > 0
    assert int(sheets) > 0
