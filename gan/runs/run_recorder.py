"""A trainer together with its run's folder: each iteration, followed by the files that are due.

This module writes pictures, metrics and checkpoints. gan/runs/session.py decides when to train and when to stop;
gan/runs/preview.py decides what viewers see in between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from gan.data import Dataset
from gan.runs.messages import Event, MetricsEvent
from gan.runs.run_writer import RunWriter
from gan.runs.sheet_evaluator import Sheet, SheetEvaluator, draw_sheet
from gan.runs.trainer import Iteration, Trainer

FIRST_SECONDS = 5.0  # from the first checkpoint to the next: most first trials are short
DENSE_PICTURES = 10  # for so many intervals, pictures are saved five times as often: most happens early


class RunRecorder:
    """A trainer restored from its run's last checkpoint, or untrained if there is none.

    Parameters
    ----------
    run : RunWriter
        Anything written after the checkpoint is cut off. In a new run the first checkpoint is written and then the
        first picture, so there is never a picture without a checkpoint.
    data : Dataset
    onlooker : SheetEvaluator
        Evaluates every picture.
    tell : callable
        Receives an event for every picture and line of metrics once it is on disk.
    show : callable
        Receives every sheet that is drawn, before it is written.

    Attributes
    ----------
    saved : int
        The iteration of the checkpoint on disk; -1 if it may be incomplete.
    saved_at : float
        Time of that checkpoint, by `time.perf_counter`.

    Raises
    ------
    InputError : the data or the checkpoint does not suit the run.
    OSError : the folder cannot be written.
    """

    def __init__(
        self,
        run: RunWriter,
        data: Dataset,
        evaluator: SheetEvaluator,
        tell: Callable[[Event], None],
        show: Callable[[Sheet], None],
    ) -> None:
        self.run, self.data, self.evaluator, self.tell, self.show = run, data, evaluator, tell, show
        self.trainer = Trainer(run.config, data)
        if not run.restore(self.trainer):
            run.save(self.trainer)
        for note in run.notes:
            tell({"type": "note", "message": note})
        self.saved = self.trainer.iteration
        self.saved_at = time.perf_counter()
        self.measured = (self.trainer.iteration, time.perf_counter())  # start of the speed measurement
        if not run.pictures():
            self.keep_picture()

    def again(self) -> RunRecorder:
        """Return a new recorder of the same run, restored from its checkpoint."""
        return RunRecorder(self.run, self.data, self.evaluator, self.tell, self.show)

    @property
    def iteration(self) -> int:
        """The number of iterations done."""
        return self.trainer.iteration

    @property
    def is_saved(self) -> bool:
        """Whether the checkpoint on disk is of this iteration."""
        return self.trainer.iteration == self.saved

    def advance(self) -> bool:
        """Train one iteration, then write the metrics and the picture that are due.

        Return False if a loss has overflowed; then nothing is written.
        """
        measures = (self.trainer.iteration + 1) % self.run.config.metrics_every == 0
        done = self.trainer.iterate(measure_d_change=measures)
        if not math.isfinite(done.measured.d_loss + done.measured.g_loss + done.measured.penalty):
            return False
        if measures:
            self.keep_metrics(done)
        if self.picture_due(self.trainer.iteration):
            self.keep_picture()
        return True

    def picture_due(self, iteration: int) -> bool:
        """Return whether a picture is due: every `picture_every` iterations, early ones five times as often."""
        every = self.run.config.picture_every
        if iteration < DENSE_PICTURES * every:
            every = max(1, every // 5)
        return iteration % every == 0 or iteration == self.run.config.iterations

    def draw(self) -> Sheet:
        """Draw a sheet, evaluate it and show it."""
        sheet = draw_sheet(self.trainer, self.evaluator)
        self.show(sheet)
        return sheet

    def keep_picture(self) -> None:
        """Draw a sheet, show it, then write it: viewers do not wait for the disk."""
        sheet = self.draw()
        self.run.save_sheet(sheet.iteration, sheet.png, sheet.remarks)
        self.tell({"type": "picture", "iteration": sheet.iteration})

    def start_clock(self) -> None:
        """Measure speed, and the time to the next checkpoint, from now."""
        self.measured = (self.trainer.iteration, time.perf_counter())
        if self.is_saved:
            self.saved_at = time.perf_counter()

    def keep_metrics(self, done: Iteration) -> None:
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
        self.tell(event)

    def save_is_due(self) -> bool:
        """Return whether a checkpoint is due; the first one after the untrained network comes sooner."""
        seconds = self.run.config.save_seconds
        return time.perf_counter() - self.saved_at > (min(FIRST_SECONDS, seconds) if self.saved == 0 else seconds)

    def save(self) -> None:
        """Write the checkpoint."""
        self.run.save(self.trainer)
        self.saved, self.saved_at = self.trainer.iteration, time.perf_counter()

    def clear(self) -> None:
        """Start over on disk. If a file cannot be deleted, `saved` says that the disk no longer matches memory."""
        self.saved = -1
        self.run.start_over(Trainer(self.run.config, self.data))
