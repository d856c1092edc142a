"""gan/runs/command_queue.py: what a worker does with merged commands equals what it does with all of them."""

from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from gan.runs.command_queue import CommandQueue
from gan.runs.messages import COMMANDS, Message, ViewerCommand
from gan.runs.worker import Worker
from tests.helpers.commands import SECONDS
from tests.helpers.fake_worker import tiny

NAMES = (*COMMANDS, *get_args(ViewerCommand))
messages = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 9)), max_size=12)


def merged(given_messages: list[Any]) -> list[Message]:
    queue = CommandQueue()
    for message in given_messages:
        queue.put(message)
    return [queue.get() for _ in range(len(queue))]


def outcome(commands: list[Any]) -> dict[str, Any]:
    """Return what a worker is told to do at last."""
    last: dict[str, Any] = {}
    for name, number in commands:
        if name in ("train", "fun", "finish", "step", "pause", "reset"):
            last["run"] = (name, number)
        if name in ("lock", "unlock", "reset"):
            last["lock"] = name
        if name in ("watch", "unwatch"):
            last |= {"watched": name, "question": None}
        if name == "ask":
            last["question"] = number
        if name == "quit":
            return {"quit": True}
    return last


@given(messages)
def test_merged_commands_have_the_same_outcome_in_the_same_order(given_messages: list[Any]) -> None:
    kept = merged(given_messages)
    assert outcome(kept) == outcome(given_messages)
    places = [max(i for i, one in enumerate(given_messages) if one == message) for message in kept]
    assert all(before < after for before, after in pairwise(places))
    assert len(kept) <= 6


def test_a_process_that_does_not_read_delays_nobody() -> None:
    worker = Worker(Path("run"), tiny(3), None, 1)
    sender = worker._sender
    sender.start()  # without the process
    for i in range(10_000):
        worker.send("ask", i)
        worker.send("lock" if i % 2 else "unlock")
    worker.send("quit")
    worker._theirs.close()
    sender.join(SECONDS)
    assert not sender.is_alive()


def test_stop_waits_for_one_press_of_a_thousand_and_quit_for_none() -> None:
    presses = [("lock" if i % 2 else "unlock", None) for i in range(1000)]
    assert merged([("fun", None), *presses, ("pause", None)]) == [("lock", None), ("pause", None)]
    assert merged([("fun", None), *presses, ("quit", None)]) == [("quit", None)]
