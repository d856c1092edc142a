"""gan/runs/worker.py and worker_link.py: training in a process, its commands, events,
signals, crashes and pipe.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from gan.base.errors import NO_MORE
from gan.runs.run import Run
from gan.runs.worker import Worker
from tests.helpers.commands import SECONDS, wait_for
from tests.helpers.fake_worker import tiny
from tests.helpers.workers import create_run, saved_iteration, state, until

CONFIG = tiny(3, iterations=10, picture_every=5)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Worker]:
    """Start a worker for a run; stop it after the test."""
    worker = Worker(create_run(tmp_path / "run", CONFIG), CONFIG, None, 1)
    worker.start()
    yield worker
    worker.stop(0.5)


def assert_metrics(events: list[Any], run: Run) -> None:
    """Assert that seven iterations have sent and stored plausible metrics."""
    lines = [
        {name: value for name, value in event.items() if name != "type"}
        for event in events
        if event["type"] == "metrics"
    ]
    assert [line["iteration"] for line in lines] == [2, 4, 6]
    assert run.metrics() == lines
    first = lines[0]
    for name in ("d_loss", "g_loss", "penalty", "iterations_per_second"):
        assert first[name] > 0
    assert 0 < first["told_apart"] < 1
    assert first["d_change"] == 0
    assert first["learning_rate"] == CONFIG.learning_rate


def test_a_worker_draws_trains_pauses_starts_over_and_ends(
    process: Worker, tmp_path: Path
) -> None:
    run = Run(tmp_path / "run", CONFIG)
    events = until(process, state("idle"))
    assert process.alive
    states = [event["state"] for event in events if event["type"] == "state"]
    assert states in (["starting", "idle"], ["starting", "compiling", "idle"])
    assert {"type": "picture", "iteration": 0} in events
    known = {
        "type": "state",
        "data": "MNIST, 500 of each digit",
        "is_begun": True,
        "freeze_switches": [],
    }
    assert events[-1] == known | {
        "state": "idle",
        "iteration": 0,
        "target": None,
        "done": 0,
    }
    assert process.receive(0.01) is None  # no more events
    first = run.picture_path(0).read_bytes()
    assert process.process.pid
    os.kill(process.process.pid, signal.SIGINT)  # which it ignores
    process.send("train", 7)
    events = until(process, state("idle"))
    assert events[0] == known | {
        "state": "training",
        "iteration": 0,
        "target": 7,
        "done": 1,
    }
    assert events[-1]["iteration"] == 7
    assert events[-1]["target"] == 7
    assert_metrics(events, run)
    pictures = [event["iteration"] for event in events if event["type"] == "picture"]
    assert pictures == list(range(1, 8))
    assert run.pictures() == list(range(8))
    process.send("fun")
    # more than the config's 10 iterations
    events = until(process, state("training", at_least=12))
    assert events[0]["target"] is None
    process.send("pause")
    stopped = until(process, state("idle"))[-1]["iteration"]
    wait_for(
        lambda: saved_iteration(run.path) == stopped, "the checkpoint of the pause"
    )
    process.send("reset")
    until(process, lambda event: event == {"type": "picture", "iteration": 0})
    assert until(process, state("idle"))[-1]["iteration"] == 0
    assert run.picture_path(0).read_bytes() == first
    for command in ("reset", "fun"):
        # usually sent before the worker has built the new network
        process.send(command)
    events = until(
        process, lambda event: event.get("state") == "idle" and event["target"] is None
    )
    assert events[-1]["iteration"] == 0

    # Without its parent, it saves and ends.
    until(process, state("training", at_least=3))
    assert process.process.pid
    # ignored, because the parent handles a closed terminal
    os.kill(process.process.pid, signal.SIGHUP)
    reached = until(process, state("training", at_least=6))[-1]["iteration"]
    process.connection.close()
    process.process.join(SECONDS)
    assert process.process.exitcode == 0
    assert process.alive is False
    assert saved_iteration(run.path) >= reached
    process.send("train", 3)  # has no effect after the worker has exited
    process.stop()


def test_a_process_without_the_thread_that_sends_to_it_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    worker = Worker(tmp_path / "run", CONFIG, None, 1)
    refusal = RuntimeError("can't start new thread")
    monkeypatch.setattr(worker._sender, "start", Mock(side_effect=refusal))
    with pytest.raises(OSError, match=NO_MORE):
        worker.start()
    assert not worker.alive


# Its cores and its events


def test_a_worker_uses_no_more_cores_than_its_batch_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "gan.runs.worker.ChildProcess.__init__", process := Mock(return_value=None)
    )
    monkeypatch.setattr("nnet.threads.LEAST_SHARE", CONFIG.batch // 4)
    for cores in (64, 2):
        Worker(Path("run"), CONFIG, None, cores)
    assert [call.args[-1] for call in process.call_args_list] == [4, 2]


def test_follow_passes_on_every_event_and_then_the_end() -> None:
    worker = Worker(Path("run"), CONFIG, None, 1)
    received = list[Any]()
    ended = list[str]()
    sent = [{"type": "picture", "iteration": iteration} for iteration in range(3)]
    for event in sent:
        worker._theirs.send(event)
    worker._theirs.close()  # as when its process ends
    worker.follow(received.append, ended.append)
    assert worker._follower
    worker._follower.join(SECONDS)
    assert received == sent
    assert ended == ["ended unexpectedly"]
    worker.connection.close()


def test_sending_to_a_process_that_does_not_read_never_waits() -> None:
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
