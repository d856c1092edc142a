"""A trainer and the folder that its run is kept in: one iteration at a time, with what is due on disk after it.

Pictures, metrics and checkpoints are made here; when to train and when to stop is gan/runs/session.py's business, who
is shown what in between gan/runs/preview.py's.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from gan.data import Dataset
from gan.runs.messages import Event, MetricsEvent
from gan.runs.run_writer import RunWriter
from gan.runs.sheet_evaluator import Onlooker, Sheet, draw_sheet
from gan.runs.trainer import Iteration, Trainer

FIRST_SECONDS = 5.0  # from the first checkpoint to the next: most who try it stop soon
DENSE_PICTURES = 10  # for so many intervals, pictures are kept five times as often: that is when most happens


class KeptTrainer:
    """A trainer that stands where its run's last checkpoint was taken; at the beginning where there is none.

    Parameters
    ----------
    run : RunWriter
        What was written after the checkpoint is cut away. Where nothing is there, the first checkpoint is written and
        then the first picture, so that there never is a picture without a checkpoint.
    data : Dataset
    onlooker : Onlooker
        Remarks on every picture.
    tell : function of an Event
        Hears of every picture and line of metrics, once it is on disk.
    show : function of a Sheet
        Is given every sheet that is drawn, before it is on disk, if it goes there at all.

    Attributes
    ----------
    saved : int
        The iteration of the checkpoint on disk; -1 where it is not known to be whole.
    saved_at : float
        When that was, by `time.perf_counter`.

    Raises
    ------
    InputError : the data or the checkpoint does not suit the run.
    OSError : the folder cannot be written.
    """

    def __init__(
        self,
        run: RunWriter,
        data: Dataset,
        onlooker: Onlooker,
        tell: Callable[[Event], None],
        show: Callable[[Sheet], None],
    ) -> None:
        self.run, self.data, self.onlooker, self.tell, self.show = run, data, onlooker, tell, show
        self.trainer = Trainer(run.config, data)
        if not run.restore(self.trainer):
            run.save(self.trainer)
        for note in run.notes:
            tell({"type": "note", "message": note})
        self.saved = self.trainer.iteration
        self.saved_at = time.perf_counter()
        self.measured = (self.trainer.iteration, time.perf_counter())  # whence the speed of the next line counts
        if not run.pictures():
            self.keep_picture()

    def again(self) -> KeptTrainer:
        """Another of the same run, back at its checkpoint."""
        return KeptTrainer(self.run, self.data, self.onlooker, self.tell, self.show)

    @property
    def iteration(self) -> int:
        """How many are done."""
        return self.trainer.iteration

    @property
    def is_saved(self) -> bool:
        """Whether the checkpoint on disk is of this iteration."""
        return self.trainer.iteration == self.saved

    def advance(self) -> bool:
        """One iteration, and the line of metrics and the picture that are due after it.

        False if a loss has overflowed: nothing is kept then.
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
        """Every `picture_every` iterations, at first five times as often, and at the end."""
        every = self.run.config.picture_every
        if iteration < DENSE_PICTURES * every:
            every = max(1, every // 5)
        return iteration % every == 0 or iteration == self.run.config.iterations

    def draw(self) -> Sheet:
        """Draw a sheet, remark on it and show it."""
        sheet = draw_sheet(self.trainer, self.onlooker)
        self.show(sheet)
        return sheet

    def keep_picture(self) -> None:
        """The same, then write and report it: who watches need not wait for the disk."""
        sheet = self.draw()
        self.run.save_sheet(sheet.iteration, sheet.png, sheet.remarks)
        self.tell({"type": "picture", "iteration": sheet.iteration})

    def start_clock(self) -> None:
        """The speed of the next line of metrics counts from now, and so does the time to the next checkpoint."""
        self.measured = (self.trainer.iteration, time.perf_counter())
        if self.is_saved:
            self.saved_at = time.perf_counter()

    def keep_metrics(self, done: Iteration) -> None:
        """Write and report a line of metrics. The speed is that since the last line or the start."""
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
        """Whether so many seconds have passed since the last checkpoint; fewer since that of the untrained run."""
        seconds = self.run.config.save_seconds
        return time.perf_counter() - self.saved_at > (min(FIRST_SECONDS, seconds) if self.saved == 0 else seconds)

    def save(self) -> None:
        """Write the checkpoint."""
        self.run.save(self.trainer)
        self.saved, self.saved_at = self.trainer.iteration, time.perf_counter()

    def clear(self) -> None:
        """Drop all on disk but a new beginning. Should a file withstand, what is in memory is on disk no more."""
        self.saved = -1
        self.run.begin_anew(Trainer(self.run.config, self.data))
