"""gan/runs/local_queue.py: workers that cannot save, are killed or exit early, and
signals during training.
"""

import os
import signal
from collections.abc import Sequence
from math import inf
from pathlib import Path
from unittest.mock import Mock

import pytest

from gan.cli.interrupts import TERMINAL_SIGNALS
from gan.runs.local_queue import Queue
from gan.runs.messages import Event
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.runs.worker import Worker
from gan.runs.worker_link import RunStatus
from tests.helpers.commands import wait_for
from tests.helpers.fake_worker import tiny
from tests.helpers.workers import Local, RecordedProgress, saved_iteration

pytestmark = pytest.mark.usefixtures("restore_signals")


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", tiny(3, iterations=100_000, picture_every=1000))


def working(run: RunWriter, kind: type[Worker] = Worker, *waiting: Run) -> Queue:
    """Return a queue whose only worker is training in a process or a thread."""
    queue = Queue(waiting, [1], None, RecordedProgress())
    worker = kind(run.path, run.config, None, 1)
    worker.start()
    worker.send("finish")
    queue.working[worker.connection] = (run, worker, RunStatus())
    wait_for(lambda: len(run.metrics()) > 1, "the first metrics")
    return queue


def error_of(queue: Queue) -> str:
    """Return the message of the only error that was shown."""
    events = queue.progress.events  # type: ignore[attr-defined]
    (message,) = [event["message"] for event in events if event["type"] == "error"]
    return str(message)


ALL = (signal.SIGINT, signal.SIGTERM)
SIGNALS = [
    ("idle", ALL),
    ("training", ALL),
    ("gone", ALL),
    ("training", TERMINAL_SIGNALS[-1:]),
]


class SignalledProgress(RecordedProgress):
    """Sends signals to this process when it shows an event with a given state."""

    def __init__(self, state: str, numbers: Sequence[int]) -> None:
        super().__init__()
        self.state = state
        self.numbers = numbers

    def show(self, run: Run, event: Event) -> None:
        super().show(run, event)
        if event.get("state") == self.state:
            for number in self.numbers:
                os.kill(os.getpid(), number)


@pytest.mark.parametrize(("state", "numbers"), SIGNALS)
def test_a_signal_ends_the_queue_between_two_events_and_saves_all_runs(
    tmp_path: Path, state: str, numbers: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal during a run's last event must not make the queue report a saved run as
    unsaved.
    """
    monkeypatch.setattr("gan.runs.local_queue.Worker", Local)
    configs = tiny(3, iterations=6), tiny(5, iterations=10**6)
    runs = [create(tmp_path / config.name, config) for config in configs]
    queue = Queue(runs, [1, 1], None, SignalledProgress(state, numbers))
    with pytest.raises(KeyboardInterrupt):
        queue.train_all()
    os.kill(os.getpid(), signal.SIGTERM)  # this signal must not interrupt saving
    assert queue.save_and_end() == []
    assert queue.failed == []


def test_no_run_begins_after_a_signal(
    tmp_path: Path, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan.runs.local_queue.LOOK_SECONDS", 0)
    queue = Queue([run, create(tmp_path / "b", tiny(3))], [1, 1], None, Mock())
    begun: list[Run] = []

    def begin(run: Run) -> None:
        begun.append(run)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(queue, "begin", begin)
    with pytest.raises(KeyboardInterrupt):
        queue.train_all()
    assert begun == [run]


def test_a_killed_worker_is_reported_and_the_next_run_trained(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_run = create(run.path.with_name("digit-5"), tiny(5, iterations=4))
    queue = working(run, Worker, next_run)
    monkeypatch.setattr("gan.runs.local_queue.Worker", Local)  # for the next run
    ((_, worker, _),) = queue.working.values()
    worker.process.kill()
    queue.train_all()
    assert error_of(queue).startswith(
        "its process was killed by the system for lack of memory, or by somebody; "
        "--resume continues"
    )
    assert queue.failed == ["digit-3"]
    assert queue.bad_input is False
    assert not queue.working
    assert next_run.generator.exists()


def test_a_run_that_cannot_be_saved_is_reported_with_a_reason(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    # it is first saved at the end
    monkeypatch.setattr("gan.runs.session.FIRST_SECONDS", inf)
    queue = working(run, Local)
    run.generator.mkdir()  # a directory at this path prevents writing the file
    assert queue.save_and_end() == ["digit-3"]
    message = error_of(queue)
    assert "generator.safetensors" in message or "directory" in message


def test_a_terminated_worker_saves_and_has_not_finished(run: RunWriter) -> None:
    queue = working(run)
    ((_, worker, _),) = queue.working.values()
    worker.process.terminate()
    queue.train_all()
    gone = queue.progress.events[-1]  # type: ignore[attr-defined]
    assert queue.failed == ["digit-3"]
    assert gone["state"] == "gone"
    assert worker.process.exitcode == 0
    assert saved_iteration(run.path) == gone["iteration"]
