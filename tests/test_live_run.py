"""gan/web/services/live_run.py: a live run passes events on, keeps the state, and sends a snapshot when older events are void.

The worker is a fake without a thread: an event has been passed on when `say` or `command` returns.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_worker import FakeWorker, tiny
from studios import Heard

from gan.runs.run_writer import create
from gan.runs.worker import Worker
from gan.web.services.catalogue import Catalogue
from gan.web.services.live_run import LOST, LiveRun


@pytest.fixture
def heard() -> Heard:
    return []


@pytest.fixture
def go_live(tmp_path: Path, heard: Heard) -> Iterator[Callable[[str], LiveRun]]:
    """Make a run and a worker for it; all of them have the same listener."""
    FakeWorker.made.clear()
    made: list[LiveRun] = []

    def start(name: str) -> LiveRun:
        create(tmp_path / name, tiny(3))
        worker: Any = FakeWorker(tmp_path / name, tiny(3), None, 1)
        worker.start()
        catalogue = Catalogue(tmp_path, None, "some digits")
        made.append(LiveRun(name, worker, tiny(3), catalogue, lambda told: heard.append(dict(told))))
        made[-1].follow()
        return made[-1]

    yield start
    for each in made:
        each.stop()


@pytest.fixture
def live(go_live: Callable[[str], LiveRun], heard: Heard) -> LiveRun:
    """An idle run; what it said so far is forgotten."""
    live = go_live("digit-3")
    heard.clear()
    return live


@pytest.fixture
def fake(live: LiveRun) -> FakeWorker:
    """Its worker."""
    return FakeWorker.made[0]


def test_the_first_message_is_a_snapshot_with_the_data(go_live: Callable[[str], LiveRun], heard: Heard) -> None:
    go_live("digit-3")
    told = {key: heard[0][key] for key in ("type", "run", "state", "data", "error")}
    assert told == {"type": "snapshot", "run": "digit-3", "state": "starting", "data": "some digits", "error": None}
    assert heard[-1]["state"] == "idle"


def test_events_are_passed_on_in_order_and_name_their_run(live: LiveRun, heard: Heard) -> None:
    live.command("train", 3)
    assert [event.get("state", event["type"]) for event in heard] == ["training", "metrics", "picture", "idle"]
    assert {event["run"] for event in heard} == {"digit-3"}
    assert heard[1]["g_loss"] is None, "infinity is not JSON"


def test_two_runs_are_live_side_by_side(go_live: Callable[[str], LiveRun], heard: Heard) -> None:
    one, other = go_live("digit-3"), go_live("digit-3-unfrozen")
    one.command("train", 4)
    other.command("train", 6)
    assert (one.status["iteration"], other.status["iteration"]) == (4, 6)
    told = {(event["run"], event["iteration"]) for event in heard if event["type"] == "metrics"}
    assert told == {("digit-3", 4), ("digit-3-unfrozen", 6)}
    assert (one.stop(), one.alive, other.alive) == (None, False, True)
    assert other.snapshot()["pictures"] == [0, 6]


def test_reset_sends_a_new_snapshot_with_a_new_version(live: LiveRun, heard: Heard) -> None:
    live.command("train", 4)
    before = live.snapshot()["version"]
    heard.clear()
    live.command("reset")
    told = {key: heard[0][key] for key in ("type", "pictures", "metrics", "iteration")}
    assert told == {"type": "snapshot", "pictures": [0], "metrics": [], "iteration": 0}
    assert heard[0]["version"] != before


def test_a_worker_back_at_its_checkpoint_sends_a_snapshot(live: LiveRun, fake: FakeWorker, heard: Heard) -> None:
    live.command("train", 8)
    fake.run.cut_back(0)
    fake.iteration = 0
    fake.say("error", message="training diverged")
    fake.state("idle")
    told = {key: heard[-1][key] for key in ("type", "state", "iteration", "pictures", "metrics", "error")}
    assert told == {
        "type": "snapshot",
        "state": "idle",
        "iteration": 0,
        "pictures": [0],
        "metrics": [],
        "error": "training diverged",
    }


def test_a_sheet_is_forgotten_with_its_network(live: LiveRun, fake: FakeWorker, heard: Heard) -> None:
    fake.iteration = 5
    fake.say("sheet", iteration=5)
    assert heard == [{"type": "sheet", "iteration": 5, "run": "digit-3"}]
    assert (live.sheet, live.status["iteration"]) == (heard[0], 5)
    live.command("reset")
    assert live.sheet is None


def test_events_are_passed_on_after_the_folder_was_removed(live: LiveRun, fake: FakeWorker, heard: Heard) -> None:
    (fake.run.path / "config.json").unlink()
    fake.draw()  # picture 0, which asks for a snapshot
    fake.state("training")
    assert heard[0] == {"type": "picture", "iteration": 0, "run": "digit-3"}
    assert heard[-1]["state"] == "training"


def test_a_worker_that_dies_leaves_an_error(live: LiveRun, fake: FakeWorker, heard: Heard) -> None:
    fake.die()
    error = LOST.format("ended unexpectedly")
    assert [event.get("state", event.get("message")) for event in heard] == ["gone", error]
    assert (live.alive, live.status["state"], live.error) == (False, "gone", error)


def test_the_workers_own_last_error_is_kept(live: LiveRun, fake: FakeWorker) -> None:
    fake.say("error", message="the checkpoint is damaged")
    fake.die()
    assert (live.snapshot()["state"], live.snapshot()["error"]) == ("gone", "the checkpoint is damaged")


def test_a_killed_worker_that_had_not_begun_has_lost_nothing(live: LiveRun, fake: FakeWorker) -> None:
    fake.state("compiling")
    fake.stop = lambda timeout=20: fake.die()  # type: ignore[method-assign]
    assert live.stop() is None


def test_a_killed_worker_that_had_begun_has_lost_something(live: LiveRun, fake: FakeWorker) -> None:
    fake.stop = lambda timeout=20: fake.die()  # type: ignore[method-assign]  # without having said that it saved
    assert "digit-3: its process had to be ended before it had saved" in str(live.stop())


def test_a_worker_reports_every_event_and_then_its_end(tmp_path: Path) -> None:
    worker, heard, ended = Worker(tmp_path, tiny(3), None, 1), list[Any](), list[str]()
    events = [{"type": "picture", "iteration": iteration} for iteration in range(3)]
    for event in events:
        worker._theirs.send(event)
    worker._theirs.close()  # as the end of its process does
    worker.follow(heard.append, ended.append)
    assert worker._follower
    worker._follower.join(120)
    assert (heard, ended) == (events, ["ended unexpectedly"])
    worker.connection.close()


@pytest.mark.parametrize("kind", ["note", "error"])
def test_notes_and_errors_are_shown_until_the_next_command(
    live: LiveRun, fake: FakeWorker, heard: Heard, kind: str
) -> None:
    fake.say(kind, message="a line is damaged")
    assert heard == [{"type": "error", "message": "a line is damaged", "run": "digit-3"}]
    assert live.snapshot()["error"] == "a line is damaged"
    live.command("train", 1)
    assert live.snapshot()["error"] is None
