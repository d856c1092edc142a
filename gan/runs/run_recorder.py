"""A trainer together with its run's folder: trains iterations, and knows what is on disk and what is due.

gan/runs/session.py draws the pictures and decides when to train. Until `begin` or `open` nothing is written.
"""

from __future__ import annotations

import math
import time

from gan.config import Config
from gan.data import Dataset
from gan.runs.messages import MetricsEvent
from gan.runs.run_writer import RunWriter
from gan.runs.trainer import Iteration, Trainer

FIRST_SECONDS = 5.0  # from the first checkpoint to the next: most first trials are short
DENSE_PICTURES = 10  # for so many intervals, pictures are saved five times as often: most happens early


class Diverged(ArithmeticError):
    """A loss has overflowed."""


class RunRecorder:
    """A trainer and the run that it trains.

    Parameters
    ----------
    config : Config
    data : Dataset

    Attributes
    ----------
    run : RunWriter
        Set by `begin` or `open`.
    trainer : Trainer
        Untrained until `open`.
    saved : int
        The iteration of the checkpoint on disk; -1 if it may be incomplete.
    saved_at : float
        Time of that checkpoint, by `time.perf_counter`.

    Raises
    ------
    InputError : the data does not suit the config.
    """

    run: RunWriter

    def __init__(self, config: Config, data: Dataset) -> None:
        self.config, self.data = config, data
        self.trainer = Trainer(config, data)
        self.saved, self.saved_at = -1, 0.0
        self.measured = (0, 0.0)  # iteration and time of the start of the speed measurement

    def begin(self, run: RunWriter) -> None:
        """Write the untrained network as the first checkpoint of a new run. OSError if it cannot be written."""
        self.run = run
        self.save()

    def open(self, run: RunWriter) -> None:
        """Restore the untrained trainer from the run's last checkpoint, and cut off anything written after it.

        Without a checkpoint the first one is written.

        Raises
        ------
        InputError : the checkpoint does not suit the run.
        OSError : the folder cannot be written.
        """
        self.run = run
        if not run.restore(self.trainer):
            run.save(self.trainer)
        self.saved = self.trainer.iteration
        self.start_clock()

    def go_back(self) -> None:
        """Restore the last checkpoint after the numbers have overflowed."""
        self.trainer = Trainer(self.config, self.data)
        self.open(self.run)

    def start_over(self) -> None:
        """Start over on disk, then in memory. If a file cannot be deleted, `saved` is -1 and the trainer remains."""
        untrained = Trainer(self.config, self.data)
        self.saved = -1
        self.run.start_over(untrained)
        self.trainer, self.saved = untrained, 0
        self.start_clock()

    def start_clock(self) -> None:
        """Measure speed, and the time to the next checkpoint, from now."""
        now = time.perf_counter()
        self.measured = (self.trainer.iteration, now)
        if self.trainer.iteration == self.saved:
            self.saved_at = now

    def advance(self) -> MetricsEvent | None:
        """Train one iteration; write and return the metrics if they are due.

        Raise Diverged if a loss has overflowed; then nothing is written.
        """
        measures = (self.trainer.iteration + 1) % self.config.metrics_every == 0
        done = self.trainer.iterate(measure_d_change=measures)
        if not math.isfinite(done.measured.d_loss + done.measured.g_loss + done.measured.penalty):
            raise Diverged
        return self._save_metrics(done) if measures else None

    def _save_metrics(self, done: Iteration) -> MetricsEvent:
        """Write a line of metrics. The speed is measured since the last line or start."""
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
        """Return whether a picture is due: every `picture_every` iterations, early ones five times as often."""
        iteration, every = self.trainer.iteration, self.config.picture_every
        if iteration < DENSE_PICTURES * every:
            every = max(1, every // 5)
        return iteration % every == 0 or iteration == self.config.iterations

    def save_is_due(self) -> bool:
        """Return whether a checkpoint is due; the first one after the untrained network comes sooner."""
        seconds = self.config.save_seconds
        return time.perf_counter() - self.saved_at > (min(FIRST_SECONDS, seconds) if self.saved == 0 else seconds)

    def save(self) -> None:
        """Write the checkpoint."""
        self.run.save(self.trainer)
        self.saved, self.saved_at = self.trainer.iteration, time.perf_counter()
