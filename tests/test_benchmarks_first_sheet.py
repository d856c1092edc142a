"""benchmarks/first_sheet.py: what it makes of a page's notes, and one look at a real page."""

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks import first_sheet
from benchmarks.first_sheet import cells, figures, main, medians, percentile, read_share


def shown(at: float, said: str, drawn: float | None) -> dict[str, Any]:
    return {"at": at, "said": said, "drawn": drawn}


@pytest.mark.parametrize(
    ("said", "share"), [("", 0), ("58 of 64 read", 58 / 64), ("32 of 64 read as a 3", 0.5), ("read", 0)]
)
def test_the_share_is_that_which_the_page_says(said: str, share: float) -> None:
    assert read_share(said) == share


def test_seconds_count_from_the_press_and_only_what_is_watched() -> None:
    notes = {"pressed": 1000.0, "shown": [
        shown(900, "64 of 64 read", 800.0),
        shown(1100, "60 of 64 read", None),  # the recorded run
        shown(1200, "", 1150.0),
        shown(1500, "32 of 64 read", 1420.0),
        shown(1700, "20 of 64 read", 1690.0),
        shown(3000, "58 of 64 read", 2930.0),
    ]}  # fmt: skip
    row = figures(notes)
    assert (row["first"], row["half"], row["nine_in_ten"]) == (0.2, 0.5, 2.0)
    assert row["delays_ms"] == [50, 80, 10, 70]
    assert cells(7, row) == ["7", "0.20", "0.50", "2.00", "50", "80", "4"]


def test_what_was_not_seen_is_none_and_later_than_all_that_was() -> None:
    nothing = figures({"pressed": 1000.0, "shown": []})
    assert cells("x", nothing) == ["x", "-", "-", "-", "inf", "inf", "0"]
    rows = [{"first": 1.0, "half": half, "nine_in_ten": None, "delays_ms": [half or 9]} for half in (2.0, None, 4.0)]
    assert medians(rows) == {"first": 1.0, "half": 4.0, "nine_in_ten": None, "delays_ms": [2.0, 9, 4.0]}


def test_percentiles() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile([7.0], 0.95)) == (50, 95, 7)
    assert math.isinf(percentile([], 0.5))


def test_without_a_browser_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    monkeypatch.setattr(first_sheet, "run_program", lambda *_: None)
    assert main(["--seeds", "0"]) == 1
    assert "expected a browser to look with, found no playwright; pip install" in capsys.readouterr().err


def test_a_bad_wish_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for wish in (["--seeds", "-1"], ["--digit", "10"], ["--network", "large"], ["--seconds", "0"]):
        assert main(wish) == 2
        error = capsys.readouterr().err
        assert (error.count("\n"), wish[0][2:] in error) == (1, True)


def test_a_person_presses_fun(browser: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`browser` is asked for only because the test needs one: the command starts its own, in a process of its own."""
    from benchmarks.contest.programs import run_program

    file = tmp_path / "figures.json"
    arguments = ["--seeds", "3", "--digit", "3", "--seconds", "1", "--save", str(file)]
    run_program("-m", "benchmarks.first_sheet", *arguments)
    (row,) = json.loads(file.read_text())["rows"]
    assert (row["seed"], row["digit"], row["network"]) == (3, 3, "quick")
    assert row["first"] > 0
    assert all(ms > 0 for ms in row["delays_ms"])


def test_with_an_empty_folder_no_run_is_made_and_each_press_has_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    @contextmanager
    def looked_at() -> Iterator[tuple[str, str]]:
        asked.append("server")
        yield "address", "page"

    def watch(page: object, address: str, wish: object, longest: float) -> dict[str, Any]:
        asked.append(wish)
        return {"first": 0.1, "half": None, "nine_in_ten": None, "delays_ms": [1.0]}

    for name, stand_in in (("looked_at", looked_at), ("watch", watch), ("run_program", lambda *_: None)):
        monkeypatch.setattr(first_sheet, name, stand_in)
    first_sheet.measure({"digit": 3}, [0, 1], 1.0)
    first_sheet.measure({"digit": 3}, [0, 1], 1.0, empty=True)
    wishes = [{"digit": 3, "seed": 0}, {"digit": 3, "seed": 1}]
    assert asked == ["server", *wishes, "server", {}, "server", {}]
