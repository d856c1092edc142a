"""gan/cluster/cluster_queue.py: events, files and failures on a fake cluster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from gan.base.errors import InputError
from gan.cluster import processes_on_workers
from gan.cluster.cluster_queue import ClusterQueue
from gan.runs.run import Run
from gan.runs.run_writer import create
from tests.helpers.fake_worker import tiny
from tests.helpers.workers import RecordedProgress

WORKER = "tcp://there:1"


class FakeFuture:
    status = "pending"

    def release(self) -> None:
        self.status = "released"

    def exception(self) -> Exception:
        return RuntimeError("its process\nended unexpectedly")


class FakeCluster:
    """Implements the parts of `Joined` and of Dask's client that a queue uses.

    `calls` lists the calls to workers.
    """

    name = "gan-1"
    address = "tcp://scheduler:8786"
    cores = 1

    def __init__(self) -> None:
        self.client = self
        self.workers = Mock(return_value={WORKER: 1})
        self.check_versions = Mock()
        self.subscribe_topic = Mock()
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.futures: dict[str, FakeFuture] = {}
        self.priorities: list[int] = []
        begin = processes_on_workers.begin_training
        fetch = processes_on_workers.fetch_changes
        end = processes_on_workers.save_and_end
        self.answers: dict[Callable[..., Any], Any] = {
            begin: {},
            fetch: ({}, {}),
            end: None,
        }

    def submit(
        self, function: Callable[..., Any], *arguments: Any, key: str, **options: Any
    ) -> FakeFuture:
        self.priorities.append(options["priority"])
        self.futures[arguments[1]] = FakeFuture()
        return self.futures[arguments[1]]

    def run(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        workers: list[str],
        on_error: str,
    ) -> dict[str, Any]:
        self.calls.append((function.__name__, arguments))
        return dict.fromkeys(workers, self.answers[function])


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create(tmp_path / "digit-3", tiny(3, iterations=40))


@pytest.fixture
def queue(cluster: FakeCluster, run: Run) -> ClusterQueue:
    """Return a queue whose only run has started on a worker."""
    queue = ClusterQueue([run], cluster, None, RecordedProgress())  # type: ignore[arg-type]
    queue.submit(run)
    report_begin(queue)
    return queue


def report_begin(queue: ClusterQueue, worker: str = WORKER) -> None:
    queue.handle(
        {"run": "digit-3", "attempt": 0, "begin": worker, "folder": "/there/run-1"}
    )


def state(attempt: int, name: str, iteration: int) -> dict[str, Any]:
    event = {
        "type": "state",
        "state": name,
        "iteration": iteration,
        "target": 40,
        "data": "noise",
        "freeze_switches": [],
        "is_begun": True,
        "done": 1,
    }
    return {"run": "digit-3", "attempt": attempt, "event": event}


def shown_events(queue: ClusterQueue) -> list[dict[str, Any]]:
    return queue.progress.events  # type: ignore[attr-defined]


def finish(queue: ClusterQueue, cluster: FakeCluster, status: str = "finished") -> None:
    cluster.futures["digit-3"].status = status
    for task in list(queue.tasks.values()):
        queue.check_task(task)


def test_runs_have_falling_priorities(
    queue: ClusterQueue, cluster: FakeCluster, tmp_path: Path
) -> None:
    """Dask starts the task with the highest one first."""
    for digit in (4, 5):
        queue.submit(create(tmp_path / f"digit-{digit}", tiny(digit)))
    first, second, third = cluster.priorities
    assert first > second > third


def test_events_of_an_earlier_attempt_are_ignored(queue: ClusterQueue) -> None:
    queue.handle(state(1, "training", 10))
    report_begin(queue, "tcp://elsewhere:2")
    queue.handle(state(1, "gone", 20))
    queue.handle(state(2, "training", 5))
    # An event from an unknown run.
    queue.handle({"run": "digit-4", "attempt": 2, "event": {}})
    shown = [(event["state"], event["iteration"]) for event in shown_events(queue)]
    assert shown == [("training", 10), ("training", 5)]


def test_a_new_attempt_says_why(queue: ClusterQueue, cluster: FakeCluster) -> None:
    report_begin(queue)
    cluster.workers.return_value = {"tcp://elsewhere:2": 1}
    report_begin(queue, "tcp://elsewhere:2")
    assert queue.progress.said == [  # type: ignore[attr-defined]
        f"digit-3: its training process on {WORKER} ended; "
        f"resumes on {WORKER}, attempt 2",
        f"digit-3: its worker {WORKER} was lost; "
        "resumes on tcp://elsewhere:2, attempt 3",
    ]


def test_a_new_worker_with_a_different_version_gets_no_run(
    queue: ClusterQueue, cluster: FakeCluster
) -> None:
    error = "--cluster: tcp://other:3 has numpy 1.0, expected 2.0 as here"
    cluster.check_versions.side_effect = InputError(error)
    report_begin(queue, "tcp://other:3")
    cluster.check_versions.assert_called_with(["tcp://other:3"])
    assert queue.failed == ["digit-3"]
    assert cluster.futures["digit-3"].status == "released"
    assert "has numpy 1.0" in shown_events(queue)[-1]["message"]


def test_a_run_is_done_after_its_last_files_are_copied(
    queue: ClusterQueue, cluster: FakeCluster, run: Run
) -> None:
    queue.handle(state(1, "gone", 40))
    finish(queue, cluster, "lost")  # Dask repeats the task
    assert "digit-3" in queue.tasks
    cluster.workers.return_value = {}  # the worker is lost, so Dask repeats the task
    finish(queue, cluster)
    assert "digit-3" in queue.tasks
    cluster.workers.return_value = {WORKER: 1}
    cluster.answers[processes_on_workers.fetch_changes] = (
        None  # the worker does not know this attempt
    )
    finish(queue, cluster)
    assert "digit-3" in queue.tasks
    files = {"generator.safetensors": b"whole", "images/40.png": b"png"}
    cluster.answers[processes_on_workers.fetch_changes] = (
        files,
        {"images/40.png": (1, 2, 3)},
    )
    finish(queue, cluster)
    assert queue.tasks == {}
    assert queue.failed == []
    assert cluster.futures["digit-3"].status == "released"
    assert run.generator.read_bytes() == b"whole"
    assert run.picture_path(40).read_bytes() == b"png"


def test_an_error_names_the_local_folder(
    queue: ClusterQueue, cluster: FakeCluster, run: Run
) -> None:
    error = {
        "type": "error",
        "message": "/there/run-1/checkpoint.safetensors: expected a whole one",
        "field": None,
    }
    queue.handle({"run": "digit-3", "attempt": 1, "event": error})
    finish(queue, cluster)
    assert queue.failed == ["digit-3"]
    assert queue.bad_input is True
    assert (
        shown_events(queue)[-1]["message"] == f"{run.checkpoint}: expected a whole one"
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("error", "its process ended unexpectedly; --resume continues"),
        ("cancelled", "the scheduler at tcp://scheduler"),
        ("finished", ""),  # it ended early
    ],
)
def test_a_failed_task_gives_one_line(
    queue: ClusterQueue, cluster: FakeCluster, status: str, words: str
) -> None:
    queue.handle(state(1, "gone", 20))
    finish(queue, cluster, status)
    assert queue.tasks == {}
    assert queue.failed == ["digit-3"]
    assert queue.bad_input is False
    message = shown_events(queue)[-1].get("message", "")
    assert words in message
    assert "\n" not in message


def test_save_and_end_releases_tasks_and_names_lost_runs(
    queue: ClusterQueue, cluster: FakeCluster, tmp_path: Path
) -> None:
    queue.submit(create(tmp_path / "digit-4", tiny(4)))
    cluster.workers.return_value = {}
    assert queue.save_and_end() == ["digit-3"]
    assert queue.tasks == {}
    assert {future.status for future in cluster.futures.values()} == {"released"}
