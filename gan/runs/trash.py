"""Deleting a run: its folder moves to `.trash` in the runs folder, where a person can restore or remove it.

Nothing in the trash is ever overwritten.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import refuse_if_locked
from nnet.durable_write import make_folder, sync

TRASH = ".trash"  # the dot hides it from the list of runs


def move_to_trash(runs: Path, name: str, folder: Path) -> Path:
    """Move a run's folder to the trash of the runs folder, under its name or its name with a number.

    Returns
    -------
    Path : its new place, synced to disk

    Raises
    ------
    InputError : another process trains it, the trash is a link, or it cannot be moved. Nothing has changed then.
    """
    trash = runs / TRASH
    if trash.is_symlink():
        raise InputError(f"{trash}: expected a folder, found a link, which is not followed; move it away", "id")
    _refuse_if_held(folder)
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


def _refuse_if_held(folder: Path) -> None:
    """Raise InputError if another process trains the run. A folder that is not a valid run is not in training."""
    try:
        run = Run.open(folder)
    except InputError:
        return
    refuse_if_locked(run)


def _reserved(trash: Path, name: str) -> Path:
    """Create a new empty folder for the rename to replace. Windows cannot replace it, so there it is removed again."""
    for number in count(1):
        place = trash / (name if number == 1 else f"{name}-{number}")
        try:
            place.mkdir()
        except FileExistsError:
            continue
        if os.name == "nt":
            place.rmdir()
        return place
    raise AssertionError("counting does not end")
