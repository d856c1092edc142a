"""gan/cluster/processes_on_workers.py: tasks, their files and commands."""

import multiprocessing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from distributed import Reschedule

from gan.cluster import processes_on_workers
from gan.cluster.processes_on_workers import (
    Host,
    Training,
    begin_training,
    fetch_changes,
    save_and_end,
)
from tests.helpers.fake_worker import tiny

KEY = "train-digit-3-gan-1"


@pytest.fixture
def worker(tmp_path: Path) -> Any:
    """Return a fake Dask worker with the parts that the plugin uses."""
    events: list[dict[str, Any]] = []
    plugins: dict[str, Host] = {"gan-1": Host("gan-1")}
    worker = SimpleNamespace(
        local_directory=str(tmp_path),
        address="tcp://here:1",
        events=events,
        plugins=plugins,
        get_current_task=lambda: KEY,
        state=SimpleNamespace(tasks={KEY: SimpleNamespace(state="executing")}),
        log_event=lambda topic, event: events.append({"topic": topic, **event}),
    )
    plugins["gan-1"].setup(worker)
    return worker


@pytest.fixture
def plugin(worker: Any) -> Any:
    return worker.plugins["gan-1"]


@pytest.fixture
def training(plugin: Any) -> Training:
    """Return a Training with a running fake process."""
    training = Training(plugin, KEY, "digit-3")
    training.process = Mock()
    plugin.trainings[KEY] = training
    return training


def commands(training: Training) -> list[str]:
    assert isinstance(training.process, Mock)
    return [call.args[0] for call in training.process.send.call_args_list]


def test_a_released_task_saves_and_ends(plugin: Any, training: Training) -> None:
    assert not multiprocessing.current_process().daemon, (
        "a Dask worker may start processes"
    )
    plugin.transition(KEY, "ready", "executing")
    plugin.transition("another", "executing", "released")
    assert commands(training) == []
    plugin.transition(KEY, "executing", "released")
    assert commands(training) == ["quit"]
    assert training.wanted is False
    # The process still saves in it; the task deletes it later.
    assert training.folder.exists()


def test_a_finished_task_keeps_its_folder_until_it_is_released(
    plugin: Any, training: Training
) -> None:
    training.over = True
    plugin.transition(KEY, "executing", "memory")
    assert training.folder.exists()
    plugin.transition(KEY, "memory", "released")
    assert not training.folder.exists()
    assert plugin.trainings == {}


def test_save_and_end_keeps_the_folder_and_a_closing_worker_does_not(
    worker: Any, plugin: Any, training: Training
) -> None:
    save_and_end("gan-1", worker)
    save_and_end("nobody", worker)
    assert commands(training) == ["quit"]
    assert training.wanted is True
    assert not training.begun.get(timeout=0)
    plugin.teardown(worker)
    assert commands(training) == ["quit", "quit"]
    assert training.wanted is False
    assert plugin.is_closed


def test_files_are_written_before_training_starts(
    worker: Any, training: Training
) -> None:
    stamps = begin_training(
        "gan-1", KEY, str(training.folder), 2, {"config.json": b"{}"}, worker
    )
    assert training.begun.get(timeout=0)
    assert list(stamps) == ["config.json"]
    assert training.attempt == 2
    assert fetch_changes("gan-1", KEY, 2, stamps, worker) == ({}, {})
    (training.folder / "metrics.jsonl").write_bytes(b"new")
    files, _ = fetch_changes("gan-1", KEY, 2, stamps, worker) or ({}, {})
    assert files == {"metrics.jsonl": b"new"}


def test_another_attempt_is_ignored(worker: Any, training: Training) -> None:
    assert fetch_changes("gan-1", KEY, 1, {}, worker) is None
    assert fetch_changes("gan-1", "another", 0, {}, worker) is None
    assert fetch_changes("nobody", KEY, 0, {}, worker) is None
    files = {"config.json": b"{}"}
    assert begin_training("gan-1", KEY, "elsewhere", 2, files, worker) == {}
    assert training.begun.empty()
    assert list(training.folder.iterdir()) == []


def test_a_training_that_never_starts_has_no_process(worker: Any, plugin: Any) -> None:
    training = Training(plugin, KEY, "digit-3")
    training.save_and_end()
    training.train(tiny(3), None, 1)
    assert worker.events == [
        {
            "topic": "gan-1",
            "run": "digit-3",
            "attempt": 0,
            "begin": "tcp://here:1",
            "folder": str(training.folder),
        }
    ]
    plugin.is_closed = True
    training.save_and_end()
    with pytest.raises(Reschedule):
        training.train(tiny(3), None, 1)


def test_a_task_that_ended_before_it_is_registered_trains_nothing(
    worker: Any, plugin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes_on_workers, "get_worker", lambda: worker)
    for tasks in ({KEY: SimpleNamespace(state="cancelled")}, {}):
        worker.state.tasks = tasks
        processes_on_workers.train_run("gan-1", "digit-3", tiny(3).to_json(), None, 1)
    worker.state.tasks = {KEY: SimpleNamespace(state="executing")}
    plugin.teardown(worker)  # registered after the plugin has closed
    with pytest.raises(Reschedule):
        processes_on_workers.train_run("gan-1", "digit-3", tiny(3).to_json(), None, 1)
    assert plugin.trainings == {}
    assert list(Path(worker.local_directory).glob("run-*")) == []
