"""Hold training runs at an iteration that a test names in a file, so that the test surely finds them in training.

A worker of a cluster loads this module (`dask worker --preload gated`). `python tests/gated.py` is train.py with such
runs. A held run still obeys its commands; without the file no run is held.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import gan.runs.worker
from gan.runs.session import Session

FILE = "GATE_OF_THE_TESTS"  # the environment variable that names the file
LOOK_SECONDS = 0.01  # between two looks whether it is still there

_work: Any = gan.runs.worker._work
_advance: Any = Session.advance


def hold(gate: Path, iteration: int) -> None:
    """Let no run pass an iteration."""
    beside = gate.with_suffix(".new")
    beside.write_text(str(iteration), "utf-8")
    beside.replace(gate)


def dask_setup(worker: Any) -> None:
    """Called by Dask in each worker: the processes that it starts work behind the gate."""
    setattr(gan.runs.worker, "_work", work_gated)  # noqa: B010  types aside


def work_gated(*arguments: Any) -> None:
    """What a training process runs."""
    setattr(Session, "advance", advance_gated)  # noqa: B010
    _work(*arguments)


def advance_gated(session: Session) -> None:
    """One iteration, or a wait at the gate."""
    if session.iteration < open_to():
        _advance(session)
    else:
        time.sleep(LOOK_SECONDS)


def open_to() -> float:
    """The iteration that no run may pass."""
    try:
        return int(Path(os.environ[FILE]).read_text("utf-8"))
    except FileNotFoundError:
        return float("inf")


if __name__ == "__mp_main__":  # in a worker process of the program below
    setattr(Session, "advance", advance_gated)  # noqa: B010

if __name__ == "__main__":
    import train

    sys.exit(train.main())
