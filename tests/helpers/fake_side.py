"""Functions to be timed in the tests of benchmarks/timing.py. They take no time."""

import json
from pathlib import Path

from benchmarks.timing import Timed


def nothing(answer: float = 0.0) -> Timed:
    """Return a Timed that does nothing and whose comparison reports `answer` as the
    deviation.
    """

    def check(path: str) -> dict[str, float]:
        Path(path).write_text(json.dumps("written"), "utf-8")
        return {"weight": answer}

    return Timed(lambda: None, check)
