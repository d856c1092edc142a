"""A training worker when something is wrong: its input, the disk, the numbers. And what it keeps, and when."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import wait_for
from fake_worker import tiny
from workers import CONFIG, Local, made, of_type, saved_iteration, state, to_the_end, until

from gan.config import Config
from gan.runs import run_recorder, session
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.runs.trainer import Iteration, Trainer


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Local]]:
    """Start workers in threads of this process; those still there at the end are ended."""
    started: list[Local] = []

    def starter(config: Config = CONFIG, directory: Path | None = None) -> Local:
        started.append(Local(made(tmp_path / "run", config), config, directory))
        started[-1].start()
        return started[-1]

    yield starter
    for each in started:
        each.stop()


def test_missing_data_is_an_error_in_one_line_and_the_end(start: Callable[..., Local], tmp_path: Path) -> None:
    local = start(directory=tmp_path / "nowhere")
    starting, error = to_the_end(local)
    assert starting["state"] == "starting"
    assert error["type"] == "error"
    assert "nowhere does not exist" in error["message"]


def test_a_run_with_other_settings_is_an_error_and_the_end(start: Callable[..., Local], tmp_path: Path) -> None:
    create(tmp_path / "run", tiny(4))
    assert "other settings" in to_the_end(start())[-1]["message"]


def test_a_damaged_checkpoint_is_an_error_and_the_end(start: Callable[..., Local], tmp_path: Path) -> None:
    create(tmp_path / "run", CONFIG).checkpoint.write_bytes(b"damaged")
    error = to_the_end(start())[-1]
    assert error["type"] == "error"
    assert "checkpoint.safetensors" in error["message"]
    assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == b"damaged"


def test_reset_heals_a_damaged_checkpoint(start: Callable[..., Local], tmp_path: Path) -> None:
    run = create(tmp_path / "run", CONFIG)
    run.checkpoint.write_bytes(b"damaged")
    run.append_metrics({"iteration": 2})
    local = start()
    local.send("reset")  # as the page does, whose run is opened by it
    events = until(local, state("idle"))
    assert not [event for event in events if event["type"] == "error"]
    assert (run.pictures(), run.metrics(), saved_iteration(run.path)) == ([0], [], 0)
    local.send("train", 2)
    assert until(local, state("idle"))[-1]["iteration"] == 2


def test_reset_clears_nothing_where_the_data_is_at_fault(start: Callable[..., Local], tmp_path: Path) -> None:
    config = tiny(3, batch=4096)  # more than there are threes
    create(tmp_path / "run", config).checkpoint.write_bytes(b"good")
    local = start(config)
    local.send("reset")
    assert "batch: expected at most" in to_the_end(local)[-1]["message"]
    assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == b"good"


def poison_at(monkeypatch: pytest.MonkeyPatch, iteration: int) -> None:
    """Let one weight of D overflow before an iteration, as a learning rate far too high does."""
    iterate = Trainer.iterate

    def poisoned(self: Trainer, measure_d_change: bool = False) -> Iteration:
        if self.iteration + 1 == iteration:
            self.players.discriminator.parameters()["0.W"][0, 0, 0, 0] = np.inf
        with np.errstate(all="ignore"):
            return iterate(self, measure_d_change)

    monkeypatch.setattr(Trainer, "iterate", poisoned)


def test_divergence_goes_back_to_the_last_checkpoint_and_says_so(
    start: Callable[..., Local], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = start()
    local.send("train", 4)
    until(local, state("idle", at_least=4))
    with monkeypatch.context() as patch:
        poison_at(patch, 9)
        local.send("train", 20)
        error = until(local, of_type("error"))[-1]
        assert "diverged at iteration 9 and went back to iteration 4" in error["message"]
        assert "learning rate" in error["message"]
    assert until(local, state("idle"))[-1]["iteration"] == 4
    run = Run(tmp_path / "run", CONFIG)
    assert (saved_iteration(run.path), run.pictures(), run.metrics()[-1]["iteration"]) == (4, [0, 1, 2, 3, 4], 4)
    local.send("train", 2)
    assert until(local, state("idle", at_least=5))[-1]["iteration"] == 6


def test_divergence_before_the_first_checkpoint_goes_back_to_the_untrained_picture(
    start: Callable[..., Local], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison_at(monkeypatch, 3)
    local = start()
    local.send("train", 20)
    until(local, of_type("error"))
    assert until(local, state("idle"))[-1]["iteration"] == 0
    assert Run(tmp_path / "run", CONFIG).pictures() == [0]


@pytest.mark.parametrize("what", ["append_metrics", "save_sheet", "save"])
def test_a_full_disk_stops_the_training_but_loses_nothing(
    start: Callable[..., Local], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    local = start()
    until(local, state("idle"))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, what, full)
        local.send("train", 4)
        assert "No space left on device" in until(local, of_type("error"))[-1]["message"]
        reached = until(local, state("idle"))[-1]["iteration"]
        assert 1 <= reached <= 4
    local.send("train", 2)
    assert until(local, state("idle", at_least=reached + 1))[-1]["iteration"] == reached + 2
    wait_for(lambda: saved_iteration(tmp_path / "run") == reached + 2, "the save")


def test_want_of_memory_is_one_sentence_and_half_an_iteration_is_not_saved(
    start: Callable[..., Local], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = start()
    local.send("train", 4)
    until(local, state("idle", at_least=4))
    wait_for(lambda: saved_iteration(tmp_path / "run") == 4, "the save")

    def too_much(trainer: Trainer, **_: Any) -> Iteration:
        trainer.iteration += 1
        raise MemoryError("Unable to allocate 7.45 GiB")

    monkeypatch.setattr(Trainer, "iterate", too_much)
    local.send("train", 4)
    last = to_the_end(local)[-1]
    assert last["message"].startswith("the memory does not suffice (Unable to allocate 7.45 GiB); end other programs")
    assert ("field" in last, saved_iteration(tmp_path / "run")) == (True, 4)


def test_a_pause_that_cannot_save_says_so_and_stays(
    start: Callable[..., Local], monkeypatch: pytest.MonkeyPatch
) -> None:
    local = start()
    local.send("fun")
    until(local, state("training", at_least=1))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "save", full)
        local.send("pause")
        assert "No space left" in until(local, of_type("error"))[-1]["message"]
        stopped = until(local, state("idle"))[-1]["iteration"]
    local.send("train", 1)
    assert until(local, state("idle", at_least=stopped + 1))[-1]["iteration"] == stopped + 1


def test_now_and_then_it_saves_without_being_asked(
    start: Callable[..., Local], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_recorder, "FIRST_SECONDS", 0.0)
    local = start()
    local.send("fun")
    until(local, state("training", at_least=2))
    wait_for(lambda: saved_iteration(tmp_path / "run") == 1, "the one soon after the first")
    until(local, state("training", at_least=10))
    assert saved_iteration(tmp_path / "run") == 1
    local.send("quit")
    to_the_end(local)
    local = start(replace(CONFIG, save_seconds=0.0))
    local.send("fun")
    reached = until(local, state("training", at_least=20))[-1]["iteration"]
    assert saved_iteration(tmp_path / "run") >= reached - 1


def test_a_history_without_a_checkpoint_is_refused_stays_and_goes_with_a_reset(
    start: Callable[..., Local], tmp_path: Path
) -> None:
    """A kill before the first checkpoint left this in earlier versions, which then dropped it unasked."""
    run = create(tmp_path / "run", CONFIG)
    for iteration in (0, 2):
        run.save_picture(iteration, np.zeros((4, 28, 28), np.uint8))
        run.append_metrics({"iteration": iteration})
    before = {path: path.read_bytes() for path in run.path.rglob("*.*") if path.name != ".lock"}
    error = to_the_end(start())[-1]
    assert (
        "found 2 pictures and 2 lines of metrics without one; Start over on the page deletes them" in error["message"]
    )
    assert {path: path.read_bytes() for path in before} == before
    local = start()
    local.send("reset")
    until(local, state("idle"))
    assert (run.pictures(), run.metrics(), saved_iteration(run.path)) == ([0], [], 0)


def test_a_damaged_checkpoint_costs_one_line_and_what_is_newer_than_the_one_before(
    start: Callable[..., Local], tmp_path: Path
) -> None:
    local = start()
    for reached in (4, 6):
        local.send("train", 2 if reached == 6 else 4)
        until(local, state("idle", at_least=reached))
        wait_for(lambda at=reached: saved_iteration(tmp_path / "run") == at, "the checkpoint")  # type: ignore[misc]
    local.send("quit")
    to_the_end(local)
    run = Run(tmp_path / "run", CONFIG)
    damaged = run.checkpoint.read_bytes()[:-1] + b"?"
    run.checkpoint.write_bytes(damaged)
    events = until(start(), state("idle"))
    (note,) = [event["message"] for event in events if event["type"] == "note"]
    assert "checkpoint.safetensors: is damaged" in note
    assert note.endswith("; went back to the checkpoint before it, of iteration 4")
    assert events[-1]["iteration"] == saved_iteration(run.path) == 4
    assert run.pictures() == [0, 1, 2, 3, 4]
    assert (run.path / "checkpoint-damaged.safetensors").read_bytes() == damaged


def test_a_damaged_line_of_metrics_is_told_with_how_many_there_are(start: Callable[..., Local], tmp_path: Path) -> None:
    local = start(tiny(3, iterations=8))
    local.send("finish")
    to_the_end(local)
    file = tmp_path / "run" / "metrics.jsonl"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], "half of a li", *lines[2:], '{"iteration": 9, "d_lo']))
    events = until(start(tiny(3, iterations=8)), state("idle"))
    (note,) = [event["message"] for event in events if event["type"] == "note"]
    assert note.endswith("metrics.jsonl: left out 1 damaged of 4 lines")
    assert [line["iteration"] for line in Run(tmp_path / "run", CONFIG).metrics()] == [2, 6, 8]
    assert file.read_text().splitlines() == [lines[0], "half of a li", *lines[2:]]


def test_finish_on_a_finished_run_ends_at_once_and_a_longer_config_prolongs_it(
    start: Callable[..., Local], tmp_path: Path
) -> None:
    for iterations, expected in ((4, 4), (4, 4), (6, 6), (5, 6)):
        local = start(tiny(3, iterations=iterations))
        local.send("finish")
        gone = to_the_end(local)[-1]
        assert (gone["state"], gone["iteration"]) == ("gone", expected)
        assert saved_iteration(tmp_path / "run") == expected


def test_pictures_are_kept_more_often_at_the_beginning(start: Callable[..., Local], tmp_path: Path) -> None:
    local = start(tiny(3, iterations=123, picture_every=10))
    local.send("finish")
    to_the_end(local)
    assert Run(tmp_path / "run", CONFIG).pictures() == [*range(0, 100, 2), 100, 110, 120, 123]


def test_a_cold_worker_says_that_it_compiles_before_it_draws(
    start: Callable[..., Local], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "is_warm", lambda: False)
    monkeypatch.setattr(session, "warm", lambda: None)
    events = until(start(), state("idle"))
    assert [event.get("state", event["type"]) for event in events] == ["starting", "compiling", "picture", "idle"]


def test_an_unknown_command_is_an_error_and_the_training_goes_on(start: Callable[..., Local]) -> None:
    local = start()
    until(local, state("idle"))
    local.send("dance")  # type: ignore[arg-type]
    message = until(local, of_type("error"))[-1]["message"]
    assert message == "unknown command 'dance': expected one of train, fun, pause, reset, finish, quit"
    local.send("fun")
    until(local, state("training", at_least=1))
    local.send("dance", 3)  # type: ignore[arg-type]
    reached = until(local, of_type("error"))
    assert until(local, state("training", at_least=max(2, len(reached))))
    local.send("pause")
    until(local, state("idle"))


def test_a_reset_that_fails_half_way_loses_nothing(
    start: Callable[..., Local], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = start()
    local.send("train", 4)
    until(local, state("idle", at_least=4))

    def withstand(run: RunWriter, untrained: Trainer) -> None:
        run.checkpoint.unlink()
        raise OSError(13, "The file is in use")

    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "start_over", withstand)
        local.send("reset")
        assert "in use" in until(local, of_type("error"))[-1]["message"]
    local.send("quit")
    to_the_end(local)
    assert saved_iteration(tmp_path / "run") == 4
