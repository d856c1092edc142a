"""gan/runs/preview.py and sheet_evaluator.py: when a sheet is sent, its content, and that training is unaffected."""

import base64
import time
from math import inf
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import SECONDS
from fake_worker import tiny
from players import everything, noise_digits
from serving import png_pixels
from workers import Local, all_events, create_run, idle_worker, of_type, state, train_to, until

from gan.classifier.reading import SURE, Reading
from gan.runs import preview
from gan.runs.evaluation import Evaluation, told
from gan.runs.messages import WorkerChannel
from gan.runs.preview import Milestones, Pace, Preview
from gan.runs.run_writer import RunWriter
from gan.runs.sheet_evaluator import SheetEvaluator, draw_sheet
from gan.runs.trainer import Trainer

CONFIG = tiny(3, iterations=30, picture_every=20)


# Pace


def test_a_sheet_is_due_every_tenth_of_a_second_at_first() -> None:
    pace = Pace()
    pace.start(50.0)
    assert pace.next == 50.0
    for start in (50.0, 50.1, 59.9):
        pace.told(start, start + 0.01)
        assert pace.next == pytest.approx(start + 0.1)


@pytest.mark.parametrize(("seconds", "share"), [(0.0, 0.2), (9.8, 0.2), (10.0, 0.025), (5000.0, 0.025)])
def test_sheets_take_a_limited_share_of_the_time(seconds: float, share: float) -> None:
    pace = Pace()
    pace.start(0.0)
    for start in (seconds, seconds):
        pace.told(start, start + 0.08)
    assert 0.08 / (pace.next - seconds) == pytest.approx(share)


def test_one_slow_sheet_causes_no_long_wait() -> None:
    pace = Pace()
    pace.start(-100.0)
    for start, cost in ((0.0, 0.01), (1.0, 2.0), (3.0, 0.01)):
        pace.told(start, start + cost)
        assert pace.next - start == pytest.approx(0.4)


def test_a_new_start_sends_sheets_often_again() -> None:
    pace = Pace()
    pace.start(0.0)
    pace.told(500.0, 501.0)
    pace.start(502.0)
    assert pace.next == 502.0
    pace.told(502.0, 502.02)
    assert pace.next == pytest.approx(502.1)


# Milestones


def seconds_of(milestones: Milestones) -> tuple[float | None, float | None]:
    return milestones.half_after, milestones.most_after


def reading_of(good: int) -> Any:
    """Return the message of a sheet of ten drawings of which so many are recognized."""
    return told(Evaluation(Reading((3,) * good + (5,) * (10 - good), (1.0,) * 10)), CONFIG)


def test_milestones_count_seconds_of_training_without_pauses() -> None:
    milestones = Milestones()
    milestones.anew()
    milestones.start(100.0)
    milestones.note(reading_of(4), 101.0)
    assert milestones.half_after is None
    milestones.stop(102.0)
    milestones.stop(150.0)
    milestones.start(200.0)
    milestones.note(reading_of(5), 201.0)
    milestones.note(reading_of(1), 202.0)
    assert seconds_of(milestones) == (3.0, None)
    milestones.start(203.0)  # a new target during training
    milestones.note(reading_of(9), 204.0)
    assert seconds_of(milestones) == (3.0, 6.0)
    milestones.anew()
    assert seconds_of(milestones) == (None, None)


def test_a_resumed_run_has_no_milestones() -> None:
    milestones = Milestones()
    milestones.start(100.0)
    milestones.note(reading_of(10), 101.0)
    milestones.stop(102.0)
    assert seconds_of(milestones) == (None, None)


def test_a_sheet_without_reading_is_no_milestone() -> None:
    milestones = Milestones()
    milestones.anew()
    milestones.note(told(Evaluation(), CONFIG), 1.0)
    assert milestones.half_after is None


@pytest.mark.parametrize(
    ("config", "asked", "read"),
    [
        (tiny(3), [3, 3, 3], [True, False, False]),
        (tiny(None), None, [True, True, False]),
        (tiny(None, labels=True), [0, 1, 2], [False, True, False]),
    ],
)
def test_requested_and_recognized_digits(config: Any, asked: Any, read: list[bool]) -> None:
    message = told(Evaluation(Reading((3, 1, 2), (1.0, 0.95, 0.5))), config)
    expected = {"digits": [3, 1, 2], "confidence": [1.0, 0.95, 0.5], "asked": asked, "read": read, "sure": SURE}
    assert message == expected | {"near": None, "prefers_real": None, "ailment": None}


# Messages


def channel() -> tuple[WorkerChannel, Any]:
    """Return a channel and the parent's end of its pipe."""
    parent_end, theirs = Pipe()
    return WorkerChannel(theirs), parent_end


def test_watch_messages_are_not_commands() -> None:
    worker_end, parent_end = channel()
    assert (worker_end.command(0), worker_end.watched) == (None, False)
    for message in (("watch", None), ("fun", None), ("unwatch", None), ("watch", None), ("unwatch", None)):
        parent_end.send(message)
    assert (worker_end.command(0), worker_end.watched) == (("fun", None), True)
    assert (worker_end.command(0), worker_end.watched) == (None, False)
    parent_end.close()
    assert (worker_end.command(0), worker_end.quitting) == (None, True)


def test_a_question_is_not_a_command_and_ends_with_watching() -> None:
    worker_end, parent_end = channel()
    for message in (("watch", None), ("ask", 5), ("fun", None)):
        parent_end.send(message)
    assert (worker_end.command(0), worker_end.asked, worker_end.questions) == (("fun", None), 5, 1)
    parent_end.send(("ask", 7))
    assert worker_end.command(SECONDS) is None, "a question to an idle run is answered at once"
    assert (worker_end.asked, worker_end.questions) == (7, 2)
    parent_end.send(("ask", None))
    assert (worker_end.command(SECONDS), worker_end.asked, worker_end.watched) == (None, None, True)
    for message in (("ask", 9), ("unwatch", None), ("watch", None)):
        parent_end.send(message)
    assert (worker_end.command(0), worker_end.asked, worker_end.watched) == (None, None, True)


def test_a_watcher_receives_a_whole_sheet() -> None:
    worker_end, parent_end = channel()
    sender, trainer = Preview(worker_end, CONFIG), Trainer(CONFIG, noise_digits(20))
    data = noise_digits(20)
    sheet = draw_sheet(
        trainer, SheetEvaluator(CONFIG, data, lambda images: Reading((3,) * len(images), (1.0,) * len(images)))
    )
    sender.show(sheet)
    assert (parent_end.poll(0), sender.is_due(5)) == (False, False), "nobody watches"
    worker_end.watched = True
    assert sender.is_due(0)
    before = time.time()
    sender.start(0)
    sender.show(draw_sheet(trainer, SheetEvaluator(CONFIG, data, None)))
    sender.show(sheet)
    sender.pace.next = 0.0
    assert (sender.is_due(0), sender.is_due(1)) == (False, True), "it was already sent"
    sender.pace.next = inf
    assert not sender.is_due(1)
    first, message = parent_end.recv(), parent_end.recv()
    assert first["reading"]["read"] is None
    assert (message["type"], message["iteration"], message["reading"]["digits"]) == ("sheet", 0, [3] * 64)
    assert message["drawn_at"] <= before <= first["drawn_at"] <= time.time()
    assert message["half_after"] >= 0
    assert np.array_equal(255 - png_pixels(message["png"])[2:30, 2:30], trainer.picture()[0])
    sender.stop()


# In a worker thread


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An idle, watched worker; a sheet is due after every iteration."""
    for name, value in (("OFTEN_SECONDS", 0.0), ("LIVELY_SHARE", 1e9), ("LATER_SHARE", 1e9)):
        monkeypatch.setattr(preview, name, value)
    with idle_worker(create_run(tmp_path / "run", CONFIG), CONFIG, monkeypatch) as local:
        local.send("watch")
        assert until(local, of_type("sheet"))[-1]["iteration"] == 0, "an idle run sends its sheet"
        yield local


def test_a_sheet_is_sent_before_each_picture_and_between(local: Local, tmp_path: Path) -> None:
    local.send("train", 9)
    events = until(local, lambda event: event == {"type": "picture", "iteration": 9})
    kinds = [(event["type"], event["iteration"]) for event in events if event["type"] in ("sheet", "picture")]
    stored = (4, 8, 9)
    expected = [(kind, at) for at in range(1, 10) for kind in ("sheet", "picture") if kind == "sheet" or at in stored]
    assert kinds == expected
    assert RunWriter(tmp_path / "run", CONFIG).pictures() == [0, *stored]
    last = next(event for event in reversed(events) if event["type"] == "sheet")
    assert base64.b64decode(last["png"]) == RunWriter(tmp_path / "run", CONFIG).picture_path(9).read_bytes()
    local.send("unwatch")
    local.send("train", 3)
    events = until(local, state("idle", at_least=12))
    assert "sheet" not in {event["type"] for event in events}


def test_watched_training_is_the_same_bit_for_bit(local: Local, tmp_path: Path) -> None:
    local.send("finish")
    events = all_events(local)
    assert [event["type"] for event in events].count("sheet") == 30
    watched, alone = Trainer(CONFIG, noise_digits(20)), Trainer(CONFIG, noise_digits(20))
    RunWriter(tmp_path / "run", CONFIG).restore(watched)
    for _ in range(30):
        alone.iterate()
    assert everything(watched) == everything(alone)


def test_watching_neither_resets_nor_trains(tmp_path: Path, local: Local) -> None:
    train_to(local, tmp_path / "run", 4)
    for word in ("unwatch", "watch"):
        local.send(word)
    local.send("reset")
    assert until(local, of_type("sheet"))[-1]["half_after"] is None
    assert until(local, state("idle"))[-1]["iteration"] == 0
