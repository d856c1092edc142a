"""Writing a run: making its folder, going on with one, having it to oneself, and everything that is put into it.

One process at a time writes. `held` locks the folder with a lock of the operating system, which lets go of it when the
process ends, however it ends: a kill leaves nothing behind that someone would have to clear away.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from gan.config import Config
from gan.errors import InputError
from gan.pictures import drawings_on, sheet, to_png
from gan.runs import checkpoints
from gan.runs.evaluation import Remarks
from gan.runs.run import Run
from gan.runs.safe_files import opened
from gan.runs.trainer import Trainer
from nnet.durable_write import durably_replacing, make_folder, replacing, sync

NOTHING = Remarks()
LOCK_SECONDS = 10.0  # a process that was just told to end may still be saving
# Which settings may a resumed run change? Only how long it is, and how often it writes.
CHANGEABLE = ("iterations", "picture_every", "metrics_every", "save_seconds")


def create(path: Path, config: Config) -> RunWriter:
    """Make the folder of a new run. InputError if it cannot be written or holds a run already."""
    if Run.exists(path):
        raise InputError(f"{path}: holds a run already; choose another folder", "out")
    run = RunWriter(path, config)
    try:
        make_folder(path)
        run.images.mkdir(exist_ok=True)  # its name is on the disk with the config's
    except OSError as error:
        raise _unwritable(path, error) from error
    _write_config(run)
    return run


def resume(path: Path, config: Config) -> Run:
    """Open a run to go on with it under a config that may prolong it; create it where there is none.

    InputError if the config differs in anything else.
    """
    if not Run.exists(path):
        return create(path, config)
    run = Run.open(path)
    refuse_changes(run, vars(config))
    if config == run.config:
        return run
    with _locked(run):  # a run that another process trains keeps the config it is trained with
        resumed = Run(path, config)
        _write_config(resumed)
    return resumed


def refuse_changes(run: Run, asked: Mapping[str, object]) -> None:
    """InputError if a setting that is asked for, by its name in a Config, is another than the run was begun with."""
    there = vars(run.config)
    names = [name for name in asked if there[name] != asked[name] and name not in CHANGEABLE]
    if names:
        differences = ", ".join(f"{name}: {there[name]} there, {asked[name]} asked for" for name in names)
        advice = "ask for the same, or choose another --out and leave --resume out"
        raise InputError(f"{run.path}: holds a run with other settings ({differences}); {advice}", names[0])


@contextmanager
def held(run: Run) -> Iterator[RunWriter]:
    """Within this block no other process trains this run. What a killed one left half written is cleared away.

    Raises
    ------
    InputError : another process trains it and does not end within `LOCK_SECONDS`; or the folder cannot be locked, for
        it cannot be written or its file system knows no locks.
    """
    with _locked(run), opened(run.path) as check:
        for half_written in [*run.path.glob(".*.part"), *run.images.glob(".*.part")]:
            half_written.unlink(missing_ok=True)
        yield RunWriter(run.path, run.config, check)


def is_free(run: Run) -> bool:
    """Whether this process could hold the run now: no other does, and its folder can be locked."""
    try:
        check_free(run)
    except InputError:
        return False
    return True


def check_free(run: Run) -> None:
    """InputError, which says why, unless this process could hold the run now."""
    with _locked(run, 0):
        pass


@contextmanager
def _locked(run: Run, patience: float | None = None) -> Iterator[None]:
    lock = FileLock(run.path / ".lock", fallback_to_soft=False)  # the library's soft one would outlive a kill
    try:
        lock.acquire(timeout=LOCK_SECONDS if patience is None else patience)
    except Timeout as error:
        held = "is open in another process, a server or a training; end that one first"
        raise InputError(f"{run.path}: {held}", "out") from error
    except OSError as error:
        message = f"{run.path}: expected a folder that can be locked, received {error.strerror}; choose another"
        raise InputError(message, "out") from error
    try:
        yield
    finally:
        lock.release()


class RunWriter(Run):
    """A run for the one process that may write to it: the one that holds it, or the one that has just made it.

    A checkpoint, and the config, outlast a power cut when they are written. Pictures and metrics do from the next
    checkpoint on: what is newer than that is not gone on with anyway.

    Parameters
    ----------
    path : Path
    config : Config
    check : function, optional
        Raises OSError where the folder is no more the one that was opened (gan/runs/safe_files.py): nothing is written
        into another's.

    Attributes
    ----------
    notes : list of str
        What a person should hear of the files since the run was restored, a line each.
    """

    def __init__(self, path: Path, config: Config, check: Callable[[], None] = lambda: None) -> None:
        super().__init__(path, config)
        self._check = check
        self.notes: list[str] = []
        self._unsynced: dict[Path, None] = {}  # written since the last checkpoint, each once

    def append_metrics(self, line: Mapping[str, object]) -> None:
        """Add a line, whole or not at all; it must have an "iteration"."""
        self._check()
        self._unsynced[self.metrics_file] = None
        with self.metrics_file.open("ab", buffering=0) as file:
            size, rest = file.tell(), (json.dumps(line) + "\n").encode()
            try:
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                file.truncate(size)  # a full disk takes a part of it: the next line would be joined to that
                raise

    def save_picture(self, iteration: int, images: NDArray[np.uint8], remarks: Remarks = NOTHING) -> None:
        """Keep what the generator draws at an iteration, (n, 28, 28) uint8, ink 255, and what was said of it."""
        self.save_sheet(iteration, to_png(sheet(images)), remarks)

    def save_sheet(self, iteration: int, png: bytes, remarks: Remarks) -> None:
        """Keep a picture that is a PNG already, and first what was said of it."""
        if remarks != NOTHING:
            self._keep(self.remarks_path(iteration), (remarks.to_json() + "\n").encode())
        self._keep(self.picture_path(iteration), png)

    def _keep(self, path: Path, content: bytes) -> None:
        self._check()
        with replacing(path) as beside:
            beside.write_bytes(content)
        self._unsynced[path] = None

    def save(self, trainer: Trainer) -> None:
        """Write the averaged generator and the checkpoint; what was written before them is on the disk before them."""
        self._check()
        self.sync_history()
        checkpoints.save(self, trainer)

    def sync_history(self) -> None:
        """Have what was written since the last checkpoint outlast a power cut, before a checkpoint is later than it."""
        for path in [path for path in self._unsynced if path.exists()]:  # a person may have removed a picture
            sync(path)
        if any(path.parent == self.images for path in self._unsynced):
            sync(self.images)  # the run's own folder is synced with the generator
        self._unsynced.clear()

    def restore(self, trainer: Trainer) -> bool:
        """Put a trainer where the checkpoint was taken, and cut away what was written after. False if there is none.

        `notes` has what a person should hear of it then.

        Raises
        ------
        InputError : no checkpoint is whole, or it is another network's; or there is none, but a history, which stays.
        """
        self._check()
        notes = checkpoints.restore(self, trainer)
        if notes is None:
            self._refuse_to_drop_history()
        self.notes = (notes or []) + self.cut_back(trainer.iteration)
        if trainer.iteration == 0:  # the first picture comes after the first checkpoint: it may never have been synced
            self._unsynced |= {path: None for path in (self.picture_path(0), self.remarks_path(0)) if path.exists()}
        return notes is not None

    def _refuse_to_drop_history(self) -> None:
        """InputError if there is more than the picture of the untrained network, which earlier versions drew first."""
        pictures, lines = self.pictures(), len(self.metrics())
        if max(pictures, default=0) > 0 or lines:
            found = f"found {len(pictures)} pictures and {lines} lines of metrics without one"
            advice = "Reset on the page deletes them and starts anew, or choose another --out"
            raise InputError(f"{self.path}: expected a checkpoint to go on from, {found}; {advice}", "out")

    def cut_back(self, iteration: int) -> list[str]:
        """Drop metrics, pictures and remarks of later iterations, -1 drops all; the same of it as `notes`.

        A picture of that iteration itself is dropped if it cannot be read: it may have been written after the
        checkpoint. A damaged line of metrics that stays is left where it is.
        """
        lines = self.read_metrics()
        kept = [place for place, (line, _) in enumerate(lines, 1) if line and line["iteration"] <= iteration]
        stays = lines[: max(kept, default=0)]
        size = stays[-1][1] if stays else 0
        if self.metrics_file.exists() and self.metrics_file.stat().st_size != size:  # to open a run is not to change it
            os.truncate(self.metrics_file, size)
        for path in [path for path in self.images.glob("*.*") if path.suffix in (".png", ".json")]:
            if path.stem.isdecimal() and (int(path.stem) > iteration or _is_torn(path, iteration)):
                path.unlink()
        self._unsynced = {path: None for path in self._unsynced if path.exists()}
        damaged = sum(line is None for line, _ in stays)
        return [f"{self.metrics_file}: left out {damaged} damaged of {len(stays)} lines"] if damaged else []

    def begin_anew(self, untrained: Trainer) -> None:
        """Drop everything but the config: the run starts anew, from this trainer.

        Its checkpoint takes the place of the old one before anything goes: whenever this is ended, what is there is a
        run that starts anew.
        """
        self.save(untrained)
        self.checkpoint_before.unlink(missing_ok=True)
        self.generator.unlink(missing_ok=True)
        self.cut_back(-1)


def _is_torn(path: Path, iteration: int) -> bool:
    """Whether a file is a picture of that iteration, and none that can be read."""
    if path.suffix != ".png" or int(path.stem) != iteration:
        return False
    try:
        drawings_on(path)
    except InputError:
        return True
    return False


def _write_config(run: Run) -> None:
    try:
        _write(run.path / "config.json", run.config.to_json() + "\n")
    except OSError as error:
        raise _unwritable(run.path, error) from error


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: expected a folder to write in, received {error.strerror}", "out")


def _write(path: Path, text: str) -> None:
    with durably_replacing(path) as beside:
        beside.write_text(text, "utf-8")
