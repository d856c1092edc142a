"""gan/runs/pending_run.py: a worker of a run that does not exist yet writes nothing until it is told to train."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from workers import CONFIG, EventDict, Local, all_events, idle_worker, of_type, saved_iteration, state, until

from gan.runs.run import Run
from gan.runs.run_writer import create, held
from nnet import weights


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """An idle worker of a run that does not exist."""
    with idle_worker(tmp_path / "runs" / "digit-3", CONFIG, monkeypatch) as local:
        yield local


def kinds(events: list[EventDict]) -> list[object]:
    return [event.get("state", event["type"]) for event in events]


def test_watching_and_asking_write_nothing(local: Local, tmp_path: Path) -> None:
    local.send("watch")
    sheet = until(local, of_type("sheet"))[-1]
    assert (sheet["iteration"], len(sheet["reading"]["near"])) == (0, 64)
    local.send("ask", 5)
    assert until(local, of_type("answer"))[-1]["drawing"] == 5
    for command in ("pause", "reset"):
        local.send(command)
        assert kinds(until(local, state("idle"))) == ["idle"]
    local.send("quit")
    assert kinds(all_events(local)) == ["gone"]
    assert not list(tmp_path.iterdir())


def test_the_first_command_to_train_creates_the_run(local: Local, tmp_path: Path) -> None:
    local.send("fun")
    events = until(local, state("training"))
    assert kinds(events) == ["picture", "training"], "it is not idle in between"
    path = tmp_path / "runs" / "digit-3"
    assert saved_iteration(path) == 0
    until(local, state("training", at_least=1))
    local.send("pause")
    local.send("reset")
    until(local, lambda event: event == {"type": "picture", "iteration": 0})
    assert Run.open(path).pictures() == [0]


def test_a_pending_run_trains_to_the_same_bits_as_an_existing_one(local: Local, tmp_path: Path) -> None:
    existing = Local(create(tmp_path / "existing", CONFIG).path, CONFIG)
    existing.start()
    for each in (local, existing):
        each.send("finish")
        all_events(each)
    runs = [Run.open(path) for path in (tmp_path / "runs" / "digit-3", tmp_path / "existing")]
    arrays, expected = (weights.load(run.checkpoint)[0] for run in runs)
    assert arrays.keys() == expected.keys()
    assert all((arrays[name] == expected[name]).all() for name in arrays)
    assert runs[0].pictures() == runs[1].pictures()


def test_a_run_created_by_another_process_is_not_overwritten(
    local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan.runs.run_writer.LOCK_SECONDS", 0.0)
    run = create(tmp_path / "runs" / "digit-3", CONFIG)
    with held(run):
        local.send("fun")
        events = all_events(local)
    assert "is open in another process" in events[-1]["message"]
    assert run.pictures() == []
