"""Create a run on uploaded images, which it keeps in its folder as data.npz.

The folder is filled under a hidden name and then renamed, so no power cut leaves a run
without its images. If the process is killed meanwhile, the next server that starts
deletes the hidden folder. It keeps hidden folders that other servers are still filling,
because those are locked.
"""

import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gan.base.errors import InputError
from gan.base.text import counted
from gan.data import Dataset
from gan.data.own_images import FILE, save
from gan.rules.run_config import Config
from gan.runs.folder_lock import held, refuse_if_locked
from gan.runs.provenance import newest_entry, record
from gan.runs.run import Run
from gan.runs.run_writer import create
from nnet.durable_write import patiently, sync

PREFIX = ".upload-"


def create_uploaded(folder: Path, images: Dataset, config: Config) -> Run:
    """Create a run on uploaded images, durably and in a new folder, and return it.

    Raise InputError if the parent folder is not writable or the disk is full.
    """
    runs = folder.parent
    hidden = runs / f"{PREFIX}{secrets.token_hex(4)}"
    try:
        hidden.mkdir()
        with held(Run(hidden, Config())):
            save(images, hidden / FILE)
            name = f"{counted(len(images.images), 'image')} of {folder / FILE}"
            described = replace(images, name=name, path=str(folder / FILE))
            # The worker that trains the run replaces this entry.
            record(create(hidden, config), described, 0, cores=1)
        patiently(os.rename, hidden, folder)
        sync(runs)
    except OSError as error:
        raise InputError(
            f"{runs}: expected a folder to write in, received {error.strerror}", "out"
        ) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return Run(folder, config)


def remove_unfinished(runs: Path) -> None:
    """Delete the hidden folders that a killed process left in `create_uploaded`."""
    for folder in runs.glob(f"{PREFIX}*"):
        with suppress(InputError, OSError):
            refuse_if_locked(Run(folder, Config()))
            # Renaming fails if the folder has just become a run.
            stale = folder.rename(runs / f"{PREFIX}{secrets.token_hex(4)}")
            shutil.rmtree(stale)


def refuse_missing_images(run: Run, data: Dataset) -> None:
    """Raise InputError if a run needs its uploaded images and `data` are others."""
    entry = newest_entry(run)
    if entry.get("uploaded") and entry["data_sha256"] != data.sha256:
        found = f"expected its uploaded images, {run.path / FILE}, received {data.name}"
        raise InputError(f"{found}; put the file back, or pass it with --data", "data")
