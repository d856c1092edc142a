"""gan/runs/queue.py: what it says of workers that cannot save, or that somebody ends before their run is finished."""

import threading
from pathlib import Path

import pytest
from commands import wait_for
from fake_worker import tiny
from workers import SECONDS, Silent

from gan.runs.queue import Queue
from gan.runs.worker import Worker
from gan.runs.writer import RunWriter, create


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", tiny(3, iterations=100_000))


def working(run: RunWriter) -> Queue:
    """A queue whose only worker trains."""
    queue = Queue([], 1, 1, None, Silent())
    worker = Worker(run.path, run.config, None, 1)
    worker.start()
    worker.send("finish")
    queue.working[worker.connection] = (run, worker)
    wait_for(lambda: len(run.metrics()) > 1, "the first metrics")
    return queue


def test_all_that_is_saved_is_said_to_be(run: RunWriter) -> None:
    assert working(run).save_and_end() == []
    assert run.checkpoint.exists()


def test_a_run_that_cannot_be_saved_is_named_with_its_reason(run: RunWriter) -> None:
    queue = working(run)
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
