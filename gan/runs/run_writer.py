"""Write a run: create its folder, train it, and write its metrics, pictures and checkpoints.

A `RunWriter` writes the files. A `RunRecorder` has a trainer, too, and decides when metrics, pictures and checkpoints
are due; gan/runs/worker_loop.py draws the pictures and decides when to train.

A run has two checkpoints: the newest, and the previous one in case the newest is damaged. Each is written atomically
and survives a power failure (nnet/durable_write.py). A digest reveals later damage, such as a bad sector.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.data import Dataset
from gan.data.images_and_sheets import drawings_on, sheet, to_png
from gan.errors import InputError
from gan.rules.config import CHANGEABLE, Config
from gan.runs.messages import MetricsEvent
from gan.runs.provenance import record
from gan.runs.run import Run
from gan.runs.sheet_evaluation import Evaluation
from gan.runs.trainer import Iteration, Trainer, parse_numbers
from nnet import weights
from nnet.durable_write import durably_replacing, make_folder, replacing, sync
from nnet.weights import WeightsError

NOTHING = Evaluation()
DAMAGED = "checkpoint-damaged.safetensors"  # a damaged checkpoint is kept under this name
FIRST_SECONDS = 5.0  # maximum time from the untrained checkpoint to the next, because most first trials are short
DENSE_PICTURES = 10  # intervals with five times as many pictures, because drawings change most early in training


def create(path: Path | str, config: Config) -> RunWriter:
    """Create the folder of a new run. Raise InputError if it is not writable or already contains a run."""
    if Run.exists(path):
        raise InputError(f"{path}: already holds a run; choose another folder", "out")
    run, is_new = RunWriter(Path(path), config), not os.path.lexists(path)
    try:
        make_folder(run.path)
        run.images.mkdir(exist_ok=True)  # synced together with the config
        run.change_config(config)
    except OSError as error:
        for folder in (run.images, run.path) if is_new else ():  # so that a full disk leaves no empty folder
            with suppress(OSError):
                folder.rmdir()
        raise InputError(f"{run.path}: expected a folder to write in, received {error.strerror}", "out") from error
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


class RunWriter(Run):
    """A run, for the process that may write to it because it holds the lock or has just created the run.

    Checkpoints and the config survive a power failure as soon as they are written. Pictures and metrics survive it only
    after the next checkpoint. That is enough, because resuming deletes anything newer than the checkpoint.

    `check` raises OSError if the folder is no longer the one that was opened (gan/runs/run.py). `waited` tells whether
    another process had locked the run first.
    """

    def __init__(
        self, path: Path, config: Config, check: Callable[[], None] = lambda: None, waited: bool = False
    ) -> None:
        super().__init__(path, config)
        self._check, self.waited = check, waited
        self.notes: list[str] = []  # for the user, from the last restore, one line each
        self._unsynced: dict[Path, None] = {}  # files written since the last checkpoint; used as an ordered set

    def change_config(self, config: Config) -> None:
        """Replace the config. It survives a power failure. Raise OSError if the folder is not writable."""
        self._check()
        with durably_replacing(self.path / "config.json") as beside:
            beside.write_text(config.to_json() + "\n", "utf-8")
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

    def save_picture(self, iteration: int, images: NDArray[np.uint8], evaluation: Evaluation = NOTHING) -> None:
        """Save the drawings from an iteration, (n, 28, 28) uint8, ink 255, with their evaluation."""
        self.save_sheet(iteration, to_png(sheet(images)), evaluation)

    def save_sheet(self, iteration: int, png: bytes, evaluation: Evaluation) -> None:
        """Save a picture that is already encoded as a PNG. Its evaluation is saved first."""
        if evaluation != NOTHING:
            self._write(self.evaluation_path(iteration), (evaluation.to_json() + "\n").encode())
        self._write(self.picture_path(iteration), png)

    def _write(self, path: Path, content: bytes) -> None:
        self._check()
        with replacing(path) as beside:
            beside.write_bytes(content)
        self._unsynced[path] = None

    # Checkpoints

    def save(self, trainer: Trainer) -> None:
        """Sync everything written since the last checkpoint, then write the averaged generator, then the checkpoint.

        If the process is killed between the two writes, the resumed run writes both files again. An untrained generator
        is not written, because gan/write would use it to write numbers. An untrained checkpoint is not kept as the
        previous one: going back to it equals starting over, and it would double the disk space of a short run.
        """
        self._check()
        for path in [path for path in self._unsynced if path.exists()]:  # the user may have deleted a picture
            sync(path)
        if any(path.parent == self.images for path in self._unsynced):
            sync(self.images)  # writing the generator syncs the run's folder itself
        self._unsynced.clear()
        former = self.checkpoint_before if self.generator.exists() else None
        about = {"config": trainer.config.to_json()}
        if trainer.iteration > 0:
            described = about | {"iteration": str(trainer.iteration), "data": trainer.data_name}
            weights.save(self.generator, trainer.drawing_network().parameters(), described)
        arrays, texts = trainer.state()
        weights.save(self.checkpoint, arrays, texts | about, former=former)

    def restore(self, trainer: Trainer) -> bool:
        """Restore a trainer from the newest intact checkpoint, and delete anything newer.

        Set `notes`, and write a changed config. Return False if there is no checkpoint.

        Raises
        ------
        InputError
            If no checkpoint is intact, if the checkpoint belongs to a different network or to different data, or if
            there is history but no checkpoint. The trainer and the files are unchanged in that case.
        """
        self._check()
        found = newest_intact(self)
        notes = []
        if found is None:
            self._refuse_to_drop_history()
        else:
            path, arrays, texts, damage = found
            self.config = trainer.config = replace(self.config, freeze_switches=self._switches(texts, str(path)))
            try:
                trainer.restore(arrays, texts, str(path))
            except WeightsError as error:
                raise InputError(str(error)) from error
            if path != self.checkpoint:  # even if this is interrupted, an intact checkpoint remains
                if self.checkpoint.exists():
                    os.replace(self.checkpoint, self.path / DAMAGED)
                os.replace(self.checkpoint_before, self.checkpoint)
                sync(self.path)
            if damage:
                notes = [f"{damage}; went back to the checkpoint before it, of iteration {trainer.iteration}"]
        self.notes = notes + self.cut_back(trainer.iteration)
        if trainer.iteration == 0:  # the first picture is written after the first checkpoint, so it may be unsynced
            self._unsynced |= {path: None for path in (self.picture_path(0), self.evaluation_path(0)) if path.exists()}
        if Run.open(self.path).config != self.config:
            self.change_config(self.config)
        return found is not None

    def _switches(self, texts: Mapping[str, str], source: str) -> tuple[int, ...]:
        """Return the switches before a checkpoint as its own config has them, and the run's later ones.

        The config of a run whose start over was interrupted has none (`start_over`).
        """
        iteration, later = parse_numbers(texts, source)["iteration"], self.config.freeze_switches
        own = Config.from_json(texts["config"], source).freeze_switches if "config" in texts else later
        return (*(at for at in own if at < iteration), *(at for at in later if at >= iteration))

    def _refuse_to_drop_history(self) -> None:
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
        """Delete all results, so that the run starts over with this trainer and its config.

        The config is written first, then the trainer's checkpoint replaces the old one. If this is interrupted before,
        the run has not started over (`_switches`). If the rest is interrupted, it has.
        """
        before = self.config
        self.change_config(untrained.config)
        try:
            self.save(untrained)
        except OSError:
            with suppress(OSError):
                self.change_config(before)
            raise
        self.checkpoint_before.unlink(missing_ok=True)
        self.generator.unlink(missing_ok=True)
        self.cut_back(-1)


def newest_intact(run: Run) -> tuple[Path, dict[str, NDArray[Any]], dict[str, str], str] | None:
    """Return the newest intact checkpoint, and a description of the damage to any newer one ("" if there is none)."""
    damage = ""
    for path in (run.checkpoint, run.checkpoint_before):
        if path.exists():
            try:
                arrays, texts = weights.load(path)
                parse_numbers(texts, str(path))
                return path, arrays, texts, damage
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


class Diverged(ArithmeticError):
    """Raised if a loss has overflowed."""


class RunRecorder:
    """A trainer and the files of its run. Nothing is written before `begin` or `open` is called.

    Raise InputError if the data is unsuitable for the config.
    """

    run: RunWriter  # set by `begin` or `open`

    def __init__(self, config: Config, data: Dataset) -> None:
        self.data = data
        self.trainer = Trainer(config, data)  # untrained until `open` restores a checkpoint
        self.saved = -1  # iteration of the checkpoint on disk; -1 if the files on disk may be inconsistent
        self.saved_at = 0.0  # when that checkpoint was written, measured with `time.perf_counter`
        self.measured = (0, 0.0)  # iteration and time at which the speed measurement started
        self.is_recorded = False  # whether this process has recorded how it trains the run (gan/runs/provenance.py)

    @property
    def config(self) -> Config:
        return self.trainer.config

    def begin(self, run: RunWriter) -> None:
        """Write the untrained networks as the first checkpoint of a new run. Raise OSError if that fails."""
        self.run = run
        self.save()

    def open(self, run: RunWriter) -> None:
        """Restore the trainer from the run's last checkpoint, and delete everything newer than that checkpoint.

        If there is no checkpoint, write the first one. Raise InputError if the checkpoint is damaged or does not match
        the run, and OSError if the folder is not writable.
        """
        self.run = run
        self.trainer.config = run.config
        if not run.restore(self.trainer):
            run.save(self.trainer)
        self.saved = self.trainer.iteration
        self.start_clock()

    def go_back(self) -> None:
        """Restore the last checkpoint after a numeric overflow. Later switches of freezing are dropped."""
        kept = tuple(at for at in self.config.freeze_switches if at <= self.saved)
        if kept != self.config.freeze_switches:
            self.run.change_config(replace(self.config, freeze_switches=kept))
        self.trainer = Trainer(self.config, self.data)
        self.open(self.run)

    def start_over(self) -> None:
        """Start over, first on disk, then in memory.

        If a file cannot be deleted, the trainer is kept and `saved` is -1.
        """
        untrained = Trainer(replace(self.config, freeze_switches=()), self.data)
        self.saved = -1
        self.run.start_over(untrained)
        self.trainer, self.saved, self.is_recorded = untrained, 0, False
        self.start_clock()

    def switch_freezing(self, freeze: bool) -> None:
        """Freeze D in the next iterations, or no longer. The switch is part of the run's config, so resume repeats it.

        Raise InputError if there are too many switches, or OSError if the folder is not writable. Nothing changes then.
        """
        config = self.config.switched(freeze, self.trainer.iteration)
        if config != self.config:
            self.run.change_config(config)
            self.trainer.config = config

    def start_clock(self) -> None:
        """Start measuring the speed and the time until the next checkpoint."""
        now = time.perf_counter()
        self.measured = (self.trainer.iteration, now)
        if self.trainer.iteration == self.saved:
            self.saved_at = now

    def advance(self, look: Callable[[], None] = lambda: None) -> MetricsEvent | None:
        """Train one iteration. If metrics are due, write and return them. `look` is called as by `Trainer.iterate`.

        Raise Diverged if a loss has overflowed. Nothing is written in that case.
        """
        measures = (self.trainer.iteration + 1) % self.config.metrics_every == 0
        done = self.trainer.iterate(measure_d_change=measures, look=look)
        if not math.isfinite(done.measured.d_loss + done.measured.g_loss + done.measured.penalty):
            raise Diverged
        return self._save_metrics(done) if measures else None

    def _save_metrics(self, done: Iteration) -> MetricsEvent:
        """Write a line of metrics, with the speed measured since the last line or since training started."""
        since, then = self.measured
        self.measured = iteration, now = (self.trainer.iteration, time.perf_counter())
        event: MetricsEvent = {
            "type": "metrics",
            "iteration": iteration,
            "d_loss": done.measured.d_loss,
            "g_loss": done.measured.g_loss,
            "told_apart": done.measured.told_apart,
            "penalty": done.measured.penalty,
            "d_change": done.d_change,
            "learning_rate": done.learning_rate,
            "iterations_per_second": (iteration - since) / (now - then),
        }
        self.run.append_metrics({name: value for name, value in event.items() if name != "type"})
        return event

    def picture_is_due(self) -> bool:
        """Return whether a picture is due: every `picture_every` iterations, five times as often early in training."""
        iteration, every = self.trainer.iteration, self.config.picture_every
        if iteration < DENSE_PICTURES * every:
            every = max(1, every // 5)
        return iteration % every == 0 or iteration == self.config.iterations

    def save_is_due(self) -> bool:
        """Return whether a checkpoint is due. The first one after the untrained checkpoint comes sooner."""
        seconds = self.config.save_seconds
        return time.perf_counter() - self.saved_at > (min(FIRST_SECONDS, seconds) if self.saved == 0 else seconds)

    def save(self) -> None:
        """Write the checkpoint. Before this process's first one, record how the run is trained."""
        if not self.is_recorded:
            record(self.run, self.data, max(0, self.saved))
            self.is_recorded = True
        self.run.save(self.trainer)
        self.saved, self.saved_at = self.trainer.iteration, time.perf_counter()
