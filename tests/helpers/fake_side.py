"""Functions to be timed in the tests of benchmarks/timing.py. They take no time."""

import json
import sys
from pathlib import Path

from benchmarks.timing import Timed


def nothing(answer: float = 0.0) -> Timed:
    """Return a Timed that does nothing and whose comparison reports `answer` as the deviation."""

    def check(path: str) -> dict[str, float]:
        Path(path).write_text(json.dumps("written"), "utf-8")
        return {"weight": answer}

    return Timed(lambda: None, check)


def failing() -> Timed:
    """Return a Timed that prints and then raises an error."""

    def fail() -> None:
        print("this is not an answer, although it goes to standard output")
        raise ValueError("out of numbers")

    return Timed(fail)


def end() -> Timed:
    """End the process instead of returning a Timed."""
    sys.exit("no such network")
