"""Write a run: create or resume its folder, lock it, write every file in it, and move it to the trash.

Only one process at a time may write to a run. `held` acquires an operating system lock on the folder. The system
releases it when the process ends, even if it is killed. A deleted run is moved to `.trash` in the runs folder, where
the user can restore it or delete it for good. Nothing there is ever overwritten.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from gan.data.pictures import drawings_on, sheet, to_png
from gan.errors import InputError
from gan.rules.config import Config
from gan.runs import checkpoints
from gan.runs.evaluation import Evaluation
from gan.runs.run import Run, opened
from gan.runs.trainer import Trainer
from nnet.durable_write import durably_replacing, make_folder, replacing, sync

NOTHING = Evaluation()
LOCK_SECONDS = 10.0  # long enough for the previous process to finish saving
TRASH = ".trash"  # the dot hides it from the list of runs
# Settings that may change when a run is resumed: its length, and how often it writes files.
CHANGEABLE = ("iterations", "picture_every", "metrics_every", "save_seconds")


def create(path: Path | str, config: Config) -> RunWriter:
    """Create the folder of a new run. Raise InputError if it is not writable or already contains a run."""
    if Run.exists(path):
        raise InputError(f"{path}: already holds a run; choose another folder", "out")
    run, is_new = RunWriter(Path(path), config), not os.path.lexists(path)
    try:
        make_folder(run.path)
        run.images.mkdir(exist_ok=True)  # synced together with the config
        _write_config(run)
    except (OSError, InputError) as error:
        for folder in (run.images, run.path) if is_new else ():  # so that a full disk leaves no empty folder
            with suppress(OSError):
                folder.rmdir()
        raise error if isinstance(error, InputError) else _unwritable(run.path, error) from error
    return run


def resume(path: Path | str, config: Config) -> Run:
    """Open a run to resume it with a config, or create it if it does not exist.

    The config may differ from the run's only in the `CHANGEABLE` settings. Raise InputError if it differs in others.
    `RunWriter.restore` writes it, so a run that cannot be resumed keeps its own.
    The run keeps its own switches of freezing.
    """
    if not Run.exists(path):
        return create(path, config)
    run = Run.open(path)
    config = replace(config, freeze_switches=run.config.freeze_switches)
    refuse_changes(run, vars(config))
    return Run(run.path, config)


def refuse_changes(run: Run, requested: Mapping[str, object]) -> None:
    """Raise InputError if a requested setting (named as in Config) differs from the run's and is not changeable."""
    there = vars(run.config)
    names = [name for name in requested if there[name] != requested[name] and name not in CHANGEABLE]
    if names:
        differences = ", ".join(f"{name}: {there[name]} there, {requested[name]} requested" for name in names)
        advice = "use the same settings, or choose another --out and leave --resume out"
        raise InputError(f"{run.path}: holds a run with other settings ({differences}); {advice}", names[0])


@contextmanager
def held(run: Run) -> Iterator[RunWriter]:
    """Lock the run for the duration of the block, and delete incomplete files left by a killed process.

    Raises
    ------
    InputError
        If another process still holds the lock after `LOCK_SECONDS`, or if the folder cannot be locked, because it is
        not writable or its file system does not support locks.
    """
    with _locked(run) as waited, opened(run.path) as check:
        for half_written in [*run.path.glob(".*.part"), *run.images.glob(".*.part")]:
            half_written.unlink(missing_ok=True)
        yield RunWriter(run.path, run.config, check, waited)


def is_unlocked(run: Run) -> bool:
    """Return whether the run is unlocked, so that this process could lock it now."""
    with suppress(InputError):
        refuse_if_locked(run)
        return True
    return False


def refuse_if_locked(run: Run) -> None:
    """Raise an InputError with the reason if this process could not lock the run now."""
    with _locked(run, 0):
        pass


@contextmanager
def _locked(run: Run, patience: float | None = None) -> Iterator[bool]:
    """Lock a run, and yield whether another process had locked it first."""
    lock = FileLock(run.path / ".lock", fallback_to_soft=False)  # a soft lock would survive a kill
    try:
        with suppress(Timeout):
            lock.acquire(blocking=False)
        if waited := not lock.is_locked:
            lock.acquire(timeout=LOCK_SECONDS if patience is None else patience)
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


class RunWriter(Run):
    """A run, for the process that may write to it because it holds the lock or has just created the run.

    Checkpoints and the config survive a power failure as soon as they are written. Pictures and metrics survive it only
    after the next checkpoint. That is enough, because resuming deletes anything newer than the checkpoint.

    Parameters
    ----------
    path : Path
    config : Config
    check : function, optional
        A function that raises OSError if the folder is no longer the one that was opened (gan/runs/run.py).
    waited : bool
        Whether another process had locked the run first.

    Attributes
    ----------
    notes : list of str
        Notes for the user from the last restore, one line each.
    """

    def __init__(
        self, path: Path, config: Config, check: Callable[[], None] = lambda: None, waited: bool = False
    ) -> None:
        super().__init__(path, config)
        self._check, self.waited = check, waited
        self.notes: list[str] = []
        self._unsynced: dict[Path, None] = {}  # files written since the last checkpoint; used as an ordered set

    def change_config(self, config: Config) -> None:
        """Replace the config. It survives a power failure. Raise InputError if the folder is not writable."""
        self._check()
        _write_config(Run(self.path, config))
        self.config = config

    def append_metrics(self, line: Mapping[str, object]) -> None:
        """Append a line, either completely or not at all. The line must have an "iteration"."""
        self._check()
        self._unsynced[self.metrics_file] = None
        with self.metrics_file.open("ab", buffering=0) as file:
            size, rest = file.tell(), (json.dumps(line) + "\n").encode()
            try:
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                file.truncate(size)  # if the disk is full, only part of the line may have been written
                raise

    def save_picture(self, iteration: int, images: NDArray[np.uint8], remarks: Evaluation = NOTHING) -> None:
        """Save the drawings from an iteration, (n, 28, 28) uint8, ink 255, with their evaluation."""
        self.save_sheet(iteration, to_png(sheet(images)), remarks)

    def save_sheet(self, iteration: int, png: bytes, remarks: Evaluation) -> None:
        """Save a picture that is already encoded as a PNG. Its evaluation is saved first."""
        if remarks != NOTHING:
            self._keep(self.remarks_path(iteration), (remarks.to_json() + "\n").encode())
        self._keep(self.picture_path(iteration), png)

    def _keep(self, path: Path, content: bytes) -> None:
        self._check()
        with replacing(path) as beside:
            beside.write_bytes(content)
        self._unsynced[path] = None

    def save(self, trainer: Trainer) -> None:
        """Sync everything written so far, then write the averaged generator and the checkpoint."""
        self._check()
        self.sync_history()
        checkpoints.save(self, trainer)

    def sync_history(self) -> None:
        """Sync the files written since the last checkpoint, because they must be on disk before the next checkpoint."""
        for path in [path for path in self._unsynced if path.exists()]:  # the user may have deleted a picture
            sync(path)
        if any(path.parent == self.images for path in self._unsynced):
            sync(self.images)  # writing the generator syncs the run's folder itself
        self._unsynced.clear()

    def restore(self, trainer: Trainer) -> bool:
        """Restore a trainer from the checkpoint, delete anything newer, set `notes`, and write a changed config.

        Return False if there is no checkpoint.

        Raises
        ------
        InputError
            If no checkpoint is intact, if the checkpoint belongs to a different network or to different data, or if
            there is history but no checkpoint. The history and the config are kept.
        """
        self._check()
        notes = checkpoints.restore(self, trainer)
        if notes is None:
            self._refuse_to_drop_history()
        self.notes = (notes or []) + self.cut_back(trainer.iteration)
        if trainer.iteration == 0:  # the first picture is written after the first checkpoint, so it may be unsynced
            self._unsynced |= {path: None for path in (self.picture_path(0), self.remarks_path(0)) if path.exists()}
        if Run.open(self.path).config != self.config:
            _write_config(self)
        return notes is not None

    def _refuse_to_drop_history(self) -> None:
        """Raise InputError if the folder has history. Called if there is no checkpoint."""
        pictures, lines = self.pictures(), len(self.metrics())
        if max(pictures, default=0) > 0 or lines:
            found = f"found {len(pictures)} pictures and {lines} lines of metrics without one"
            advice = "press Start over on the page to delete them, or choose another --out"
            raise InputError(f"{self.path}: expected a checkpoint to resume from, {found}; {advice}", "out")

    def cut_back(self, iteration: int) -> list[str]:
        """Delete the metrics, pictures and evaluations of later iterations; -1 deletes all. Return notes for the user.

        The iteration's own picture is deleted if it is unreadable, which happens if it was written after the
        checkpoint. Damaged lines of metrics are kept if valid lines follow them.
        """
        seen = damaged = stays = size = 0
        for number, (line, end) in enumerate(self.read_metrics(), 1):
            seen += line is None
            if line and line["iteration"] <= iteration:
                damaged, stays, size = seen, number, end
        if self.metrics_file.exists() and self.metrics_file.stat().st_size != size:  # opening must not modify the file
            os.truncate(self.metrics_file, size)
        for path in [path for path in self.images.glob("*.*") if path.suffix in (".png", ".json")]:
            if path.stem.isdecimal() and (int(path.stem) > iteration or _is_torn(path, iteration)):
                path.unlink()
        self._unsynced = {path: None for path in self._unsynced if path.exists()}
        return [f"{self.metrics_file}: left out {damaged} damaged of {stays} lines"] if damaged else []

    def start_over(self, untrained: Trainer) -> None:
        """Delete all results, so that the run starts over with this trainer. The config is kept.

        The trainer's checkpoint replaces the old one first. If the rest is interrupted, the run still starts over.
        """
        self.save(untrained)
        self.checkpoint_before.unlink(missing_ok=True)
        self.generator.unlink(missing_ok=True)
        self.cut_back(-1)


def _is_torn(path: Path, iteration: int) -> bool:
    """Return whether a file is an unreadable picture of the given iteration."""
    if path.suffix == ".png" and int(path.stem) == iteration:
        try:
            drawings_on(path)
        except InputError:
            return True
    return False


def _write_config(run: Run) -> None:
    try:
        with durably_replacing(run.path / "config.json") as beside:
            beside.write_text(run.config.to_json() + "\n", "utf-8")
    except OSError as error:
        raise _unwritable(run.path, error) from error


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: expected a folder to write in, received {error.strerror}", "out")


def move_to_trash(runs: Path, name: str, folder: Path) -> Path:
    """Move a run's folder to the trash in the runs folder, and return its new path once the move is synced to disk.

    If the name is taken there, a number is added to it.

    Raises
    ------
    InputError
        If another process is training the run, if the trash is a symlink, or if the folder cannot be moved. The folder
        stays where it is in that case.
    """
    trash = runs / TRASH
    if trash.is_symlink():
        raise InputError(f"{trash}: expected a folder, found a link, which is not followed; move it away", "id")
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
    """Create an empty folder for the rename to replace. Windows cannot replace a folder, so it is removed there."""
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
