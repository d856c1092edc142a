"""What a contestant's process makes in tests: nothing that takes time."""

import json
import sys
from pathlib import Path

from benchmarks.contest.contestant import Made


def make(answer: float = 0.0) -> Made:
    """Two subjects, one of which fails; the comparison answers with a number."""

    def check(path: str) -> dict[str, float]:
        Path(path).write_text(json.dumps("written"), "utf-8")
        return {"weight": answer}

    def fail() -> None:
        print("this is no answer, though it goes to standard output")
        raise ValueError("out of numbers")

    return Made({"nothing": lambda: print("nor is this"), "failing": fail}, check)


def end() -> Made:
    """Ends the process before it has made anything."""
    sys.exit("no such network")
