"""Loaded by a cluster's workers (`dask worker --preload gated`): no run passes an iteration that a test has named.

A run of a test ends within a second or two, on a fast machine before the test has looked. So the test says in a file
how far runs may go. One that is so far trains no more, and still obeys; without the file, all go on.
"""

import os
import time
from pathlib import Path
from typing import Any

import gan.runs.worker
from gan.runs.session import Session

FILE = "GATE_OF_THE_TESTS"  # the environment variable that names the file
LOOK_SECONDS = 0.01  # between two looks whether it is still there

_work: Any = gan.runs.worker._work
_advance: Any = Session.advance


def dask_setup(worker: Any) -> None:
    """Called by Dask in each worker: the processes that it starts work behind the gate."""
    setattr(gan.runs.worker, "_work", work_gated)  # noqa: B010  types aside


def work_gated(*arguments: Any) -> None:
    """What a training process runs."""
    setattr(Session, "advance", advance_gated)  # noqa: B010
    _work(*arguments)


def advance_gated(session: Session) -> None:
    """One iteration, or a wait at the gate."""
    if session.kept.iteration < open_to():
        _advance(session)
    else:
        time.sleep(LOOK_SECONDS)


def open_to() -> float:
    """The iteration that no run may pass."""
    try:
        return int(Path(os.environ[FILE]).read_text("utf-8"))
    except FileNotFoundError:
        return float("inf")
