"""The end of the pipe in a run's process: who is told, who commands, and whether somebody watches."""

from multiprocessing.connection import Connection
from typing import cast

from gan.runs.events import Command, Event, Message


class Parent:
    """What a run's process knows of the process that started it.

    Attributes
    ----------
    quitting : bool
        Whether to end after the iteration that is being computed: the parent said so, a signal did, or it has gone.
    watched : bool
        Whether somebody looks at the run. It comes with the commands and is none: whoever waits for one never sees it.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.quitting = self.gone = self.watched = False

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
        """The next command; None if none comes within so many seconds, or ever."""
        try:
            while self.connection.poll(seconds):
                message: Message = self.connection.recv()
                if message[0] not in ("watch", "unwatch"):
                    return cast(tuple[Command, int | None], message)
                self.watched = message[0] == "watch"
        except (EOFError, OSError):
            self.gone = self.quitting = True
        return None
