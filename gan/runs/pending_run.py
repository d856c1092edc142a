"""A run that has not begun: its worker process is ready, but nothing is on disk.

Opening a page creates no run. Until somebody presses Fun or Train, the worker holds the untrained network in memory,
shows it to viewers and answers their questions. It computes one iteration and throws it away: this loads all code that
training needs, so that the first press of Fun is as fast as with a run on disk.
"""

from gan.config import Config
from gan.data import Dataset
from gan.runs.explain_drawing import DrawingExplainer
from gan.runs.messages import Command, State, WorkerChannel
from gan.runs.preview import Preview
from gan.runs.sheet_evaluator import SheetEvaluator, draw_sheet
from gan.runs.trainer import Trainer

BEGINS: tuple[Command, ...] = ("train", "fun", "finish")  # the commands that create the run
LOOK_SECONDS = 0.5  # how often to check for SIGTERM

First = tuple[Command, int | None]


class PendingRun:
    """The untrained network of a run, in memory only.

    Parameters
    ----------
    parent : Parent
    config : Config
    data : Dataset
    onlooker : SheetEvaluator
    watch : Watch

    Raises
    ------
    InputError : the data does not suit the config.
    """

    def __init__(
        self, parent: WorkerChannel, config: Config, data: Dataset, evaluator: SheetEvaluator, watch: Preview
    ) -> None:
        self.parent, self.data, self.evaluator, self.watch = parent, data, evaluator, watch
        self.trainer, self.asking = Trainer(config, data), DrawingExplainer(parent)
        self.sheet = draw_sheet(self.trainer, evaluator)
        Trainer(config, data).iterate(measure_d_change=True)

    def wait(self) -> First | None:
        """Wait for the command that begins the run and return it; None if the process is to quit first."""
        self.report_state("idle")
        while not self.parent.quitting:
            self.show()
            message = self.parent.command(LOOK_SECONDS)
            if message is None:
                continue
            if message[0] in BEGINS:
                return message
            if message[0] == "quit":
                break
            self.report_state("idle")  # pause and reset have nothing to do
        self.report_state("gone")
        return None

    def show(self) -> None:
        """Show the sheet to new viewers, and answer questions about its drawings."""
        if self.watch.is_missing(0):
            self.watch.show(self.sheet)
        if self.watch.sheet and self.asking.is_due(0, rests=True):
            self.asking.answer(self.trainer, self.evaluator, self.sheet)

    def report_state(self, state: State) -> None:
        """Report the state at iteration 0."""
        self.parent.tell({"type": "state", "state": state, "iteration": 0, "target": None, "data": self.data.name})
