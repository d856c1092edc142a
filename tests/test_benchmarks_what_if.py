"""benchmarks/what_if.py: what it makes of a page's words, and one look at a real page."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.contest.programs import run_program
from benchmarks.what_if import is_borne_out, shares

BENT = "The judge mistook 12 of 64 drawings for real on the left, 64 of 64 on the right."


@pytest.mark.parametrize(
    ("frozen", "loose", "preference", "seen"),
    [
        ("Recognized as a 3: 60 of 64", "Recognized as a 3: 0 of 64", BENT, True),
        ("Recognized as a 3: 50 of 64", "Recognized as a 3: 0 of 64", BENT, False),
        ("Recognized as a 3: 60 of 64", "Recognized as a 3: 4 of 64", BENT, False),
        ("Recognized as a 3: 60 of 64", "Recognized as a 3: 0 of 64", BENT.replace("64 of", "50 of"), False),
        ("", "", "", False),
    ],
)
def test_the_moral_is_seen_where_the_page_says_so(frozen: str, loose: str, preference: str, seen: bool) -> None:
    assert is_borne_out(frozen, loose, preference) is seen


def test_shares() -> None:
    assert shares("31 of 62 and 4 of 4") == [0.5, 1.0]
    assert shares("") == []


def test_a_look_at_a_real_page(browser: Any, tmp_path: Path) -> None:
    """`browser` is asked for only because the test needs one: the command starts its own, in a process of its own."""
    file = tmp_path / "seen.json"
    run_program("-m", "benchmarks.what_if", "--seeds", "1", "--seconds", "100", "--save", str(file))
    (row,) = json.loads(file.read_text())["rows"]
    assert row["seed"] == 1
    assert row["seconds"] > 0
