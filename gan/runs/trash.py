"""Move a deleted run to `.trash` in the runs folder.

The user can restore it from there or delete it for good. Nothing there is ever
overwritten.
"""

import os
from contextlib import suppress
from pathlib import Path

from gan.base.errors import InputError
from gan.runs.folder_lock import refuse_if_locked
from gan.runs.run import Run
from nnet.durable_write import make_folder, patiently, sync

TRASH = ".trash"  # the dot hides it from the list of runs


def move_to_trash(runs: Path, name: str, folder: Path) -> Path:
    """Move a run's folder to the trash durably, and return its new path.

    If the trash already has a folder with this name, a number is added to the name.

    Raises
    ------
    InputError
        If another process is training the run, or if the folder cannot be moved. The
        folder stays where it is in that case.
    """
    trash = runs / TRASH
    run = None
    with suppress(InputError):
        # If the folder is not a valid run, nothing can be training it.
        run = Run.open(folder)
    if run:
        refuse_if_locked(run)
    try:
        make_folder(trash)
        place = _move(folder, trash, name)
        sync(trash)
        sync(folder.parent)
    except OSError as error:
        raise InputError(
            f"{folder}: could not be moved to {trash}: {error.strerror or error}", "id"
        ) from error
    return place


def _move(folder: Path, trash: Path, name: str) -> Path:
    """Move a folder under a name that is free in the trash, and return its new path.

    No system renames a folder onto a file or onto a folder that is not empty.
    """
    place = trash / name
    number = 1
    while True:
        try:
            patiently(os.rename, folder, place)
            return place
        except OSError:
            if not os.path.lexists(place):
                raise
        number += 1
        place = trash / f"{name}-{number}"
