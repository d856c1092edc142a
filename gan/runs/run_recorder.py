"""Train a run and record it: write metrics and checkpoints, and decide when the next ones are due.

gan/runs/worker_loop.py draws the pictures and decides when to train. Nothing is written before `begin` or `open` is
called.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

from gan.data import Dataset
from gan.rules.config import Config
from gan.runs.messages import MetricsEvent
from gan.runs.provenance import record
from gan.runs.run_writer import RunWriter
from gan.runs.trainer import Iteration, Trainer

FIRST_SECONDS = 5.0  # maximum time from the untrained checkpoint to the next, because most first trials are short
DENSE_PICTURES = 10  # intervals with five times as many pictures, because drawings change most early in training


class Diverged(ArithmeticError):
    """Raised if a loss has overflowed."""


class RunRecorder:
    """A trainer and the files of its run.

    Parameters
    ----------
    config : Config
    data : Dataset

    Attributes
    ----------
    run : RunWriter
        Set by `begin` or `open`.
    trainer : Trainer
        It is untrained until `open` restores a checkpoint.
    saved : int
        The iteration of the checkpoint on disk; -1 if the files on disk may be inconsistent.
    saved_at : float
        When that checkpoint was written, measured with `time.perf_counter`.
    is_recorded : bool
        Whether this process has recorded how it trains the run (gan/runs/provenance.py).

    Raises
    ------
    InputError
        If the data is unsuitable for the config.
    """

    run: RunWriter

    def __init__(self, config: Config, data: Dataset) -> None:
        self.config, self.data = config, data
        self.trainer = Trainer(config, data)
        self.saved, self.saved_at, self.is_recorded = -1, 0.0, False
        self.measured = (0, 0.0)  # iteration and time at which the speed measurement started

    def begin(self, run: RunWriter) -> None:
        """Write the untrained networks as the first checkpoint of a new run. Raise OSError if that fails."""
        self.run = run
        self.save()

    def open(self, run: RunWriter) -> None:
        """Restore the trainer from the run's last checkpoint, and delete everything newer than that checkpoint.

        If there is no checkpoint, write the first one.

        Raises
        ------
        InputError
            If the checkpoint is damaged or does not match the run.
        OSError
            If the folder is not writable.
        """
        self.run = run
        self.config = self.trainer.config = run.config
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
        config = replace(self.config, freeze_switches=())
        untrained = Trainer(config, self.data)
        self.saved = -1
        self.run.start_over(untrained)
        if config != self.config:
            self.run.change_config(config)
            self.config = config
        self.trainer, self.saved, self.is_recorded = untrained, 0, False
        self.start_clock()

    def switch_freezing(self, freeze: bool) -> None:
        """Freeze D in the next iterations, or no longer. The switch is part of the run's config, so resume repeats it.

        Raise InputError if there are too many switches or the folder is not writable. Nothing changes in that case.
        """
        config = self.config.switched(freeze, self.trainer.iteration)
        self.run.change_config(config)
        self.config = self.trainer.config = config

    def start_clock(self) -> None:
        """Start measuring the speed and the time until the next checkpoint."""
        now = time.perf_counter()
        self.measured = (self.trainer.iteration, now)
        if self.trainer.iteration == self.saved:
            self.saved_at = now

    def advance(self) -> MetricsEvent | None:
        """Train one iteration. If metrics are due, write and return them.

        Raise Diverged if a loss has overflowed. Nothing is written in that case.
        """
        measures = (self.trainer.iteration + 1) % self.config.metrics_every == 0
        done = self.trainer.iterate(measure_d_change=measures)
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
