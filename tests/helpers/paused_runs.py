"""Pause training runs at an iteration given in a file, so that they cannot finish
before a test interrupts them.

Dask workers load this module (`dask worker --preload tests.helpers.paused_runs`).
`python -m tests.helpers.paused_runs` is train.py with runs that pause. A paused run
still obeys commands. If the file does not exist, no run pauses.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import gan.runs.worker
from gan.runs.session import Session

FILE = "GATE_OF_THE_TESTS"  # environment variable with the path of the file
POLL_SECONDS = 0.01  # between checks of the file

_work: Any = gan.runs.worker._work
_advance: Any = Session.advance


def hold(gate: Path, iteration: int) -> None:
    """Pause all runs at this iteration."""
    temporary = gate.with_suffix(".new")
    temporary.write_text(str(iteration), "utf-8")
    temporary.replace(gate)


def dask_setup(worker: Any) -> None:
    """Patch the training processes that a worker starts.

    Dask calls this function in each worker.
    """
    setattr(gan.runs.worker, "_work", work_paused)  # noqa: B010  setattr avoids a type error


def work_paused(*arguments: Any) -> None:
    """Run a training process whose runs pause."""
    setattr(Session, "advance", advance_paused)  # noqa: B010
    _work(*arguments)


def advance_paused(session: Session) -> None:
    """Train one iteration, or wait briefly if the run is paused."""
    if session.iteration < open_to():
        _advance(session)
    else:
        time.sleep(POLL_SECONDS)


def open_to() -> float:
    """Return the iteration at which runs pause, or infinity without the file."""
    try:
        return int(Path(os.environ[FILE]).read_text("utf-8"))
    except FileNotFoundError:
        return float("inf")


if __name__ == "__mp_main__":  # in a worker process started by the program below
    setattr(Session, "advance", advance_paused)  # noqa: B010

if __name__ == "__main__":
    from gan.commands import train

    sys.exit(train.main())
