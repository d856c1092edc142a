"""The end of the pipe in a run's process: who is told, who commands, and whether somebody watches or asks."""

from multiprocessing.connection import Connection
from typing import cast, get_args

from gan.runs.events import Command, Event, Message, Watching


class Parent:
    """What a run's process knows of the process that started it.

    Attributes
    ----------
    quitting : bool
        Whether to end after the iteration that is being computed: the parent said so, a signal did, or it has gone.
    watched : bool
        Whether somebody looks at the run. It comes with the commands and is none: whoever waits for one never sees it.
    asked : int or None
        Which drawing of the sheet somebody asks about (gan/runs/asked.py). It comes likewise, and ends with watching.
    questions : int
        How many have come: the same drawing may be asked about anew.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.quitting = self.gone = self.watched = False
        self.asked: int | None = None
        self.questions = 0

    def quit(self) -> None:
        """End after the iteration that is being computed."""
        self.quitting = True

    def tell(self, event: Event) -> None:
        """Send an event, if there is still somebody to hear it."""
        if not self.gone:
            try:
                self.connection.send(event)
            except OSError:
                self.gone = self.quitting = True

    def command(self, seconds: float) -> tuple[Command, int | None] | None:
        """The next command; None if none comes within so many seconds, or ever, or somebody asks meanwhile."""
        try:
            while self.connection.poll(seconds):
                message: Message = self.connection.recv()
                if message[0] not in get_args(Watching):
                    return cast(tuple[Command, int | None], message)
                if message[0] == "ask":
                    self.asked, self.questions = message[1], self.questions + 1
                    seconds = 0  # who asks a run that rests is not to wait
                else:
                    self.watched = message[0] == "watch"
                    self.asked = self.asked if self.watched else None
        except (EOFError, OSError):
            self.gone = self.quitting = True
        return None
