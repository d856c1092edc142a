"""gan/runs/worker.py and command_queue.py: training in a process, its commands, events, signals, crashes and pipe."""

import os
import signal
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan import data
from gan.runs.command_queue import CommandQueue
from gan.runs.messages import COMMANDS, Message, ViewerCommand
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.trainer import Trainer
from gan.runs.worker import Worker
from nnet.fast.kernels.thread_pool import set_threads
from tests.helpers.commands import SECONDS, wait_for
from tests.helpers.players import everything
from tests.helpers.workers import CONFIG, Local, all_events, create_run, saved_iteration, state, until

SAMPLE = "5,000-digit sample"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """Return a function that starts workers for one run; stop them after the test."""
    started: list[Worker] = []

    def starter() -> Worker:
        started.append(Worker(create_run(tmp_path / "run", CONFIG), CONFIG, None, 1))
        started[-1].start()
        return started[-1]

    yield starter
    for each in started:
        each.stop(0.5)


def test_a_worker_draws_trains_pauses_starts_over_and_ends_without_its_parent(
    start: Callable[[], Worker], tmp_path: Path
) -> None:
    process, run = start(), Run(tmp_path / "run", CONFIG)
    events = until(process, state("idle"))
    assert process.alive
    states = [event["state"] for event in events if event["type"] == "state"]
    assert states in (["starting", "starting", "idle"], ["starting", "starting", "compiling", "idle"])
    assert {"type": "picture", "iteration": 0} in events
    assert events[-1] == {"type": "state", "state": "idle", "iteration": 0, "target": None, "data": SAMPLE}
    assert process.receive(0.01) is None  # no more events
    first = run.picture_path(0).read_bytes()
    assert process.process.pid
    os.kill(process.process.pid, signal.SIGINT)  # which it ignores
    process.send("train", 7)
    events = until(process, state("idle"))
    assert events[0] == {"type": "state", "state": "training", "iteration": 0, "target": 7, "data": SAMPLE}
    assert (events[-1]["iteration"], events[-1]["target"]) == (7, 7)
    lines = [{k: v for k, v in event.items() if k != "type"} for event in events if event["type"] == "metrics"]
    assert [line["iteration"] for line in lines] == [2, 4, 6]
    assert run.metrics() == lines
    assert min(lines[0][name] for name in ("d_loss", "g_loss", "penalty", "iterations_per_second")) > 0
    assert 0 < lines[0]["told_apart"] < 1
    assert (lines[0]["d_change"], lines[0]["learning_rate"]) == (0, CONFIG.learning_rate)
    assert [event["iteration"] for event in events if event["type"] == "picture"] == [1, 2, 3, 4, 5, 6, 7]
    assert run.pictures() == list(range(8))
    process.send("train", 3)
    assert until(process, state("idle"))[-1]["iteration"] == 10
    wait_for(lambda: saved_iteration(run.path) == 10, "the checkpoint of the stop")
    process.send("fun")
    events = until(process, state("training", at_least=45))  # more than the config's 40 iterations
    assert events[0]["target"] is None
    process.send("pause")
    stopped = until(process, state("idle"))[-1]["iteration"]
    wait_for(lambda: saved_iteration(run.path) == stopped, "the checkpoint of the pause")
    wait_for(lambda: run.pictures()[-1] == stopped, "the picture of the pause")  # the page shows this picture
    process.send("fun")
    until(process, state("training", at_least=stopped + 3))
    process.send("reset")
    until(process, lambda event: event == {"type": "picture", "iteration": 0})
    assert until(process, state("idle"))[-1]["iteration"] == 0
    assert (run.pictures(), run.metrics(), saved_iteration(run.path)) == ([0], [], 0)
    assert run.picture_path(0).read_bytes() == first
    for command in ("reset", "fun"):  # usually sent before the worker has built the new network
        process.send(command)
    assert until(process, lambda event: event.get("state") == "idle" and event["target"] is None)[-1]["iteration"] == 0

    # Without its parent, it saves and ends.
    until(process, state("training", at_least=3))
    assert process.process.pid
    os.kill(process.process.pid, signal.SIGHUP)  # ignored, because the parent handles a closed terminal
    reached = until(process, state("training", at_least=6))[-1]["iteration"]
    process.connection.close()
    process.process.join(SECONDS)
    assert (process.process.exitcode, process.alive) == (0, False)
    assert saved_iteration(run.path) >= reached
    process.send("train", 3)  # has no effect after the worker has exited
    process.stop()


# Processes that are killed or terminated


def test_a_killed_worker_continues_from_its_checkpoint_bit_for_bit(start: Callable[[], Worker], tmp_path: Path) -> None:
    first = start()
    first.send("train", 6)
    until(first, state("idle", at_least=6))
    wait_for(lambda: saved_iteration(tmp_path / "run") == 6, "the save")
    first.send("fun")
    until(first, state("training", at_least=12))
    first.process.kill()
    all_events(first)
    run = Run(tmp_path / "run", CONFIG)
    assert run.pictures()[-1] > 6
    second = Local(run.path, CONFIG)
    second.start()
    assert until(second, state("idle"))[-1]["iteration"] == 6
    assert max(line["iteration"] for line in run.metrics()) == 6
    assert run.pictures() == [0, 1, 2, 3, 4, 5, 6]
    second.send("finish")
    assert all_events(second)[-1] == {"type": "state", "state": "gone", "iteration": 40, "target": 40, "data": SAMPLE}
    set_threads(1)  # the worker used one thread, and the results must match bit for bit
    straight, resumed = (Trainer(CONFIG, data.load()) for _ in range(2))
    for _ in range(40):
        straight.iterate()
    RunWriter(run.path, CONFIG).restore(resumed)
    (arrays, texts), (expected, expected_texts) = everything(resumed), everything(straight)
    assert [name for name in expected if arrays[name] != expected[name]] == []
    assert texts == expected_texts


@pytest.mark.full
def test_sigterm_while_idle_ends_the_worker(start: Callable[[], Worker]) -> None:
    process = start()
    until(process, state("idle"))
    process.process.terminate()
    process.process.join(SECONDS)
    assert process.process.exitcode == 0


def test_follow_passes_on_every_event_and_then_the_end() -> None:
    worker, received, ended = Worker(Path("run"), CONFIG, None, 1), list[Any](), list[str]()
    sent = [{"type": "picture", "iteration": iteration} for iteration in range(3)]
    for event in sent:
        worker._theirs.send(event)
    worker._theirs.close()  # as when its process ends
    worker.follow(received.append, ended.append)
    assert worker._follower
    worker._follower.join(SECONDS)
    assert (received, ended) == (sent, ["ended unexpectedly"])
    worker.connection.close()


# Merged commands (gan/runs/command_queue.py)


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
    worker = Worker(Path("run"), CONFIG, None, 1)
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
