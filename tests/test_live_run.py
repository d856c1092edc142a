"""gan/web/services/live_run.py: what is heard of a live run, in order, and what it tells in place of what is void."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_worker import FakeWorker, tiny
from serving import wait_until

from gan.runs.run_writer import create
from gan.web.services.catalogue import Catalogue
from gan.web.services.live_run import LOST, LiveRun

Heard = list[dict[str, Any]]


@pytest.fixture
def heard() -> Heard:
    return []


@pytest.fixture
def go_live(tmp_path: Path, heard: Heard) -> Iterator[Callable[[str], LiveRun]]:
    """Make a run and a worker for it; all of them tell the same listener."""
    FakeWorker.made.clear()
    made: list[LiveRun] = []

    def start(name: str) -> LiveRun:
        create(tmp_path / name, tiny(3))
        worker: Any = FakeWorker(tmp_path / name, tiny(3), None, 1)
        worker.start()
        made.append(
            LiveRun(name, worker, tiny(3), Catalogue(tmp_path, None, "some digits"), lambda e: heard.append(dict(e)))
        )
        made[-1].follow()
        return made[-1]

    yield start
    for each in made:
        each.stop()


@pytest.fixture
def live(go_live: Callable[[str], LiveRun], heard: Heard) -> LiveRun:
    """A run that is idle, and has said so."""
    live = go_live("digit-3")
    wait_until(lambda: heard[-1]["state"] == "idle")
    return live


@pytest.fixture
def fake(live: LiveRun) -> FakeWorker:
    """Its worker."""
    return FakeWorker.made[0]


def trained(live: LiveRun, heard: Heard, iterations: int) -> None:
    """Train it, wait until it has said that it is idle again, and forget what was heard."""
    live.command("train", iterations)
    wait_until(lambda: heard[-1].get("state") == "idle" and heard[-1]["iteration"] == iterations)
    heard.clear()


def test_the_first_word_is_a_snapshot_with_the_data(go_live: Callable[[str], LiveRun], heard: Heard) -> None:
    go_live("digit-3")
    told = {key: heard[0][key] for key in ("type", "run", "state", "data", "error")}
    assert told == {"type": "snapshot", "run": "digit-3", "state": "starting", "data": "some digits", "error": None}


def test_events_are_told_in_order_and_name_their_run(live: LiveRun, heard: Heard) -> None:
    heard.clear()
    live.command("train", 3)
    wait_until(lambda: len(heard) == 4)
    assert [event.get("state", event["type"]) for event in heard] == ["training", "metrics", "picture", "idle"]
    assert {event["run"] for event in heard} == {"digit-3"}
    assert heard[1]["g_loss"] is None, "infinity is not JSON"


def test_two_are_live_side_by_side(go_live: Callable[[str], LiveRun], heard: Heard) -> None:
    one, other = go_live("digit-3"), go_live("digit-3-unfrozen")
    one.command("train", 4)
    other.command("train", 6)
    wait_until(lambda: (one.status["iteration"], other.status["iteration"]) == (4, 6))
    wait_until(lambda: [event.get("state") for event in heard].count("idle") == 4)
    told = {(event["run"], event["iteration"]) for event in heard if event["type"] == "metrics"}
    assert told == {("digit-3", 4), ("digit-3-unfrozen", 6)}
    assert (one.stop(), one.alive, other.alive) == (None, False, True)
    assert other.snapshot()["pictures"] == [0, 6]


def test_reset_tells_a_new_snapshot_with_a_new_version(live: LiveRun, heard: Heard) -> None:
    trained(live, heard, 4)
    before = live.snapshot()["version"]
    live.command("reset")
    wait_until(lambda: len(heard) == 2)
    told = {key: heard[0][key] for key in ("type", "pictures", "metrics", "iteration")}
    assert told == {"type": "snapshot", "pictures": [0], "metrics": [], "iteration": 0}
    assert heard[0]["version"] != before


def test_a_worker_that_went_back_to_its_checkpoint_is_told_as_a_snapshot(
    live: LiveRun, fake: FakeWorker, heard: Heard
) -> None:
    trained(live, heard, 8)
    fake.run.cut_back(0)
    fake.iteration = 0
    fake.say("error", message="training diverged")
    fake.state("idle")
    wait_until(lambda: len(heard) == 2)
    told = {key: heard[1][key] for key in ("type", "state", "iteration", "pictures", "metrics", "error")}
    assert told == {
        "type": "snapshot",
        "state": "idle",
        "iteration": 0,
        "pictures": [0],
        "metrics": [],
        "error": "training diverged",
    }


def test_what_was_watched_is_forgotten_with_its_network(live: LiveRun, fake: FakeWorker, heard: Heard) -> None:
    fake.iteration = 5
    fake.say("sheet", iteration=5)
    wait_until(lambda: heard[-1]["type"] == "sheet")
    assert (live.sheet, live.status["iteration"]) == (heard[-1], 5)
    live.command("reset")
    wait_until(lambda: heard[-1].get("state") == "idle")
    assert live.sheet is None


def test_a_folder_that_was_removed_leaves_the_worker_heard(live: LiveRun, fake: FakeWorker, heard: Heard) -> None:
    (fake.run.path / "config.json").unlink()
    fake.draw()  # picture 0, which asks for a snapshot
    fake.state("training")
    wait_until(lambda: heard[-1].get("state") == "training")
    assert heard[-2] == {"type": "picture", "iteration": 0, "run": "digit-3"}


def test_a_worker_that_dies_is_told(live: LiveRun, fake: FakeWorker, heard: Heard) -> None:
    fake.die()
    wait_until(lambda: heard[-1]["type"] == "error")
    assert [event.get("state", event.get("message")) for event in heard[-2:]] == [
        "gone",
        LOST.format("ended unexpectedly"),
    ]
    assert (live.alive, live.status["state"], live.error) == (False, "gone", LOST.format("ended unexpectedly"))


def test_the_workers_own_last_word_is_kept(live: LiveRun, fake: FakeWorker) -> None:
    fake.say("error", message="the checkpoint is damaged")
    fake.die()
    wait_until(lambda: live.status["state"] == "gone")
    live.pump.join()
    assert (live.snapshot()["state"], live.snapshot()["error"]) == ("gone", "the checkpoint is damaged")


def test_a_command_takes_an_error_away(live: LiveRun, fake: FakeWorker, heard: Heard) -> None:
    fake.say("error", message="no space")
    wait_until(lambda: heard[-1]["type"] == "error")
    assert live.snapshot()["error"] == "no space"
    live.command("pause")
    assert live.snapshot()["error"] is None


def test_a_worker_that_was_killed_before_it_had_begun_lost_nothing(
    live: LiveRun, fake: FakeWorker, heard: Heard
) -> None:
    fake.state("compiling")
    wait_until(lambda: heard[-1].get("state") == "compiling")
    fake.stop = lambda timeout=20: fake.die()  # type: ignore[method-assign]
    assert live.stop() is None


def test_a_worker_that_had_to_be_killed_has_lost_something(live: LiveRun, fake: FakeWorker) -> None:
    fake.stop = lambda timeout=20: fake.die()  # type: ignore[method-assign]  # without having said that it saved
    assert "digit-3: its process had to be ended before it had saved" in str(live.stop())


def test_a_note_is_told_as_pages_show_it_and_goes_with_the_next_command(
    live: LiveRun, fake: FakeWorker, heard: Heard
) -> None:
    heard.clear()
    fake.say("note", message="a line is damaged")
    wait_until(lambda: len(heard) == 1)
    assert heard == [{"type": "error", "message": "a line is damaged", "run": "digit-3"}]
    assert live.snapshot()["error"] == "a line is damaged"
    trained(live, heard, 1)
    assert live.snapshot()["error"] is None
