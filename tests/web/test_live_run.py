"""gan/web/services/run_manager.py: events of the live run are forwarded, and a snapshot
is sent when earlier events become invalid.

The worker is a fake without a thread, so an event has been forwarded when `say` or
`send` returns.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gan.runs.run_writer import create
from gan.web.services.live_run import BEGINNING_SECONDS, SAVING_SECONDS, LiveRun
from gan.web.services.run_manager import RunManager
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.players import NOISE
from tests.helpers.serving import assert_fields

Events = list[dict[str, Any]]


@pytest.fixture
def events() -> Events:
    return []


@pytest.fixture
def live(tmp_path: Path, events: Events) -> Iterator[LiveRun]:
    """Yield an idle run whose first events have been discarded."""
    create(tmp_path / "digit-3", tiny(3))
    worker: Any = FakeWorker
    manager = RunManager(tmp_path, NOISE, 1, worker=worker)
    manager.listen(lambda message: events.append(dict(message)))
    live = manager.open("digit-3")
    beginning: Any = {"run": "digit-3", "state": "starting", "data": NOISE.name}
    assert_fields(events[0], type="snapshot", error=None, **beginning)
    # the worker may have restored the run
    assert_fields(events[-1], type="snapshot", state="idle")
    events.clear()
    yield live
    manager.close()


@pytest.fixture
def fake(live: LiveRun) -> FakeWorker:
    worker: Any = live.worker
    return worker


def test_events_are_passed_on_in_order_and_name_their_run(
    live: LiveRun, events: Events
) -> None:
    live.worker.send("train", 3)
    assert [event.get("state", event["type"]) for event in events] == [
        "training",
        "metrics",
        "picture",
        "idle",
    ]
    assert {event["run"] for event in events} == {"digit-3"}


def test_reset_discards_the_sheet_and_sends_a_new_snapshot(
    live: LiveRun, fake: FakeWorker, events: Events
) -> None:
    live.worker.send("train", 4)
    before = live.snapshot()["version"]
    events.clear()
    fake.say("sheet", iteration=5)
    assert events == [{"type": "sheet", "iteration": 5, "run": "digit-3"}]
    assert live.status.sheet == events.pop()
    live.worker.send("reset")
    assert live.status.sheet is None
    assert_fields(events[-1], type="snapshot", pictures=[0], metrics=[], iteration=0)
    assert events[-1]["version"] != before


def test_a_snapshot_follows_a_return_to_the_checkpoint(
    live: LiveRun, fake: FakeWorker, events: Events
) -> None:
    live.worker.send("train", 8)
    fake.run.cut_back(0)
    fake.iteration = 0
    fake.say("error", message="training diverged")
    fake.state("idle")
    undone: Any = {"iteration": 0, "pictures": [0], "metrics": []}
    error = "training diverged"
    assert_fields(events[-1], type="snapshot", state="idle", error=error, **undone)


def test_a_killed_worker_loses_work_only_after_compiling(
    live: LiveRun, fake: FakeWorker
) -> None:
    waits = list[float]()
    fake.stop = waits.append  # type: ignore[method-assign,assignment]  # it ends without saving
    for state in ("idle", "starting", "compiling"):
        fake.state(state)
        lost = "digit-3: its process was killed before it had saved"
        assert (lost in str(live.save_and_end())) == (state == "idle")
    assert waits == [SAVING_SECONDS, BEGINNING_SECONDS, BEGINNING_SECONDS]


@pytest.mark.parametrize("kind", ["note", "error"])
def test_notes_and_errors_are_shown_and_kept(
    live: LiveRun, fake: FakeWorker, events: Events, kind: str
) -> None:
    fake.say(kind, message="a line is damaged")
    assert events == [
        {"type": "error", "message": "a line is damaged", "run": "digit-3"}
    ]
    fake.die()
    assert_fields(live.snapshot(), state="gone", error="a line is damaged")
