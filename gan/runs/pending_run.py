"""A run that has not begun: its worker process is ready, but nothing is on disk.

Opening a page creates no run. Until somebody presses Fun or Train, the worker holds the untrained network in memory,
shows it to viewers and answers their questions. It computes one iteration and throws it away: this loads all code that
training needs, so that the first press of Fun is as fast as with a run on disk.
"""

from gan.config import Config
from gan.data import Dataset
from gan.runs.explain_drawing import Asking
from gan.runs.messages import Command, Parent, State
from gan.runs.preview import Watch
from gan.runs.sheet_evaluator import Onlooker, draw_sheet
from gan.runs.trainer import Trainer

BEGINS: tuple[Command, ...] = ("train", "fun", "finish")  # the commands that create the run
LOOK_SECONDS = 0.5  # how often to check for SIGTERM

First = tuple[Command, int | None]


class Unbegun:
    """The untrained network of a run, in memory only.

    Parameters
    ----------
    parent : Parent
    config : Config
    data : Dataset
    onlooker : Onlooker
    watch : Watch

    Raises
    ------
    InputError : the data does not suit the config.
    """

    def __init__(self, parent: Parent, config: Config, data: Dataset, onlooker: Onlooker, watch: Watch) -> None:
        self.parent, self.data, self.onlooker, self.watch = parent, data, onlooker, watch
        self.trainer, self.asking = Trainer(config, data), Asking(parent)
        self.sheet = draw_sheet(self.trainer, onlooker)
        Trainer(config, data).iterate(measure_d_change=True)

    def wait(self) -> First | None:
        """Wait for the command that begins the run and return it; None if the process is to quit first."""
        self.say_state("idle")
        while not self.parent.quitting:
            self.show()
            message = self.parent.command(LOOK_SECONDS)
            if message is None:
                continue
            if message[0] in BEGINS:
                return message
            if message[0] == "quit":
                break
            self.say_state("idle")  # pause and reset have nothing to do
        self.say_state("gone")
        return None

    def show(self) -> None:
        """Show the sheet to new viewers, and answer questions about its drawings."""
        if self.watch.is_missing(0):
            self.watch.show(self.sheet)
        if self.watch.sheet and self.asking.is_due(0, rests=True):
            self.asking.answer(self.trainer, self.onlooker, self.sheet)

    def say_state(self, state: State) -> None:
        """Report the state at iteration 0."""
        self.parent.tell({"type": "state", "state": state, "iteration": 0, "target": None, "data": self.data.name})
