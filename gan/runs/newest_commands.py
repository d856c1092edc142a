"""Hold what the parent of a worker process wants from it: the newest wish of each kind.

Each press of a button is a wish. Wishes are numbered in the order of the presses: 1, 2,
3 and so on. The parent sends all its wishes whenever one is new, and the worker carries
out those that are newer than what it has done, in their order. So nothing queues up,
however often a person presses: Stop waits for no other press, and two presses that
cancel each other before the worker has seen the first change nothing.
"""

import threading
from typing import NamedTuple

from gan.runs.messages import Command, ViewerCommand


class Wish(NamedTuple):
    press: int
    command: Command | ViewerCommand
    # iterations for "train"; the index of a drawing for "step" and "ask"
    number: int | None


Wishes = dict[str, Wish]  # the newest wish of each kind

# kinds; every other command is a kind of its own
RUN = "run"
JUDGE = "judge"
VIEWERS = "viewers"
KINDS: dict[str, str] = {
    **dict.fromkeys(("train", "fun", "finish", "step", "pause"), RUN),
    **dict.fromkeys(("lock", "unlock"), JUDGE),
    **dict.fromkeys(("watch", "unwatch"), VIEWERS),
}


class Wanted:
    """The wishes of a parent. Any thread may call the methods."""

    def __init__(self) -> None:
        self._wishes: Wishes = {}
        self._presses = self._fetched = 0
        self._changed = threading.Condition()

    def press(self, command: Command | ViewerCommand, number: int | None = None) -> int:
        """Replace the wish of this kind, and return the number of this press."""
        with self._changed:
            self._presses += 1
            if command == "reset":  # the run that these were meant for is gone
                self._wishes = {
                    kind: wish
                    for kind, wish in self._wishes.items()
                    if kind not in (RUN, JUDGE)
                }
            self._wishes = self._wishes | {
                KINDS.get(command, command): Wish(self._presses, command, number)
            }
            self._changed.notify()
            return self._presses

    def fetch(self) -> Wishes:
        """Return all wishes. Wait until one of them was not returned before."""
        with self._changed:
            self._changed.wait_for(lambda: self._presses > self._fetched)
            self._fetched = self._presses
            return self._wishes
