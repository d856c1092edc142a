"""The worker's end of the pipe to its parent: it receives wishes
(gan/runs/newest_commands.py) and sends events.
"""

from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from gan.runs.messages import Event
from gan.runs.newest_commands import JUDGE, RUN, VIEWERS, Wish, Wishes


class WorkerChannel:
    """The worker's end of the pipe to its parent process."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.gone = False  # whether the parent process has ended
        # after this iteration: on command, on a signal, or because the parent has ended
        self.quitting = False
        self.done = 0  # the press of the newest wish that was carried out
        self._wishes: Wishes = {}

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
        """Receive the newest wishes. If none have arrived, wait `seconds` for them."""
        try:
            while self.connection.poll(seconds):
                self._wishes = self.connection.recv()
                seconds = 0
        except (EOFError, OSError):
            self.gone = True
        self.quitting |= self.gone or "quit" in self._wishes

    def due(self) -> Iterator[Wish]:
        """Yield the received wishes that are not done yet, the oldest first.

        Each counts as done from then on.
        """
        for wish in sorted(
            self._wishes[kind] for kind in (RUN, JUDGE, "reset") if kind in self._wishes
        ):
            if wish.press > self.done and not self.quitting:
                self.done = wish.press
                yield wish

    def drop_wishes(self) -> None:
        self.done = max((wish.press for wish in self._wishes.values()), default=0)

    def take_reset(self, seconds: float) -> bool:
        """Return whether a reset is wanted, after waiting `seconds` for wishes.

        It counts as done from then on.
        """
        self.receive(seconds)
        wish = self._wishes.get("reset")
        if wish is None or wish.press <= self.done:
            return False
        self.done = wish.press
        return True

    @property
    def watched(self) -> bool:
        return VIEWERS in self._wishes and self._wishes[VIEWERS].command == "watch"

    @property
    def question(self) -> Wish | None:
        """The viewers' question about a drawing.

        A viewer who arrives, or the last one who leaves, clears it.
        """
        question = self._wishes.get("ask")
        since = self._wishes[VIEWERS].press if VIEWERS in self._wishes else 0
        return question if question and question.press > since else None


def no_parent() -> WorkerChannel:
    """Return a channel whose parent has ended, for a run that is trained without a
    worker process.
    """
    parent, ours = Pipe()
    parent.close()
    return WorkerChannel(ours)
