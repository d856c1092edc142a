"""Both ends of the link between a worker process and its parent.

The parent sends the newest command of each kind (`NewestCommands`), and the worker
carries out those that it has not carried out yet, oldest first (`WorkerChannel`). So
commands do not queue up, however often a person presses a button. A newer command
replaces an older one of its kind that the worker has not received yet: after Train and
Stop in quick succession, the worker sees only Stop.

The worker reports its whole status whenever that changes, and the parent keeps the
newest report (`RunStatus`). gan/runs/messages.py defines the messages.
"""

import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from gan.runs.messages import (
    BEGINNING,
    Command,
    Commands,
    ErrorEvent,
    Event,
    SentCommand,
    SheetEvent,
    StateEvent,
    ViewerCommand,
)

# Kinds of commands. A command that is not in KINDS is a kind of its own.
RUN = "run"
JUDGE = "judge"
VIEWERS = "viewers"
KINDS: dict[str, str] = {
    **dict.fromkeys(("train", "fun", "finish", "step", "pause"), RUN),
    **dict.fromkeys(("lock", "unlock"), JUDGE),
    **dict.fromkeys(("watch", "unwatch"), VIEWERS),
}


class NewestCommands:
    """The newest commands of a parent. Any thread may call the methods."""

    def __init__(self) -> None:
        self._commands: Commands = {}
        self._sent = self._fetched = 0  # serial numbers
        self._changed = threading.Condition()

    def add(self, command: Command | ViewerCommand, number: int | None = None) -> int:
        """Replace the command of this kind, and return its serial number."""
        with self._changed:
            self._sent += 1
            commands = self._commands.copy()
            if command == "reset":  # drop commands that were meant for the old network
                commands.pop(RUN, None)
                commands.pop(JUDGE, None)
            kind = KINDS.get(command, command)
            commands[kind] = SentCommand(self._sent, command, number)
            self._commands = commands
            self._changed.notify()
            return self._sent

    def fetch(self) -> Commands:
        """Return the commands. Wait until one of them was not returned before."""
        with self._changed:
            self._changed.wait_for(lambda: self._sent > self._fetched)
            self._fetched = self._sent
            return self._commands


class RunStatus:
    """The newest report of a worker, as its parent received it.

    Attributes
    ----------
    now : StateEvent
        The newest report, which replaces the one before.
    message : str or None
        The newest error or note to show with the run. The parent clears it, or
        replaces it by its own.
    failure : ErrorEvent or None
        The last event, if it is an error.
    sheet : SheetEvent or None
        The newest preview; None if the network was restored to an earlier iteration.
    """

    def __init__(self, data_name: str | None = None, is_begun: bool = False) -> None:
        self.now: StateEvent = {
            "type": "state",
            "state": "starting",
            "iteration": 0,
            "target": None,
            "data": data_name,
            "freeze_switches": [],
            "is_begun": is_begun,
            "done": 0,
        }
        self.message: str | None = None
        self.failure: ErrorEvent | None = None
        self.sheet: SheetEvent | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the worker has saved its run and quit."""
        return self.now["state"] == "gone" and self.failure is None

    def hear(self, event: Event) -> bool:
        """Record an event, and return whether clients need a new snapshot.

        They do if the run has just been created on disk, and if the network was created
        or restored from its checkpoint.
        """
        self.failure = event if event["type"] == "error" else None
        if event["type"] == "error" or event["type"] == "note":
            self.message = event["message"]
        elif event["type"] == "sheet":
            self.sheet = event
        if event["type"] != "state":
            return False
        before = self.now
        self.now = event
        was_beginning = before["state"] in BEGINNING
        is_open = was_beginning and event["state"] not in BEGINNING
        is_created = event["is_begun"] and not before["is_begun"]
        is_restored = is_open or event["iteration"] < before["iteration"]
        if is_restored and self.sheet and self.sheet["iteration"] > event["iteration"]:
            self.sheet = None
        return is_restored or is_created


class WorkerChannel:
    """The worker's end of the pipe to its parent process."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.gone = False  # whether the parent process has ended
        # whether to quit after this iteration: on command, on a signal, or because the
        # parent has ended
        self.quitting = False
        self.done = 0  # serial number of the newest command that was carried out
        self._commands: Commands = {}

    def quit(self) -> None:
        self.quitting = True

    def tell(self, event: Event) -> None:
        """Send an event, unless the parent process has ended."""
        if not self.gone:
            try:
                self.connection.send(event)
            except OSError:
                self.gone = self.quitting = True

    def receive(self, seconds: float) -> None:
        """Receive commands; if none has arrived, wait for at most `seconds`."""
        try:
            while self.connection.poll(seconds):
                self._commands = self.connection.recv()
                seconds = 0
        except (EOFError, OSError):
            self.gone = True
        self.quitting |= self.gone or "quit" in self._commands

    def due(self) -> Iterator[SentCommand]:
        """Yield the received commands that are not done yet, the oldest first.

        A command counts as done when it is yielded.
        """
        kinds = [kind for kind in (RUN, JUDGE, "reset") if kind in self._commands]
        for command in sorted(self._commands[kind] for kind in kinds):
            if command.serial > self.done and not self.quitting:
                self.done = command.serial
                yield command

    def drop_commands(self) -> None:
        serials = [command.serial for command in self._commands.values()]
        self.done = max(serials, default=0)

    def take_reset(self, seconds: float) -> bool:
        """Wait up to `seconds` for commands, and return whether a reset is due.

        If it is, it counts as done from then on.
        """
        self.receive(seconds)
        reset = self._commands.get("reset")
        if reset is None or reset.serial <= self.done:
            return False
        self.done = reset.serial
        return True

    @property
    def watched(self) -> bool:
        viewers = self._commands.get(VIEWERS)
        return viewers is not None and viewers.command == "watch"

    @property
    def question(self) -> SentCommand | None:
        """The viewers' newest question about a drawing, or None.

        The first viewer to arrive and the last one to leave clear it.
        """
        question = self._commands.get("ask")
        viewers = self._commands.get(VIEWERS)
        since = viewers.serial if viewers else 0
        return question if question and question.serial > since else None


def no_parent() -> WorkerChannel:
    """Return a channel without a parent, for a session in the calling process."""
    parent, ours = Pipe()
    parent.close()
    return WorkerChannel(ours)
