"""Stop training runs at an iteration that a file names, so that a test finds them during training.

A Dask worker loads this module (`dask worker --preload gated`). `python tests/gated.py` is train.py with such runs. A
stopped run still obeys commands; without the file no run stops.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import gan.runs.worker
from gan.runs.session import Session

FILE = "GATE_OF_THE_TESTS"  # the environment variable that names the file
POLL_SECONDS = 0.01  # between two checks of the file

_work: Any = gan.runs.worker._work
_advance: Any = Session.advance


def hold(gate: Path, iteration: int) -> None:
    """Stop all runs at an iteration."""
    temporary = gate.with_suffix(".new")
    temporary.write_text(str(iteration), "utf-8")
    temporary.replace(gate)


def dask_setup(worker: Any) -> None:
    """Called by Dask in each worker: patch the processes that it starts."""
    setattr(gan.runs.worker, "_work", work_gated)  # noqa: B010  types aside


def work_gated(*arguments: Any) -> None:
    """Run a training process."""
    setattr(Session, "advance", advance_gated)  # noqa: B010
    _work(*arguments)


def advance_gated(session: Session) -> None:
    """Train one iteration, or wait."""
    if session.iteration < open_to():
        _advance(session)
    else:
        time.sleep(POLL_SECONDS)


def open_to() -> float:
    """Return the iteration at which runs stop."""
    try:
        return int(Path(os.environ[FILE]).read_text("utf-8"))
    except FileNotFoundError:
        return float("inf")


if __name__ == "__mp_main__":  # in a worker process of the program below
    setattr(Session, "advance", advance_gated)  # noqa: B010

if __name__ == "__main__":
    import train

    sys.exit(train.main())
