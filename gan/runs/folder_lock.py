"""Lock a run, so that only one process at a time may write to it, and move a deleted run to the trash.

The lock is an operating system lock on the folder. The system releases it when the process ends, even if it is killed.
A deleted run is moved to `.trash` in the runs folder, where the user can restore it or delete it for good. Nothing
there is ever overwritten.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from gan.errors import InputError
from gan.runs.run import Run, opened
from gan.runs.run_writer import RunWriter
from nnet.durable_write import make_folder, sync

LOCK_SECONDS = 10.0  # long enough for the previous process to finish saving
TRASH = ".trash"  # the dot hides it from the list of runs


@contextmanager
def held(run: Run) -> Iterator[RunWriter]:
    """Lock the run for the duration of the block, and delete incomplete files left by a killed process.

    Raises
    ------
    InputError
        If another process still holds the lock after `LOCK_SECONDS`, or if the folder cannot be locked, because it is
        not writable or its file system does not support locks.
    """
    with _locked(run, LOCK_SECONDS) as waited, opened(run.path) as check:
        for half_written in [*run.path.glob(".*.part"), *run.images.glob(".*.part")]:
            half_written.unlink(missing_ok=True)
        yield RunWriter(run.path, run.config, check, waited)


def is_unlocked(run: Run) -> bool:
    """Return whether this process could lock the run now."""
    with suppress(InputError):
        refuse_if_locked(run)
        return True
    return False


def refuse_if_locked(run: Run) -> None:
    """Raise an InputError with the reason if this process could not lock the run now."""
    with _locked(run, 0):
        pass


@contextmanager
def _locked(run: Run, patience: float) -> Iterator[bool]:
    """Lock a run, and yield whether another process had locked it first."""
    lock = FileLock(run.path / ".lock", fallback_to_soft=False)  # a soft lock would survive a kill
    try:
        with suppress(Timeout):
            lock.acquire(blocking=False)
        if waited := not lock.is_locked:
            lock.acquire(timeout=patience)
    except Timeout as error:
        held = "is open in another process, such as a server or a training; end that process first"
        raise InputError(f"{run.path}: {held}", "out") from error
    except OSError as error:
        message = f"{run.path}: expected a folder that can be locked, received {error.strerror}; choose another"
        raise InputError(message, "out") from error
    try:
        yield waited
    finally:
        lock.release()


def move_to_trash(runs: Path, name: str, folder: Path) -> Path:
    """Move a run's folder to the trash in the runs folder, and return its new path once the move is synced to disk.

    If the name is taken there, a number is added to it.

    Raises
    ------
    InputError
        If another process is training the run, or if the folder cannot be moved. The folder stays where it is in that
        case.
    """
    trash = runs / TRASH
    run = None
    with suppress(InputError):  # if the folder is not a valid run, nothing can be training it
        run = Run.open(folder)
    if run:
        refuse_if_locked(run)
    try:
        make_folder(trash)
        place = _reserved(trash, name)
        try:
            os.rename(folder, place)
        except OSError:
            with suppress(OSError):
                place.rmdir()
            raise
        sync(trash)
        sync(folder.parent)
    except OSError as error:
        raise InputError(f"{folder}: could not be moved to {trash}: {error.strerror or error}", "id") from error
    return place


def _reserved(trash: Path, name: str) -> Path:
    """Create an empty folder for the rename to replace."""
    place, number = trash / name, 1
    while True:
        try:
            place.mkdir()
            return place
        except FileExistsError:
            number += 1
            place = trash / f"{name}-{number}"
