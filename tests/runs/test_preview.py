"""gan/runs/previews.py and session.py: when sheets are sent, their content, and that
training is unaffected.
"""

import base64
import time
from itertools import count
from math import inf
from multiprocessing import Pipe
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from gan.drawings.recognition import Recognition
from gan.runs import evaluate_sheets, previews
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.evaluation_record import Evaluation
from gan.runs.messages import SentCommand
from gan.runs.previews import Milestone, Pace
from gan.runs.run_writer import RunWriter
from gan.runs.session import Session
from gan.runs.worker_link import VIEWERS, WorkerChannel
from tests.helpers import workers
from tests.helpers.fake_worker import tiny
from tests.helpers.players import NOISE
from tests.helpers.serving import png_pixels
from tests.helpers.workers import Local, idle_worker, of_type, session_of, state, until

CONFIG = tiny(3, iterations=30, picture_every=20)


# When a sheet is due


def test_a_new_run_shows_ten_sheets_per_second_also_after_a_restart() -> None:
    pace = Pace()
    for start in (50.0, 500.0):
        pace.start(start)
        assert pace.next == start
        for begun in (start, start + 0.1, start + 9.9):
            pace.sent(begun, begun + 0.01)
            assert pace.next == pytest.approx(begun + 0.1)
        pace.sent(start + 400, start + 401)


@pytest.mark.parametrize(
    ("seconds", "share"), [(0.0, 0.1), (9.8, 0.1), (10.0, 0.025), (5000.0, 0.025)]
)
def test_sheets_take_no_more_than_their_share_of_the_time(
    seconds: float, share: float
) -> None:
    pace = Pace()
    pace.start(0.0)
    for begun in (seconds, seconds):
        pace.sent(begun, begun + 0.08)
    assert 0.08 / (pace.next - seconds) == pytest.approx(share)


# Seconds until the milestone


def reading(good: int) -> Any:
    """Return the reading of a sheet with `good` of ten drawings recognized, as JSON."""
    return Evaluation(
        Recognition((3,) * good + (5,) * (10 - good), (1.0,) * 10)
    ).fields(CONFIG)


def test_the_milestone_counts_training_seconds_without_pauses() -> None:
    stone = Milestone()
    stone.reset()
    stone.start(100.0)
    stone.note(reading(8), 101.0)
    stone.stop(102.0)
    stone.stop(150.0)
    stone.start(200.0)
    stone.note(reading(8), 201.0)
    stone.start(203.0)  # restarted with another target during training
    assert stone.most_after is None
    stone.note(reading(9), 204.0)
    stone.note(reading(10), 205.0)
    assert stone.most_after == 6.0
    stone.reset()
    assert stone.most_after is None


def test_the_milestone_is_unknown_for_a_resumed_run_and_without_a_classifier() -> None:
    for evaluation in (reading(10), Evaluation().fields(CONFIG)):
        stone = Milestone()
        if evaluation["read"] is None:
            stone.reset()
        stone.start(100.0)
        stone.note(evaluation, 101.0)
        stone.stop(102.0)
        assert stone.most_after is None


# Whether a client is watching


def parent() -> tuple[WorkerChannel, Any]:
    """Return a worker's channel to its parent, and the parent's end of the pipe."""
    ours, theirs = Pipe()
    return WorkerChannel(theirs), ours


def watch(process: WorkerChannel, ours: Any) -> None:
    ours.send({VIEWERS: SentCommand(1, "watch", None)})
    process.receive(0)


def drawn(process: WorkerChannel, path: Path) -> Session:
    """Return a pending run in this thread, whose first sheet is drawn."""
    session = session_of(path, CONFIG, NOISE, process)
    session.previews.draw(session.trainer)
    return session


def test_a_watcher_receives_a_sheet_with_its_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the real clock may be set back meanwhile
    clock = Mock(wraps=time, time=count(1e9).__next__)
    monkeypatch.setattr(evaluate_sheets, "time", clock)
    monkeypatch.setattr(previews, "MOST", 0.5)  # more noise is not near a digit
    process, ours = parent()
    session = drawn(process, tmp_path / "run")
    assert not ours.poll(0), "no client is watching"
    watch(process, ours)
    session.previews.show_current(session.trainer)
    reader = SheetEvaluator(
        CONFIG,
        NOISE,
        lambda images: Recognition((3,) * len(images), (1.0,) * len(images)),
    )
    session.previews.evaluator = reader
    session.previews.draw(session.trainer)
    unread = ours.recv()
    recognized = ours.recv()
    assert unread["reading"]["read"] is None
    assert recognized["type"] == "sheet"
    assert recognized["iteration"] == 0
    assert recognized["reading"]["digits"] == [3] * 64
    assert unread["drawn_at"] == 1e9
    assert recognized["drawn_at"] == 1e9 + 1
    assert recognized["most_after"] >= 0
    shown = 255 - png_pixels(recognized["png"])
    assert np.array_equal(shown[2:30, 2:30], session.trainer.draw().images[0])


def test_a_preview_is_sent_only_when_due(tmp_path: Path) -> None:
    process, ours = parent()
    session = drawn(process, tmp_path / "run")
    with session.resources:
        session.begin()
        watch(process, ours)
        for due in (0.0, inf):
            session.previews.pace.next = due
            session.advance()
    events = list(iter(lambda: ours.recv() if ours.poll(0) else None, None))
    assert [event["iteration"] for event in events if event["type"] == "sheet"] == [1]


# In a worker, which runs as a thread in these tests


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return an idle, watched worker that sends a sheet after every iteration."""
    workers.show_every_iteration(monkeypatch)
    with idle_worker(
        workers.create_run(tmp_path / "run", CONFIG), CONFIG, monkeypatch
    ) as local:
        local.send("watch")
        assert until(local, of_type("sheet"))[-1]["iteration"] == 0, (
            "a new watcher receives the sheet of an idle run"
        )
        yield local


def test_each_iteration_sends_a_sheet_before_its_saved_picture(
    local: Local, tmp_path: Path
) -> None:
    local.send("train", 9)
    events = until(local, lambda event: event == {"type": "picture", "iteration": 9})
    sent = [
        (event["type"], event["iteration"])
        for event in events
        if event["type"] in ("sheet", "picture")
    ]
    kept = (4, 8, 9)
    expected = []
    for iteration in range(1, 10):
        expected.append(("sheet", iteration))
        if iteration in kept:
            expected.append(("picture", iteration))
    assert sent == expected
    run = RunWriter(tmp_path / "run", CONFIG)
    assert run.pictures() == [0, *kept]
    last = next(event for event in reversed(events) if event["type"] == "sheet")
    assert base64.b64decode(last["png"]) == run.picture_path(9).read_bytes()
    local.send("unwatch")
    local.send("train", 3)
    events = until(local, state("idle", at_least=12))
    assert "sheet" not in {event["type"] for event in events}
