"""The worker's end of the pipe to its parent: it receives commands and sends events (gan/runs/messages.py)."""

from multiprocessing.connection import Connection

from gan.runs.command_queue import CommandQueue
from gan.runs.messages import Command, Event

NOT_RESET = "Another process was training this run, so it was not reset. To reset it, press Start over again."


class WorkerChannel:
    """The worker's end of the pipe to its parent process."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.gone = False  # whether the parent process has ended
        self.quitting = False  # after this iteration: on command, on a signal, or because the parent has ended
        self.watched = False  # whether anybody is viewing the run
        self.question: int | None = None  # the drawing that a viewer asks about; None once nobody views the run
        self.questions = 0  # the number of questions received, because the same one may be repeated
        self._commands = CommandQueue()  # received, but not yet carried out

    def quit(self) -> None:
        self.quitting = True

    def tell(self, event: Event) -> None:
        """Send an event, unless the parent process has ended."""
        if not self.gone:
            try:
                self.connection.send(event)
            except OSError:
                self.gone = self.quitting = True

    def drop_resets(self, waited: bool) -> None:
        """If the worker has waited for the lock on the run, drop a reset that has arrived, and say so.

        Such a reset was sent before the previous holder of the lock saved its training.
        """
        if waited:
            self._receive(0)
            if self._commands.remove("reset"):
                self.tell({"type": "error", "message": NOT_RESET})

    def command(self, seconds: float) -> tuple[Command, int | None] | None:
        """Return the next command, or None if none arrives in time.

        Wait `seconds` for each message, but do not wait any longer once a question has arrived.
        """
        self._receive(seconds)
        while self._commands and not self.gone:
            name, number = self._commands.get()
            if name == "ask":
                self.question, self.questions = number, self.questions + 1
                seconds = 0  # so that even an idle run answers immediately
            elif name == "watch" or name == "unwatch":
                self.watched, self.question = name == "watch", None
            else:
                return name, number
            self._receive(seconds)
        return None

    def _receive(self, seconds: float) -> None:
        """Receive all messages that have arrived. If there are none, wait `seconds` for one."""
        try:
            while self.connection.poll(0 if self._commands else seconds):
                self._commands.put(self.connection.recv())
        except (EOFError, OSError):
            self.gone = self.quitting = True
