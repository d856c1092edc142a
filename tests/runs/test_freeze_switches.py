"""Freezing and unfreezing D during a run: what a switch changes, and that a resumed run
repeats it.
"""

from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from gan.base.errors import InputError
from gan.rules.run_config import Config
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.session import Session
from tests.helpers.fake_worker import tiny
from tests.helpers.players import NOISE
from tests.helpers.workers import (
    EventDict,
    Local,
    idle_worker,
    session_of,
    state,
    until,
)

CONFIG = tiny(3, iterations=12, metrics_every=1)


def opened(path: Path, config: Config = CONFIG) -> Session:
    session = session_of(path, config, NOISE)
    session.load()
    return session


def advance(session: Session, iterations: int) -> list[float | None]:
    """Train and return how far D's weights moved during each of G's updates."""
    before = len(session.files.metrics())
    for _ in range(iterations):
        session.train()
    return [line["d_change"] for line in session.files.metrics()[before:]]


def test_a_switch_replaces_later_ones_and_undoes_one_at_the_same_iteration() -> None:
    unlocked = CONFIG.switched(False, 4)
    assert unlocked.freeze_switches == (4,)
    assert unlocked.switched(False, 6) == unlocked
    assert unlocked.switched(True, 6).freeze_switches == (4, 6)
    assert unlocked.switched(True, 4) == CONFIG
    assert unlocked.switched(False, 2).freeze_switches == (2,)
    assert unlocked.switched(True, 2) == CONFIG
    loose = replace(CONFIG, freeze=False, freeze_switches=(0, 2))
    assert [loose.frozen_at(iteration) for iteration in (-1, 0, 1, 2)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("switches", [(3, 2), (2, 2), (-1,), (True,)])
def test_invalid_switches_are_refused(switches: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="freeze_switches: expected"):
        tiny(3, freeze_switches=switches)


@pytest.mark.parametrize("loss", ["relativistic", "classic"])
def test_unlocked_the_update_of_g_moves_d_and_the_config_repeats_it(
    loss: str, tmp_path: Path
) -> None:
    config = replace(CONFIG, loss=loss, gamma=0.0)
    session = opened(tmp_path / "run", config)
    changes = advance(session, 2)
    for freeze in (False, True):
        session.switch_freezing(freeze)
        changes += advance(session, 2)
    assert [change == 0 for change in changes] == [True, True, False, False, True, True]
    assert session.trainer.players.adversarial_adam.t == 2  # the last switch reset it
    # as a link creates it
    replayed = opened(tmp_path / "replayed", replace(config, freeze_switches=(2, 4)))
    assert advance(replayed, 6) == changes
    for one in (session, replayed):
        one.save()
    assert (
        session.files.checkpoint.read_bytes() == replayed.files.checkpoint.read_bytes()
    )
    assert Run.open(tmp_path / "run").config == replayed.config


def test_going_back_forgets_later_switches(tmp_path: Path) -> None:
    session = opened(tmp_path / "run")
    for freeze in (False, True, False):
        advance(session, 1)
        if session.iteration == 2:
            session.save()
        session.switch_freezing(freeze)
    session.go_back()
    assert session.config.freeze_switches == (1, 2)
    assert Run.open(tmp_path / "run").config == session.config


# The worker


def press(worker: Local, command: str) -> list[EventDict]:
    """Lock or unlock, and return the events up to the status that says so."""
    serial = worker.send(command)  # type: ignore[arg-type]
    return until(worker, lambda event: event.get("done") == serial)


def test_a_worker_locks_and_unlocks_and_reports_why_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    with idle_worker(path, CONFIG, monkeypatch) as worker:
        assert press(worker, "unlock")[-1]["freeze_switches"] == [0]
        worker.send("train", 2)
        until(worker, state("idle"))
        for _ in range(2):
            assert press(worker, "lock")[-1]["freeze_switches"] == [0, 2]
        monkeypatch.setattr(
            RunWriter, "change_config", Mock(side_effect=OSError(28, "no space"))
        )
        events = press(worker, "unlock")
        (error,) = [event for event in events if event["type"] == "error"]
    assert error["message"] == "no space; free some space"
    assert Run.open(path).config.freeze_switches == (0, 2)
