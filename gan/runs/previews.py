"""Show viewers the newest drawings of a run in training, and explain one of them.

*Saved* pictures are due at certain iterations and do not depend on viewers
(gan/runs/session.py). *Previews* are drawn while somebody is viewing the run. They are
sent over the pipe but not saved to disk. A preview is due 0.1 s after the last one, but
previews may take only a limited fraction of the worker's time: a tenth in the first ten
seconds after training starts, when drawings change most, and a fortieth later. Drawing
uses no random numbers, so training stays bit-identical.
"""

import base64
import time
from math import inf

from gan.runs.evaluate_sheets import Sheet, SheetEvaluator, draw_sheet
from gan.runs.explain_drawing import DrawingExplainer
from gan.runs.messages import EvaluationFields
from gan.runs.trainer import Trainer
from gan.runs.worker_link import WorkerChannel

OFTEN_SECONDS = 0.1  # minimum time between previews
LIVELY_SECONDS = 10.0  # duration of the first phase after training starts
# Maximum fraction of the worker's time for previews, in that phase and after it.
LIVELY_SHARE = 0.1
LATER_SHARE = 0.025
MOST = 0.9  # fraction of a sheet that must be recognized for `Milestone`


class Pace:
    """Decides when the next preview is due.

    All times are measured with `time.perf_counter`.
    """

    def __init__(self) -> None:
        self.started = self.next = 0.0
        self.cost = inf  # seconds that the last preview took

    def start(self, now: float) -> None:
        """Record that training starts, so that the first preview is due immediately."""
        self.started = self.next = now

    def sent(self, begun: float, now: float) -> None:
        """Schedule the next preview after one that was begun and sent at these times.

        The schedule depends on the faster of the last two previews, so a single slow
        one does not delay the next.
        """
        share = LIVELY_SHARE if now - self.started < LIVELY_SECONDS else LATER_SHARE
        last = self.cost
        self.cost = now - begun
        self.next = begun + max(OFTEN_SECONDS, min(self.cost, last) / share)


class Milestone:
    """Measures the training time until 90 % of a sheet are recognized.

    Pauses do not count. The time is known only if this process has trained the run
    since iteration 0.
    """

    def __init__(self) -> None:
        self.most_after: float | None = None
        # seconds of training before the last start; None if unknown
        self._before: float | None = None
        self._since: float | None = None  # time of the last start; None if stopped

    def reset(self) -> None:
        """Forget the milestone, because the generator is untrained."""
        self.most_after = None
        self._before = 0.0

    def start(self, now: float) -> None:
        """Start the clock. If it is already running, it continues."""
        self.stop(now)
        self._since = now

    def stop(self, now: float) -> None:
        if self._before is not None and self._since is not None:
            self._before += now - self._since
        self._since = None

    def note(self, evaluation: EvaluationFields, now: float) -> None:
        """Record the time if this is the first sheet to reach the milestone."""
        read = evaluation["read"]
        if read is None or self._before is None or self.most_after is not None:
            return
        if sum(read) >= MOST * len(read):
            self.most_after = self._before + (
                0 if self._since is None else now - self._since
            )


class Previews:
    """Draws the sheets of a run and sends them to the viewers, if there are any."""

    def __init__(self, parent: WorkerChannel, evaluator: SheetEvaluator) -> None:
        self.parent = parent
        self.evaluator = evaluator
        self.explainer = DrawingExplainer(parent)
        self.pace = Pace()
        self.milestone = Milestone()
        self.sheet: Sheet | None = None  # the most recently drawn sheet
        # the iteration of the sheet that was most recently sent to viewers
        self.shown: int | None = None

    def start(self, iteration: int) -> None:
        now = time.perf_counter()
        self.pace.start(now)
        if iteration == 0:
            self.milestone.reset()
        self.milestone.start(now)

    def are_due(self, iteration: int) -> bool:
        return (
            self.parent.watched
            and self.shown != iteration
            and time.perf_counter() >= self.pace.next
        )

    def draw(self, trainer: Trainer) -> Sheet:
        self.sheet = sheet = draw_sheet(trainer, self.evaluator)
        self.show(sheet, trainer)
        return sheet

    def show_current(self, trainer: Trainer) -> Sheet:
        """Return this iteration's sheet, drawing it if necessary.

        Send it to viewers that do not have it yet.
        """
        if self.sheet is None or self.sheet.iteration != trainer.iteration:
            return self.draw(trainer)
        if self.shown != trainer.iteration:
            self.show(self.sheet, trainer)
        return self.sheet

    def show(self, sheet: Sheet, trainer: Trainer) -> None:
        """Record a sheet for the milestone, and send it to the viewers."""
        evaluation = sheet.evaluation.fields(trainer.config)
        if sheet.iteration == 0:
            self.milestone.reset()
        self.milestone.note(evaluation, time.perf_counter())
        if not self.parent.watched:
            return
        self.shown = sheet.iteration
        self.parent.tell(
            {
                "type": "sheet",
                "iteration": sheet.iteration,
                "png": base64.b64encode(sheet.png).decode("ascii"),
                "reading": evaluation,
                "drawn_at": sheet.drawn_at,
                "most_after": self.milestone.most_after,
            }
        )
        self.pace.sent(sheet.begun, time.perf_counter())

    def explain_if_due(self, trainer: Trainer, is_idle: bool) -> None:
        """Explain the drawing that a viewer asks about, if an answer is due.

        Do nothing if the current sheet has not been sent to viewers.
        """
        sheet = self.sheet
        iteration = trainer.iteration
        is_shown = sheet is not None and sheet.iteration == self.shown == iteration
        if sheet and is_shown and self.explainer.is_due(iteration, is_idle):
            self.explainer.answer(trainer, self.evaluator, sheet)
