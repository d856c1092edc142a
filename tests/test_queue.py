"""gan/runs/queue.py: what it says of workers that cannot save, or that somebody ends before their run is finished."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import wait_for
from fake_worker import tiny
from workers import SECONDS, Local, Silent

from gan.runs.messages import Event
from gan.runs.queue import Queue
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.runs.worker import Worker


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", tiny(3, iterations=100_000))


def working(run: RunWriter, kind: type[Worker] = Worker) -> Queue:
    """A queue whose only worker trains, in a process or in a thread."""
    queue = Queue([], 1, 1, None, Silent())
    worker = kind(run.path, run.config, None, 1)
    worker.start()
    worker.send("finish")
    queue.working[worker.connection] = (run, worker)
    wait_for(lambda: len(run.metrics()) > 1, "the first metrics")
    return queue


def test_all_that_is_saved_is_said_to_be(run: RunWriter) -> None:
    assert working(run, Local).save_and_end() == []
    assert run.checkpoint.exists()


@pytest.fixture
def _handlers() -> Iterator[None]:
    """Signals are put back."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Interrupting(Silent):
    """While it shows an event of a state, a signal comes, and another."""

    def __init__(self, state: str) -> None:
        super().__init__()
        self.state = state

    def show(self, run: Run, event: Event) -> None:
        super().show(run, event)
        if event.get("state") == self.state:
            for number in (signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), number)


@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize("state", ["idle", "training", "gone"])
def test_a_signal_at_any_moment_ends_it_between_two_events_and_all_is_saved(
    tmp_path: Path, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal that came with a run's last event had the queue report a saved run as one that "could not be saved"."""
    monkeypatch.setattr("gan.runs.queue.Worker", Local)
    runs = [
        create(tmp_path / f"digit-{digit}", tiny(digit, iterations=length)) for digit, length in ((3, 6), (5, 10**6))
    ]
    queue = Queue(runs, 2, 1, None, Interrupting(state))
    with pytest.raises(KeyboardInterrupt):
        queue.train_all()
    os.kill(os.getpid(), signal.SIGTERM)  # must not cut the saving short
    assert queue.save_and_end() == []
    assert queue.failed == []


@pytest.mark.usefixtures("_handlers")
def test_without_a_signal_the_handlers_are_as_before(run: RunWriter) -> None:
    before = signal.getsignal(signal.SIGINT)
    Queue([], 1, 1, None, Silent()).train_all()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_worker_that_the_system_killed_says_memory_and_the_next_run_is_trained(run: RunWriter) -> None:
    queue = working(run)
    following = create(run.path.with_name("digit-5"), tiny(5, iterations=4))
    queue.waiting.append(following)
    next(iter(queue.working.values()))[1].process.kill()
    queue.train_all()
    (error,) = [event for event in queue.progress.events if event["type"] == "error"]  # type: ignore[attr-defined]
    assert error["message"].startswith(
        "its process was killed, by the system for want of memory or by somebody; --resume goes on"
    )
    assert (queue.failed, queue.bad_input) == (["digit-3"], False)
    assert not queue.working
    assert following.generator.exists()


def test_a_run_that_cannot_be_saved_is_named_with_its_reason(run: RunWriter) -> None:
    queue = working(run, Local)
    run.generator.mkdir()  # in the way of the file
    assert queue.save_and_end() == ["digit-3"]
    (error,) = [event for event in queue.progress.events if event["type"] == "error"]  # type: ignore[attr-defined]
    assert "generator.safetensors" in error["message"] or "directory" in error["message"]


def test_a_worker_that_somebody_ends_early_has_not_finished(run: RunWriter) -> None:
    queue = working(run)
    ender = threading.Timer(0.1, next(iter(queue.working.values()))[1].process.terminate)
    ender.start()
    queue.train_all()
    ender.join(SECONDS)
    assert (queue.failed, run.checkpoint.exists()) == (["digit-3"], True)
