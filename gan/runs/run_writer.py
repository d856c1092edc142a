"""Write the files of a run: its config, metrics, pictures and checkpoints.

gan/runs/session.py decides when.

A run has two checkpoints: the newest, and the previous one in case the newest is
damaged. Each is written atomically and survives a power failure
(nnet/durable_write.py). A digest reveals later damage, such as a bad sector.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan.base.errors import REMEDIES, InputError
from gan.base.files import refuse_other_file
from gan.base.text import counted
from gan.data.images_and_sheets import drawings_on, sheet, to_png
from gan.rules.run_config import CHANGEABLE, Config
from gan.runs.evaluation_record import Evaluation
from gan.runs.run import Run
from gan.runs.trainer import Trainer, parse_numbers
from nnet import weights
from nnet.durable_write import (
    durably_replacing,
    make_folder,
    patiently,
    replacing,
    sync,
)
from nnet.weights import UnreadableError, WeightsError

NOTHING = Evaluation()
# A damaged checkpoint is kept under this name.
DAMAGED = "checkpoint-damaged.safetensors"
# Names that Windows gives to devices, and what it does not allow in a name. Refused on
# all systems, so that runs can be copied to any other.
RESERVED = re.compile(
    r"(con|prn|aux|nul|com\d|lpt\d)( *\..*)?|.*([<>:\"|?*\\\x00-\x1f].*|[^.]\.+| )",
    re.IGNORECASE | re.DOTALL,
)


def create(path: Path | str, config: Config) -> RunWriter:
    """Create the folder of a new run.

    Raise InputError if it is not writable, already contains a run, or has a name that
    Windows reserves.
    """
    refuse_reserved_names(Path(path))
    refuse_other_file(Path(path))
    if Run.exists(path):
        raise InputError(f"{path}: already holds a run; choose another folder", "out")
    run = RunWriter(Path(path), config)
    try:
        make_folder(run.path)
        run.images.mkdir(exist_ok=True)  # `change_config` syncs the folder
        run.change_config(config)
    except OSError as error:
        raise InputError(
            f"{run.path}: expected a folder to write in, received {error.strerror}; "
            f"{REMEDIES.get(error.errno or 0, 'choose another')}",
            "out",
        ) from error
    return run


def refuse_reserved_names(path: Path) -> None:
    """Raise InputError if a folder, or a missing one above it, has a RESERVED name."""
    for folder in (path, *path.parents):
        if os.path.isdir(folder):
            return
        if RESERVED.fullmatch(folder.name):
            raise InputError(
                f"{path}: expected names that Windows allows, too, "
                f"received {folder.name!r}; choose another --out",
                "out",
            )


def resume(path: Path | str, config: Config) -> Run:
    """Open a run to resume it with a config, or create it if it does not exist.

    The config may differ from the run's only in the `CHANGEABLE` settings; otherwise,
    raise InputError. The run keeps its own `freeze_switches`. The new config is not
    written here but by `RunWriter.restore`, so a run that cannot be resumed keeps its
    old config.
    """
    if not Run.exists(path):
        return create(path, config)
    run = Run.open(path)
    config = replace(config, freeze_switches=run.config.freeze_switches)
    refuse_changes(run, vars(config))
    return Run(run.path, config)


def refuse_changes(run: Run, requested: Mapping[str, object]) -> None:
    """Raise InputError if `requested` differs from a setting that a run must keep.

    `requested` maps names of fields of `Config` to values.
    """
    there = vars(run.config)
    names = [name for name in requested if there[name] != requested[name]]
    fixed = [name for name in names if name not in CHANGEABLE]
    if fixed:
        differences = ", ".join(
            f"{name}: {there[name]} there, {requested[name]} requested"
            for name in fixed
        )
        raise InputError(
            f"{run.path}: holds a run with other settings ({differences}); "
            "use the same settings, or choose another --out and leave --resume out",
            fixed[0],
        )


class RunWriter(Run):
    """A run, for the process that may write to it.

    That process holds the lock or has just created the run. Checkpoints and the config
    survive a power failure as soon as they are written. Pictures and metrics survive it
    only after the next checkpoint. That is enough, because resuming deletes anything
    newer than the checkpoint. `waited` tells whether another process had locked the run
    first.
    """

    def __init__(self, path: Path, config: Config, waited: bool = False) -> None:
        super().__init__(path, config)
        self.waited = waited

    def change_config(self, config: Config) -> None:
        """Replace the config. Raise OSError if the folder is not writable."""
        with durably_replacing(self.path / "config.json") as beside:
            beside.write_bytes(f"{config.to_json()}\n".encode())
        self.config = config

    def append_metrics(self, line: Mapping[str, object]) -> None:
        """Append a line of metrics, either completely or not at all.

        The line must have an "iteration".
        """
        with self.metrics_file.open("ab", buffering=0) as file:
            size = file.tell()
            rest = (json.dumps(line) + "\n").encode()
            try:
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                # If the disk is full, only part of the line may have been written.
                file.truncate(size)
                raise

    def save_picture(
        self,
        iteration: int,
        images: NDArray[np.uint8],
        evaluation: Evaluation = NOTHING,
    ) -> None:
        """Save the drawings of an iteration, (n, 28, 28) uint8, ink 255."""
        self.save_sheet(iteration, to_png(sheet(images)), evaluation)

    def save_sheet(self, iteration: int, png: bytes, evaluation: Evaluation) -> None:
        """Save the evaluation of a picture, then the picture, encoded as a PNG."""
        if evaluation != NOTHING:
            text = evaluation.to_json() + "\n"
            self._write(self.evaluation_path(iteration), text.encode())
        self._write(self.picture_path(iteration), png)

    def _write(self, path: Path, content: bytes) -> None:
        with replacing(path) as beside:
            beside.write_bytes(content)

    # Checkpoints

    def save(self, trainer: Trainer, before: int = 0) -> None:
        """Write a checkpoint.

        First sync the metrics and pictures written since the last checkpoint, which was
        of iteration `before`. Then write the averaged generator, then the checkpoint.
        If the process is killed between these two writes, the resumed run writes both
        files again. An untrained generator is not written, because gan/write would use
        it to write numbers.
        """
        former = self._former()
        # The first picture is written after the first checkpoint.
        since = before + 1 if before > 0 else 0
        written = [self.metrics_file]
        for iteration in self.pictures():
            if iteration >= since:
                written.append(self.evaluation_path(iteration))
                written.append(self.picture_path(iteration))
        for path in written:
            if path.exists():
                sync(path)
        if len(written) > 1:
            sync(self.images)  # writing the generator syncs the run's folder itself
        if trainer.iteration > 0:
            described = {
                "config": trainer.config.to_json(),
                "iteration": str(trainer.iteration),
                "data": trainer.batches.data.name,
            }
            parameters = trainer.drawing_network().parameters()
            weights.save(self.generator, parameters, described)
        self._write_checkpoint(trainer, former)

    def _former(self) -> Path | None:
        """Return the path under which to keep the existing checkpoint, or None.

        An untrained checkpoint is not kept: going back to it equals starting over, and
        it would double the disk space of a short run.
        """
        return self.checkpoint_before if self.generator.exists() else None

    def _write_checkpoint(self, trainer: Trainer, former: Path | None) -> None:
        weights.save(self.checkpoint, *trainer.state(), former=former)

    def restore(self, trainer: Trainer) -> list[str]:
        """Restore a trainer from the newest intact checkpoint, and return notes.

        Delete anything newer. If there is no checkpoint, the trainer stays as it is.
        The run continues with the trainer's config, which is written if it differs.

        Raises
        ------
        InputError
            If no checkpoint is intact, if the checkpoint belongs to a different network
            or to different data, or if there is history but no checkpoint. The files
            are unchanged in that case.
        """
        notes = list[str]()
        if found := newest_intact(self):
            try:
                trainer.restore(found.arrays, found.texts, str(found.path))
            except WeightsError as error:
                raise InputError(str(error)) from error
            if found.path != self.checkpoint:
                # Even if this is interrupted, an intact checkpoint remains.
                if self.checkpoint.exists():
                    patiently(os.replace, self.checkpoint, self.path / DAMAGED)
                patiently(os.replace, self.checkpoint_before, self.checkpoint)
                sync(self.path)
            if found.damage:
                notes.append(
                    f"{found.damage}; went back to the checkpoint before it, "
                    f"of iteration {trainer.iteration}"
                )
        else:
            self._refuse_to_drop_history()
        notes += self.cut_back(trainer.iteration)
        if Run.open(self.path).config != trainer.config:
            self.change_config(trainer.config)
        self.config = trainer.config
        return notes

    def _refuse_to_drop_history(self) -> None:
        pictures = self.pictures()
        lines = len(self.metrics())
        if pictures or lines:
            raise InputError(
                f"{self.path}: expected a checkpoint to resume from, "
                f"found {counted(len(pictures), 'picture')} and "
                f"{counted(lines, 'line')} of metrics "
                "without one; press New network on the page to delete them, "
                "or choose another --out",
                "out",
            )

    def cut_back(self, iteration: int) -> list[str]:
        """Delete the pictures and metrics of later iterations, and return notes.

        With -1, delete all. The picture of `iteration` itself is deleted if it is
        unreadable, which happens if it was written after the checkpoint.
        """
        for path in list(self.images.glob("*.*")):
            if path.suffix not in (".png", ".json") or not path.stem.isdecimal():
                continue
            if int(path.stem) > iteration or _is_torn(path, iteration):
                patiently(path.unlink)
        return self._cut_metrics_back(iteration)

    def _cut_metrics_back(self, iteration: int) -> list[str]:
        """Delete later lines. Damaged lines are kept if valid lines follow them."""
        lines = damaged = 0
        kept_bytes = 0
        for line, end in self.read_metrics():
            lines += 1
            if line is None:
                damaged += 1
            elif line["iteration"] <= iteration:
                kept_bytes = end
        file = self.metrics_file
        # Opening a run must not modify an intact file.
        if file.exists() and file.stat().st_size != kept_bytes:
            os.truncate(file, kept_bytes)
        if damaged == 0:
            return []
        return [f"{file}: left out {damaged} damaged of {lines} lines"]

    def start_over(self, untrained: Trainer) -> None:
        """Delete all results, and start over with an untrained trainer and its config.

        The trainer's checkpoint first replaces the old one, so an interruption leaves
        the old run or an untrained one.
        """
        self._write_checkpoint(untrained, self._former())
        self.change_config(untrained.config)
        for path in (self.checkpoint_before, self.generator):
            patiently(path.unlink, True)  # which may be missing
        self.cut_back(-1)


class IntactCheckpoint(NamedTuple):
    path: Path
    arrays: dict[str, NDArray[Any]]
    texts: dict[str, str]
    damage: str  # what is wrong with the newest checkpoint; "" if it is intact


def newest_intact(run: Run) -> IntactCheckpoint | None:
    """Return the newest intact checkpoint, or None if there is no checkpoint.

    Raise InputError if all are damaged, or if the system refuses to read one.
    """
    damage = ""
    for path in (run.checkpoint, run.checkpoint_before):
        if path.exists():
            try:
                arrays, texts = weights.load(path)
                parse_numbers(texts, str(path))
                return IntactCheckpoint(path, arrays, texts, damage)
            except UnreadableError as error:  # never go back from a whole checkpoint
                raise InputError(str(error)) from error
            except WeightsError as error:
                damage = damage or str(error)
    if damage:
        raise InputError(damage)
    return None


def _is_torn(path: Path, iteration: int) -> bool:
    if path.suffix == ".png" and int(path.stem) == iteration:
        try:
            drawings_on(path)
        except InputError:
            return True
    return False
