"""What a worker of the cluster does when it is told to, or when nobody wants a task any more."""

import multiprocessing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from distributed import Reschedule
from fake_worker import tiny

from gan.cluster import host
from gan.cluster.host import Host, Training, begin_training, fetch_changes, save_and_end
from gan.errors import InputError

KEY = "train-digit-3-gan-1"


class FakeProcess:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def send(self, command: str) -> None:
        self.heard.append(command)


@pytest.fixture
def worker(tmp_path: Path) -> Any:
    """What a plugin asks of Dask's worker."""
    told: list[dict[str, Any]] = []
    plugins: dict[str, Host] = {"gan-1": Host("gan-1")}
    worker = SimpleNamespace(
        local_directory=str(tmp_path), address="tcp://here:1", told=told, plugins=plugins,
        log_event=lambda topic, event: told.append({"topic": topic, **event}),
    )  # fmt: skip
    plugins["gan-1"].setup(worker)
    return worker


@pytest.fixture
def training(worker: Any) -> Training:
    """A training whose process runs."""
    plugin = worker.plugins["gan-1"]
    training = Training(plugin, KEY, "digit-3")
    training.process = FakeProcess()  # type: ignore[assignment]
    plugin.trainings[KEY], plugin.ends[KEY] = training, training.end
    return training


def heard(training: Training) -> list[str]:
    return training.process.heard  # type: ignore[union-attr]


def test_a_worker_of_dask_may_have_children(worker: Any) -> None:
    assert not multiprocessing.current_process().daemon


def test_a_task_ends_when_it_is_not_wanted_and_its_folder_goes_with_it(worker: Any, training: Training) -> None:
    plugin = worker.plugins["gan-1"]
    plugin.transition(KEY, "ready", "executing")
    plugin.transition("another", "executing", "released")
    assert heard(training) == []
    plugin.transition(KEY, "executing", "released")
    assert (heard(training), training.wanted) == (["quit"], False)
    assert training.folder.exists()  # its process saves; the task removes it


def test_the_folder_of_a_task_that_is_over_stays_until_it_is_released(worker: Any, training: Training) -> None:
    plugin = worker.plugins["gan-1"]
    training.over = True
    plugin.transition(KEY, "executing", "memory")
    assert training.folder.exists()
    plugin.transition(KEY, "memory", "released")
    assert not training.folder.exists()
    assert (plugin.ends, plugin.trainings) == ({}, {})


def test_a_worker_that_closes_ends_all_and_lets_another_go_on(worker: Any, training: Training) -> None:
    worker.plugins["gan-1"].teardown(worker)
    assert (heard(training), training.leaving) == (["quit"], True)


def test_to_save_and_end_keeps_the_folder(worker: Any, training: Training) -> None:
    save_and_end("gan-1", worker)
    save_and_end("nobody", worker)
    assert (heard(training), training.wanted) == (["quit"], True)
    assert not training.begun.get(timeout=0)


def test_files_are_put_in_place_before_a_training_begins(worker: Any, training: Training) -> None:
    found = begin_training("gan-1", KEY, str(training.folder), 2, {"config.json": b"{}"}, worker)
    assert training.begun.get(timeout=0)
    assert (list(found), training.attempt) == (["config.json"], 2)
    assert fetch_changes("gan-1", KEY, 2, found, worker) == ({}, {})
    (training.folder / "metrics.jsonl").write_bytes(b"new")
    files, _ = fetch_changes("gan-1", KEY, 2, found, worker) or ({}, {})
    assert files == {"metrics.jsonl": b"new"}


def test_of_another_attempt_there_is_no_news_and_nothing_begins(worker: Any, training: Training) -> None:
    assert fetch_changes("gan-1", KEY, 1, {}, worker) is None
    assert fetch_changes("gan-1", "another", 0, {}, worker) is None
    assert fetch_changes("nobody", KEY, 0, {}, worker) is None
    assert begin_training("gan-1", KEY, "elsewhere", 2, {"config.json": b"{}"}, worker) == {}
    assert (training.begun.empty(), list(training.folder.iterdir())) == (True, [])


def test_where_the_files_cannot_be_kept_the_task_ends(worker: Any, training: Training) -> None:
    (training.folder / "images").write_bytes(b"in the way")
    with pytest.raises(OSError, match="exists"):
        begin_training("gan-1", KEY, str(training.folder), 2, {"config.json": b"{}"}, worker)
    assert not training.begun.get(timeout=0)
    assert fetch_changes("gan-1", KEY, 2, {}, worker) is not None  # the client sees its end


def test_a_training_that_never_begins_ends_without_a_process(worker: Any) -> None:
    training = Training(worker.plugins["gan-1"], KEY, "digit-3")
    training.save_and_end()
    assert training.train(tiny(3), None, 1) is None
    assert worker.told == [
        {"topic": "gan-1", "run": "digit-3", "attempt": 0, "begin": "tcp://here:1", "folder": str(training.folder)}
    ]
    training.leaving = True
    training.save_and_end()
    with pytest.raises(Reschedule):
        training.train(tiny(3), None, 1)


def test_what_a_function_gives_or_raises_comes_through_the_pipe() -> None:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    host._call(theirs, int, ("12",), {})
    host._call(theirs, int, ("1100",), {"base": 2})
    host._call(theirs, _refuse, (), {})
    assert ours.recv() == (12, None)
    assert ours.recv() == (12, None)
    _, error = ours.recv()
    assert (type(error), str(error)) == (InputError, "no such thing")


def _refuse() -> None:
    raise InputError("no such thing")
