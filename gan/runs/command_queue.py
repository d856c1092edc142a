"""Commands that wait to be sent to a worker, or to be carried out by it.

A command removes those before it that it overrides. So the queue stays short, however often a person presses a button,
and Stop never waits behind other commands.
"""

import threading

from gan.runs.messages import COMMANDS, Message

_RUN = ("train", "fun", "finish", "step", "pause")
_LOCK = ("lock", "unlock")
_VIEWERS = ("watch", "unwatch")
_OVERRIDDEN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_RUN, _RUN),
    **dict.fromkeys(_LOCK, _LOCK),
    "reset": (*_RUN, *_LOCK, "reset"),
    "quit": (*COMMANDS, *_VIEWERS, "ask"),
    **dict.fromkeys(_VIEWERS, (*_VIEWERS, "ask")),
    "ask": ("ask",),
}


class CommandQueue:
    """A queue of commands, for any number of threads."""

    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self._changed = threading.Condition()

    def put(self, message: Message) -> None:
        with self._changed:
            overridden = _OVERRIDDEN.get(message[0], ())
            self._waiting = [one for one in self._waiting if one[0] not in overridden]
            self._waiting.append(message)
            self._changed.notify()

    def get(self) -> Message:
        """Remove and return the oldest command. Wait for one if there is none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            return self._waiting.pop(0)

    def remove(self, command: str) -> bool:
        """Remove a command. Return whether it was waiting."""
        with self._changed:
            before = len(self._waiting)
            self._waiting = [one for one in self._waiting if one[0] != command]
            return len(self._waiting) < before

    def __len__(self) -> int:
        return len(self._waiting)
