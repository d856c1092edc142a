"""benchmarks/wander.py: what processes took, whose they are, and one short look at a real page."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from serving import ROOT

from benchmarks import wander
from benchmarks.wander import SPEEDS, Process, family, main, parsed, processes, seconds_of, show


def test_a_line_of_the_system_says_what_a_process_took() -> None:
    stat = "7 (a (b) c) S 5 7 7 0 -1 4194304 100 0 0 0 250 50 9 9 20 0 1 0"
    assert parsed(stat, "python server.py", 100) == Process(5, "python server.py", 3.0)


def test_it_finds_this_process() -> None:
    own = processes()[os.getpid()]
    assert own.parent == os.getppid()
    assert "python" in own.command
    assert own.seconds > 0


def test_who_came_from_whom() -> None:
    made = {1: 0, 2: 1, 3: 2, 4: 1, 5: 9, 6: 3}
    found = {number: Process(parent, "", 0.0) for number, parent in made.items()}
    assert family(1, found) == {1, 2, 3, 4, 6}
    assert family(3, found) == {3, 6}
    assert family(77, found) == {77}


def test_the_server_has_its_own_and_the_browser_the_rest() -> None:
    found = {
        10: Process(1, "python -m benchmarks.wander", 50.0),
        11: Process(10, "python server.py --port 0", 1.0),
        12: Process(11, "a writer", 2.0),
        13: Process(10, "node", 4.0),
        14: Process(13, "chromium", 8.0),
        15: Process(1, "python server.py of somebody else", 100.0),
    }
    assert seconds_of(10, found) == {"server": 3.0, "browser": 12.0}


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    part = {"server": 0.001, "browser": 0.005}
    show(
        [{"rest": part, "wandering": {"server": 0.004, "browser": 0.01}, "added": {"server": 0.003, "browser": 0.005}}]
    )
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in capsys.readouterr().out.splitlines()[2:]]
    assert rows == [["server", "0.10", "0.40", "0.30"], ["browser", "0.50", "1.00", "0.50"]]


def test_its_speeds_are_those_of_the_page() -> None:
    page = (ROOT / "templates" / "wander.html").read_text("utf-8")
    assert all(f'<option value="{speed}"' in page for speed in SPEEDS)


def test_a_bad_wish_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for wish in (["--seconds", "0"], ["--speed", "run"]):
        assert main(wish) == 2
        error = capsys.readouterr().err
        assert (error.count("\n"), wish[0][2:] in error) == (1, True)


def test_elsewhere_than_on_linux_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wander, "Path", lambda _: tmp_path)
    monkeypatch.setattr(wander, "measure", lambda *_: [processes()])
    assert main(["--json"]) == 1
    assert "expected Linux" in capsys.readouterr().err


def test_some_seconds_of_each(browser: Any) -> None:
    """`browser` is asked for only because the test needs one: the command starts its own, in a process of its own.

    The system counts a process's time in hundredths of a second: of one second, wandering may take none.
    """
    command = [sys.executable, "-m", "benchmarks.wander", "--seconds", "3", "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(ran.stdout)
    assert said["wandering"]["browser"] > 0
    for who in ("server", "browser"):
        assert said["added"][who] == pytest.approx(said["wandering"][who] - said["rest"][who])
