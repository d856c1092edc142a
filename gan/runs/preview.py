"""Watching a run train: how often a sheet is drawn to be looked at, and how soon its digits could be read.

What is *kept* of a run comes by iteration and is the same whoever looks (gan/runs/run_recorder.py). What is *watched* comes by
time, goes over the pipe alone, and only while somebody watches. A sheet is due a tenth of a second after the last one;
but drawing, reading and telling it may take no more than a share of the time: a fifth in the first ten seconds after
training is started, when most happens and somebody has just pressed the button, and a fortieth from then on. So a
small network shows every tenth iteration at first, a large one each. Training is the same bit for bit: drawing uses no
random numbers.
"""

import time
from math import inf

from gan.config import Config
from gan.runs.evaluation import told
from gan.runs.messages import Parent, ToldRemarks
from gan.runs.sheet_evaluator import Sheet

OFTEN_SECONDS = 0.1  # between two sheets, at least
LIVELY_SECONDS = 10.0  # after a start
LIVELY_SHARE, LATER_SHARE = 0.2, 0.025  # of the time, at most, for what is watched
HALF, MOST = 0.5, 0.9  # of a sheet: when so much could be read is remembered


class Pace:
    """When the next sheet is due. Times are those of `time.perf_counter`."""

    def __init__(self) -> None:
        self.started = self.next = 0.0
        self.cost = inf  # seconds that the last sheet took

    def start(self, now: float) -> None:
        """Training starts: the first sheet is due at once."""
        self.started = self.next = now

    def told(self, begun: float, now: float) -> None:
        """A sheet was begun then and is told now. Of its cost and the last one's the smaller counts, not a hiccup."""
        share = LIVELY_SHARE if now - self.started < LIVELY_SECONDS else LATER_SHARE
        last, self.cost = self.cost, now - begun
        self.next = begun + max(OFTEN_SECONDS, min(self.cost, last) / share)


class Milestones:
    """After how many seconds of training, pauses not counted, half and nine in ten of a sheet were read.

    They are known of a run that this process has trained from its untrained generator on.
    """

    def __init__(self) -> None:
        self.half_after: float | None = None
        self.most_after: float | None = None
        self._before: float | None = None  # seconds of training before the last start; None: not known
        self._since: float | None = None  # when that was; None: it does not train

    def anew(self) -> None:
        """The generator is untrained."""
        self.half_after = self.most_after = None
        self._before = 0.0

    def start(self, now: float) -> None:
        """Training starts, or goes on with another aim."""
        self.stop(now)
        self._since = now

    def stop(self, now: float) -> None:
        """Training stops, if it went on."""
        if self._before is not None and self._since is not None:
            self._before += now - self._since
        self._since = None

    def note(self, reading: ToldRemarks, now: float) -> None:
        """Take in what was read on a sheet."""
        if reading["read"] is None or self._before is None:
            return
        seconds = self._before + (0 if self._since is None else now - self._since)
        part = sum(reading["read"]) / len(reading["read"])
        if self.half_after is None and part >= HALF:
            self.half_after = seconds
        if self.most_after is None and part >= MOST:
            self.most_after = seconds


class Watch:
    """Shows sheets to those who watch a run.

    Parameters
    ----------
    parent : Parent
        Knows whether somebody does, and is told.
    config : Config
        Of the run.
    """

    def __init__(self, parent: Parent, config: Config) -> None:
        self.parent, self.config = parent, config
        self.pace, self.milestones = Pace(), Milestones()
        self.shown: int | None = None  # the iteration of the last sheet
        self.sheet: Sheet | None = None  # that sheet

    def start(self, iteration: int) -> None:
        """Training starts from an iteration."""
        if iteration == 0:
            self.milestones.anew()
        now = time.perf_counter()
        self.pace.start(now)
        self.milestones.start(now)

    def stop(self) -> None:
        """Training stops, if it went on."""
        self.milestones.stop(time.perf_counter())

    def is_due(self, iteration: int) -> bool:
        """Whether to draw a sheet of this iteration for those who watch."""
        return self.parent.watched and iteration != self.shown and time.perf_counter() >= self.pace.next

    def is_missing(self, iteration: int) -> bool:
        """Whether somebody watches a run that rests, and was not shown its sheet."""
        return self.parent.watched and iteration != self.shown

    def show(self, sheet: Sheet) -> None:
        """A sheet was drawn, to be watched or kept. Whoever watches sees both."""
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
