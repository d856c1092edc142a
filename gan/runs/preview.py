"""Live previews of a run: how often a sheet is drawn for viewers, and how soon its digits were recognized.

*Saved* pictures are due by iteration and do not depend on viewers (gan/runs/run_recorder.py). *Previews* are due by
time, go over the pipe only, and only while somebody views the run. A preview is due 0.1 s after the last one, but
previews may take no more than a fixed share of the time: a fifth in the first ten seconds after a start, when most
happens, and a fortieth later. Drawing uses no random numbers, so training stays the same bit for bit.
"""

import time
from math import inf

from gan.config import Config
from gan.runs.evaluation import told
from gan.runs.messages import EvaluationFields, WorkerChannel
from gan.runs.sheet_evaluator import Sheet

OFTEN_SECONDS = 0.1  # minimum time between two previews
LIVELY_SECONDS = 10.0  # after a start of training
LIVELY_SHARE, LATER_SHARE = 0.2, 0.025  # maximum share of the time for previews
HALF, MOST = 0.5, 0.9  # fractions of a sheet whose first recognition is recorded


class Pace:
    """Decides when the next preview is due. Times are those of `time.perf_counter`."""

    def __init__(self) -> None:
        self.started = self.next = 0.0
        self.cost = inf  # seconds that the last preview took

    def start(self, now: float) -> None:
        """Start training: the first preview is due at once."""
        self.started = self.next = now

    def told(self, begun: float, now: float) -> None:
        """Record that a preview was begun and sent. The smaller of the last two costs counts, to ignore hiccups."""
        share = LIVELY_SHARE if now - self.started < LIVELY_SECONDS else LATER_SHARE
        last, self.cost = self.cost, now - begun
        self.next = begun + max(OFTEN_SECONDS, min(self.cost, last) / share)


class Milestones:
    """Measures the seconds of training, without pauses, until half and 90 % of a sheet were recognized.

    They are known if this process has trained the run since iteration 0.
    """

    def __init__(self) -> None:
        self.half_after: float | None = None
        self.most_after: float | None = None
        self._before: float | None = None  # seconds of training before the last start; None: unknown
        self._since: float | None = None  # time of the last start; None: stopped

    def anew(self) -> None:
        """Start over with an untrained generator."""
        self.half_after = self.most_after = None
        self._before = 0.0

    def start(self, now: float) -> None:
        """Start the clock, or restart it with another target."""
        self.stop(now)
        self._since = now

    def stop(self, now: float) -> None:
        """Stop the clock if it runs."""
        if self._before is not None and self._since is not None:
            self._before += now - self._since
        self._since = None

    def note(self, reading: EvaluationFields, now: float) -> None:
        """Record the evaluation of a sheet."""
        if reading["read"] is None or self._before is None:
            return
        seconds = self._before + (0 if self._since is None else now - self._since)
        part = sum(reading["read"]) / len(reading["read"])
        if self.half_after is None and part >= HALF:
            self.half_after = seconds
        if self.most_after is None and part >= MOST:
            self.most_after = seconds


class Preview:
    """Sends previews of a run to its viewers.

    Parameters
    ----------
    parent : Parent
        Knows whether there are viewers, and receives the previews.
    config : Config
    """

    def __init__(self, parent: WorkerChannel, config: Config) -> None:
        self.parent, self.config = parent, config
        self.pace, self.milestones = Pace(), Milestones()
        self.shown: int | None = None  # iteration of the last sheet
        self.sheet: Sheet | None = None

    def start(self, iteration: int) -> None:
        """Start training at an iteration."""
        if iteration == 0:
            self.milestones.anew()
        now = time.perf_counter()
        self.pace.start(now)
        self.milestones.start(now)

    def stop(self) -> None:
        """Stop training."""
        self.milestones.stop(time.perf_counter())

    def is_due(self, iteration: int) -> bool:
        """Return whether to draw a preview of this iteration."""
        return self.parent.watched and iteration != self.shown and time.perf_counter() >= self.pace.next

    def is_missing(self, iteration: int) -> bool:
        """Return whether viewers of an idle run have not been sent its sheet."""
        return self.parent.watched and iteration != self.shown

    def show(self, sheet: Sheet) -> None:
        """Send a sheet, drawn as a preview or to be saved, to the viewers."""
        if sheet.iteration == 0:
            self.milestones.anew()
        reading = told(sheet.remarks, self.config)
        self.milestones.note(reading, time.perf_counter())
        if not self.parent.watched:
            return
        self.shown, self.sheet = sheet.iteration, sheet
        self.parent.tell(
            {
                "type": "sheet",
                "iteration": sheet.iteration,
                "png": sheet.in_base64,
                "reading": reading,
                "drawn_at": sheet.drawn_at,
                "half_after": self.milestones.half_after,
                "most_after": self.milestones.most_after,
            }
        )
        self.pace.told(sheet.begun, time.perf_counter())
