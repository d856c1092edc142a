"""Things to time in tests of benchmarks/timing.py. They take no time."""

import json
import sys
from pathlib import Path

from benchmarks.timing_child import Timed


def nothing(answer: float = 0.0) -> Timed:
    """Return something that does nothing; its comparison reports a deviation of `answer`."""

    def check(path: str) -> dict[str, float]:
        Path(path).write_text(json.dumps("written"), "utf-8")
        return {"weight": answer}

    return Timed(lambda: None, check)


def failing() -> Timed:
    """Return something that prints and then fails."""

    def fail() -> None:
        print("this is not an answer, although it goes to standard output")
        raise ValueError("out of numbers")

    return Timed(fail)


def end() -> Timed:
    """End the process before anything is made."""
    sys.exit("no such network")
