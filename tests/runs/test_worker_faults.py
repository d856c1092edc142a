"""gan/runs/session.py and run_writer.py: invalid input, full disks, overflows, and when
the run is saved.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from filelock import FileLock

from gan.rules.run_config import Config
from gan.runs import session
from gan.runs.messages import Command, Event, ViewerCommand
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.session import NOT_RESET
from gan.runs.trainer import Iteration, Trainer
from gan.runs.worker_link import WorkerChannel
from tests.helpers import workers
from tests.helpers.commands import wait_for
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits
from tests.helpers.workers import (
    CONFIG,
    Local,
    all_events,
    of_type,
    saved_iteration,
    state,
    train_to,
    until,
)


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Local]]:
    """Return a function that starts workers as threads of this process; stop them after
    the test.

    The workers receive `commands` before they start.
    """
    # a slow machine saves no earlier than a fast one
    monkeypatch.setattr(session, "FIRST_SECONDS", inf)
    started: list[Local] = []

    def starter(
        config: Config = CONFIG,
        directory: Path | None = None,
        commands: Sequence[Command | ViewerCommand] = (),
    ) -> Local:
        started.append(
            Local(workers.create_run(tmp_path / "run", config), config, directory)
        )
        for command in commands:
            started[-1].send(command)
        started[-1].start()
        return started[-1]

    yield starter
    for each in started:
        each.stop()


Start = Callable[..., Local]
FULL_DISK = Mock(side_effect=OSError(28, "No space left on device"))


@pytest.mark.parametrize(
    ("config", "data", "message"),
    [
        (CONFIG, "nowhere", "found no such folder"),
        (tiny(4), None, "other settings"),
        (CONFIG, None, "checkpoint.safetensors"),
    ],
)
def test_invalid_input_is_an_error_and_ends_the_worker(
    start: Start, tmp_path: Path, config: Config, data: str | None, message: str
) -> None:
    run = create(tmp_path / "run", config)
    run.checkpoint.write_bytes(b"damaged")
    (error,) = all_events(start(directory=data and tmp_path / data))
    assert error["type"] == "error"
    assert message in error["message"]
    assert run.checkpoint.read_bytes() == b"damaged"


def test_reset_deletes_nothing_if_the_data_is_invalid(
    start: Start, tmp_path: Path
) -> None:
    config = tiny(3, batch=4096)  # it learns from fewer images
    create(tmp_path / "run", config).checkpoint.write_bytes(b"good")
    local = start(config)
    local.send("reset")
    assert "batch: expected at most" in all_events(local)[-1]["message"]
    assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == b"good"


def poison_at(monkeypatch: pytest.MonkeyPatch, iteration: int) -> None:
    """Make one weight of D infinite before an iteration, as a learning rate that is far
    too high would.
    """
    iterate = Trainer.iterate

    def poisoned(self: Trainer, **options: Any) -> Iteration:
        if self.iteration + 1 == iteration:
            self.players.discriminator.parameters()["0.W"][0, 0, 0, 0] = np.inf
        with np.errstate(all="ignore"):
            return iterate(self, **options)

    monkeypatch.setattr(Trainer, "iterate", poisoned)


def test_divergence_restores_the_last_checkpoint(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = start()
    run = Run(tmp_path / "run", CONFIG)
    until(local, state("idle"))
    with monkeypatch.context() as patch:
        poison_at(patch, 3)
        local.send("train", 20)
        until(local, of_type("error"))
        assert until(local, state("idle"))[-1]["iteration"] == 0
        assert run.pictures() == [0]
    local.send("train", 4)
    until(local, state("idle", at_least=4))
    with monkeypatch.context() as patch:
        poison_at(patch, 9)
        local.send("train", 20)
        error = until(local, of_type("error"))[-1]
        message = error["message"]
        assert "diverged at iteration 9 and went back to iteration 4" in message
        assert "learning rate" in message
        until(local, state("idle"))
        poison_at(patch, 5)
        local.send("step")
        error = until(local, of_type("error"))[-1]
        assert "diverged at iteration 5" in error["message"]
    assert until(local, state("idle"))[-1]["iteration"] == 4
    assert saved_iteration(run.path) == 4
    assert run.pictures() == [0, 1, 2, 3, 4]
    assert run.metrics()[-1]["iteration"] == 4
    local.send("train", 2)
    assert until(local, state("idle", at_least=5))[-1]["iteration"] == 6


def test_a_memory_error_saves_no_half_iteration(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = start()
    train_to(local, tmp_path / "run", 4)

    def too_much(trainer: Trainer, **_: Any) -> Iteration:
        trainer.iteration += 1
        raise MemoryError("Unable to allocate 7.45 GiB")

    monkeypatch.setattr(Trainer, "iterate", too_much)
    local.send("train", 4)
    last = all_events(local)[-1]
    assert last["message"].startswith(
        "not enough memory (Unable to allocate 7.45 GiB); close other programs"
    )
    assert "field" in last
    assert saved_iteration(tmp_path / "run") == 4


def test_only_saved_pictures_are_announced(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages request both as soon as they know of a picture, and keep the responses for
    a day.
    """
    run = Run(tmp_path / "run", CONFIG)
    tell = WorkerChannel.tell
    saved = list[bool]()

    def note(channel: WorkerChannel, event: Event) -> None:
        if event["type"] == "picture":
            at = event["iteration"]
            saved.append(
                at in run.pictures() and run.evaluation(at).recognition is not None
            )
        tell(channel, event)

    monkeypatch.setattr(WorkerChannel, "tell", note)
    local = start()
    local.send("train", 2)
    until(local, state("idle", at_least=2))
    assert saved == [True] * 3


def test_a_worker_saves_at_intervals(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "FIRST_SECONDS", 0.0)
    config = replace(CONFIG, picture_every=1000)
    local = start(config)
    local.send("fun")
    until(local, state("training", at_least=2))
    wait_for(lambda: saved_iteration(tmp_path / "run") == 1, "the first save")
    until(local, state("training", at_least=10))
    assert saved_iteration(tmp_path / "run") == 1
    local.send("quit")
    all_events(local)
    local = start(replace(config, save_seconds=0.0))
    local.send("fun")
    until(local, state("training", at_least=20))
    local.send("quit")
    last = all_events(local)[-1]["iteration"]
    assert saved_iteration(tmp_path / "run") == last
    assert saved_iteration(tmp_path / "run", "checkpoint-before") == last - 1


@pytest.mark.parametrize("is_damaged", [True, False])
def test_reset_replaces_a_damaged_or_missing_checkpoint(
    start: Start, tmp_path: Path, is_damaged: bool
) -> None:
    run = create(tmp_path / "run", CONFIG)
    for iteration in (0, 2):
        run.save_picture(iteration, np.zeros((4, 28, 28), np.uint8))
        run.append_metrics({"iteration": iteration})
    if is_damaged:
        run.checkpoint.write_bytes(b"damaged")
    before = {
        path: path.read_bytes()
        for path in run.path.rglob("*.*")
        if path.name != ".lock"
    }
    message = all_events(start())[-1]["message"]
    history = (
        "2 pictures and 2 lines of metrics without one; press New network on the page "
        "to delete them"
    )
    assert ("checkpoint.safetensors" if is_damaged else history) in message
    assert {path: path.read_bytes() for path in before} == before
    # a page sends "watch" before the user can press its button
    local = start(commands=("watch", "reset"))
    events = until(local, state("idle"))
    assert not [event for event in events if event["type"] == "error"]
    assert run.pictures() == [0]
    assert run.metrics() == []
    assert saved_iteration(run.path) == 0
    local.send("train", 2)
    assert until(local, state("idle"))[-1]["iteration"] == 2


def test_a_reset_sent_too_early_is_dropped(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start()
    train_to(first, tmp_path / "run", 4)
    first.stop()
    lock = FileLock(tmp_path / "run" / ".lock", thread_local=False)
    lock.acquire()
    workers.release_when_awaited(lock, monkeypatch)
    local = Local(tmp_path / "run", CONFIG)
    local.send("watch")
    local.send("reset")
    local.send("finish", 2)
    local.start()
    events = all_events(local)
    errors = [event["message"] for event in events if event["type"] == "error"]
    assert errors == [NOT_RESET]
    assert events[-1]["state"] == "gone"
    assert saved_iteration(tmp_path / "run") == 6


def test_damaged_files_are_noted_and_the_run_goes_back_to_the_previous_checkpoint(
    start: Start, tmp_path: Path
) -> None:
    local = start()
    run = Run(tmp_path / "run", CONFIG)
    for iterations in (4, 2):
        train_to(local, run.path, iterations)
    local.stop()
    run.checkpoint.write_bytes(run.checkpoint.read_bytes()[:-1] + b"?")
    lines = run.metrics_file.read_text().splitlines()
    run.metrics_file.write_text(
        "\n".join([lines[0], "half of a li", lines[1], "?", '{"iteration": 9, "d_lo'])
    )
    events = until(start(), state("idle"))
    checkpoint, metrics = [
        event["message"] for event in events if event["type"] == "note"
    ]
    assert "checkpoint.safetensors: is damaged" in checkpoint
    assert checkpoint.endswith(
        "; went back to the checkpoint before it, of iteration 4"
    )
    assert metrics.endswith("metrics.jsonl: left out 2 damaged of 4 lines")
    assert events[-1]["iteration"] == saved_iteration(run.path) == 4
    assert run.pictures() == [0, 1, 2, 3, 4]
    assert [line["iteration"] for line in run.metrics()] == [2, 4]


def test_finish_ends_a_finished_run_and_extends_it_to_a_longer_config(
    start: Start, tmp_path: Path
) -> None:
    for iterations, expected in ((4, 4), (4, 4), (6, 6), (5, 6)):
        local = start(tiny(3, iterations=iterations))
        local.send("finish")
        gone = all_events(local)[-1]
        assert gone["state"] == "gone"
        assert gone["iteration"] == expected
        assert saved_iteration(tmp_path / "run") == expected


def test_pictures_are_more_frequent_at_first(tmp_path: Path) -> None:
    config = tiny(3, iterations=123, picture_every=10)
    opened = workers.session_of(tmp_path / "run", config, noise_digits())

    def is_due(iteration: int) -> bool:
        opened.trainer.iteration = iteration
        return opened.picture_is_due()

    due = [*filter(is_due, range(124))]
    assert due == [*range(0, 100, 2), 100, 110, 120, 123]
