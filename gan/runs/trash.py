"""Deleting a run: its folder moves to `.trash` among the runs, from where a person can take it back or remove it.

Nothing that lies there is ever written over.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import check_free
from nnet.durable_write import make_folder, sync

TRASH = ".trash"  # the dot keeps it out of the list of runs


def throw_away(runs: Path, name: str, folder: Path) -> Path:
    """Move a run's folder to the trash of the folder of runs, under this name or one with a number behind it.

    Returns
    -------
    Path : where it lies now; this is on the disk

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
    """InputError where another process trains the run. What cannot be opened nobody trains."""
    try:
        run = Run.open(folder)
    except InputError:
        return
    check_free(run)


def _reserved(trash: Path, name: str) -> Path:
    """A new empty folder, whose place a renamed one takes. Windows renames to no place that is taken, so it goes."""
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
