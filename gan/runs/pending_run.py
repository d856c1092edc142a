"""A run that nobody has begun: its process is ready, and nothing of it is on disk.

Who only looks at a page leaves no run behind. Until somebody presses Fun or Train the process has the untrained network
in memory, shows it to those who watch and answers what they ask. One iteration is played and thrown away: it loads the
code of all that training does, so whoever presses Fun waits no longer than with a run that lies there.
"""

from gan.config import Config
from gan.data import Dataset
from gan.runs.explain_drawing import Asking
from gan.runs.messages import Command, Parent, State
from gan.runs.preview import Watch
from gan.runs.sheet_evaluator import Onlooker, draw_sheet
from gan.runs.trainer import Trainer

BEGINS: tuple[Command, ...] = ("train", "fun", "finish")  # the commands that make a run of it
LOOK_SECONDS = 0.5  # as often as an idle session looks whether SIGTERM came

First = tuple[Command, int | None]


class Unbegun:
    """The untrained network of a run, in memory alone.

    Parameters
    ----------
    parent : Parent
        Commands, and is told.
    config : Config
    data : Dataset
    onlooker : Onlooker
        Remarks on the sheet.
    watch : Watch
        Shows it.

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
        """The command that begins the run; None where the process is to end first."""
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
            self.say_state("idle")  # there is nothing to pause, and it is new already
        self.say_state("gone")
        return None

    def show(self) -> None:
        """Show the sheet to who has not seen it, and answer who asks about a drawing."""
        if self.watch.is_missing(0):
            self.watch.show(self.sheet)
        if self.watch.sheet and self.asking.is_due(0, rests=True):
            self.asking.answer(self.trainer, self.onlooker, self.sheet)

    def say_state(self, state: State) -> None:
        """Report where it stands: nowhere yet."""
        self.parent.tell({"type": "state", "state": state, "iteration": 0, "target": None, "data": self.data.name})
