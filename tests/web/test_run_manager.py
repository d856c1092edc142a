"""gan/web/services/run_manager.py: the live run, pending, deleted and missing runs, and
failures, with fake workers.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.data import Dataset
from gan.runs.folder_lock import held
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.web.services.catalogue import Conflict, Unknown
from gan.web.services.run_manager import RunManager
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.players import NOISE
from tests.helpers.serving import assert_fields

Events = list[dict[str, Any]]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[RunManager]:
    FakeWorker.made.clear()
    worker: Callable[..., Any] = FakeWorker
    manager = RunManager(tmp_path, NOISE, 1, preset=tiny, worker=worker)
    yield manager
    manager.close()


@pytest.fixture
def events(manager: RunManager) -> Events:
    events: Events = []
    manager.listen(lambda message: events.append(dict(message)))
    return events


def create_in_order(runs: Path, *names: str) -> list[RunWriter]:
    """Create runs, each of which was written after the one before."""
    made = [create(runs / name, tiny(3)) for name in names]
    for seconds, run in enumerate(made, start=1):
        set_mtime(run, seconds)
    return made


def set_mtime(run: Run, seconds: float) -> None:
    """Set the modification times of all files of a run."""
    for path in (run.images, *run.path.rglob("*.*")):
        os.utime(path, (seconds, seconds))


@pytest.fixture
def opened(manager: RunManager, events: Events, tmp_path: Path) -> RunManager:
    """Return the manager with the only run open, as the server opens it at startup."""
    create(
        tmp_path / "all-digits", tiny(None, network="quick", few=True, iterations=None)
    )
    manager.open_first()
    events.clear()
    return manager


def test_the_first_run_is_created_when_it_is_trained(
    manager: RunManager, tmp_path: Path
) -> None:
    manager.open_first()
    assert not list(tmp_path.iterdir())
    manager.command("all-digits", "fun")
    assert Run.open(tmp_path / "all-digits").config == tiny(
        None, network="quick", few=True, iterations=None
    )
    manager.command("all-digits", "train", 5)
    manager.close()
    manager.open_first()
    assert manager.present()["pictures"] == [0, 5]
    assert [worker.cores for worker in FakeWorker.made] == [1, 1]


def test_a_new_run_replaces_the_live_one(opened: RunManager, events: Events) -> None:
    opened.command("all-digits", "train", 5)
    FakeWorker.made[0].say("sheet", iteration=7)
    assert events[-1:] == [opened.sheet()]
    assert opened.present()["iteration"] == 5, "as the worker has reported it"
    events.clear()
    assert opened.create(3, seed=7) == opened.live_name() == "digit-3"
    assert [worker.alive for worker in FakeWorker.made] == [False, True]
    assert FakeWorker.made[0].heard[-1] == ("quit", None)
    assert [entry["live"] for entry in opened.summaries()] == [False, True]
    assert opened.sheet() is None
    closed = opened.snapshot("all-digits")
    assert_fields(closed, state="closed", iteration=5, data=NOISE.name)
    states = [(event["run"], event["state"]) for event in events if "state" in event]
    assert states[:2] == [("all-digits", "starting"), ("digit-3", "starting")]
    assert "gone" not in dict(states).values()
    assert "error" not in [event["type"] for event in events], (
        "to be asked to go is no accident"
    )
    opened.close()
    assert events[-1]["state"] == "gone", "nothing is opened next"


def test_the_run_that_was_written_last_is_opened_first(
    manager: RunManager, tmp_path: Path
) -> None:
    create_in_order(tmp_path, "digit-7", "digit-3", "all-digits")
    # updates the modification time
    (tmp_path / "digit-3" / "metrics.jsonl").write_bytes(b"")
    (create(tmp_path / "broken", tiny(3)).path / "config.json").write_text("{}")
    manager.open_first()
    assert manager.live_name() == "digit-3"
    manager.close()
    assert manager.present()["run"] == "digit-3"


def test_a_run_in_training_elsewhere_is_not_opened_first(
    manager: RunManager, tmp_path: Path
) -> None:
    three, seven = create_in_order(tmp_path, "digit-3", "digit-7")
    with held(seven):
        manager.open_first()
        assert manager.live_name() == "digit-3"
        manager.close()
    set_mtime(three, 1)
    manager.open_first()
    assert manager.live_name() == "digit-7"
    manager.close()


def test_a_run_in_training_elsewhere_is_shown_if_alone(
    manager: RunManager, events: Events, tmp_path: Path
) -> None:
    """Otherwise a page opened while train.py trains would show an untrained run beside
    it.
    """
    runs = create_in_order(tmp_path, "digit-7", "digit-3")
    with held(runs[0]), held(runs[1]):
        manager.open_first()
        assert FakeWorker.made == []
        manager.check_folder()
        runs[1].save_picture(0, NOISE.images)
        set_mtime(runs[0], 3)  # this one trains, too
        events.clear()
        manager.check_folder()
    told = [
        (event["type"], event.get("run"), event.get("pictures")) for event in events
    ]
    assert told == [("runs", None, None), ("snapshot", "digit-3", [0])]
    shutil.rmtree(runs[1].path)
    assert manager.present()["run"] == "digit-7"
    manager.command("digit-7", "fun")
    assert manager.live_name() == "digit-7"
    assert manager.present()["state"] == "training"


def test_pause_does_not_open_a_run_but_other_commands_do(opened: RunManager) -> None:
    opened.create(3)
    opened.command("all-digits", "pause")
    assert opened.live_name() == "digit-3"
    assert FakeWorker.made[-1].heard == []
    with pytest.raises(Unknown):
        opened.command("nobody", "pause")
    opened.command("all-digits", "fun")
    assert opened.live_name() == "all-digits"
    assert FakeWorker.made[-1].heard == [("fun", None)]


def test_a_failed_save_is_reported_with_the_next_run(opened: RunManager) -> None:
    last = FakeWorker.made[0]

    def die() -> None:
        last.say("error", message="no space")
        FakeWorker.die(last)

    last.die = die  # type: ignore[method-assign]
    name = opened.create(3)
    assert opened.snapshot(name)["error"] == "all-digits: no space"


# Pending runs, which are not on disk yet


def test_a_pending_run_is_shown_and_listed(manager: RunManager, tmp_path: Path) -> None:
    manager.open_first()
    manager.command("all-digits", "reset")
    manager.command("all-digits", "pause")
    snapshot = manager.present()
    assert_fields(snapshot, run="all-digits", pictures=[])
    assert snapshot["config"]["network"] == "quick"
    (row,) = manager.summaries()
    assert_fields(row, id="all-digits", live=True, pictures=0)
    assert manager.open("all-digits").worker.alive
    for refused in (manager.delete, lambda name: manager.rename(name, "mine")):
        with pytest.raises(Unknown):
            refused("all-digits")
    assert not list(tmp_path.iterdir())
    FakeWorker.made[0].die()
    manager.command("all-digits", "fun")
    assert Run.open(tmp_path / "all-digits").config == FakeWorker.made[1].config


def test_a_run_that_another_process_holds_is_refused(
    manager: RunManager, tmp_path: Path
) -> None:
    """Otherwise a worker would wait for the lock, then execute outdated commands."""
    create(tmp_path / "mine", tiny(3)).save_picture(0, NOISE.images)
    manager.open("mine")
    with held(create(tmp_path / "other", tiny(3))):
        for refused in (
            manager.open,
            manager.delete,
            lambda name: manager.command(name, "reset"),
        ):
            with pytest.raises(InputError, match="is open in another process"):
                refused("other")
    assert manager.live_name() == "mine"
    assert (tmp_path / "other" / "config.json").is_file()
    FakeWorker.made[0].die()
    with (
        held(Run.open(tmp_path / "mine")),
        pytest.raises(InputError, match="is open in another process"),
    ):
        manager.command("mine", "reset")
    assert [worker.run.path.name for worker in FakeWorker.made] == ["mine"]


def test_a_step_is_refused_while_another_one_runs(
    opened: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = FakeWorker.made[0]
    monkeypatch.setattr(FakeWorker, "step", lambda *_: None)  # it takes a long time
    opened.command("all-digits", "step", 5)
    with pytest.raises(Conflict, match="A step is running"):
        opened.command("all-digits", "step", 6)
    worker.state("idle")
    opened.command("all-digits", "step", 7)
    opened.command("all-digits", "pause")
    opened.command("all-digits", "step", 8)
    assert [number for command, number in worker.heard if command == "step"] == [
        5,
        7,
        8,
    ]


# Deleted and missing runs


def test_a_live_run_is_saved_before_it_is_deleted(
    opened: RunManager, events: Events, tmp_path: Path
) -> None:
    opened.create(3)
    opened.command("digit-3", "fun")
    create(tmp_path / "seed-0" / "digit-3", tiny(3))
    events.clear()
    assert opened.delete("seed-0.digit-3") == tmp_path / ".trash" / "seed-0.digit-3"
    assert events == [{"type": "runs"}]
    assert FakeWorker.made[1].alive is True
    assert opened.delete("digit-3") == tmp_path / ".trash" / "digit-3"
    assert FakeWorker.made[1].heard[-1] == ("quit", None)
    assert opened.live_name() == "all-digits"
    assert opened.catalogue.names() == ["all-digits"]
    assert events.count({"type": "runs"}) == 2
    opened.delete("all-digits")
    assert opened.present()["pictures"] == [], "a new run, which is pending"
    assert opened.catalogue.names() == []


def test_changes_by_others_in_the_folder_are_reported_once(
    opened: RunManager, events: Events, tmp_path: Path
) -> None:
    opened.check_folder()
    events.clear()
    opened.command("all-digits", "train", 3)  # its worker reports this change
    events.clear()
    opened.check_folder()
    assert events == []
    run = create(tmp_path / "seed-0" / "digit-3", tiny(3))
    opened.check_folder()
    opened.check_folder()
    assert events == [{"type": "runs"}]
    run.save_picture(0, NOISE.images)
    set_mtime(run, 5e9)
    opened.check_folder()
    shutil.rmtree(run.path)
    opened.check_folder()
    assert events == [{"type": "runs"}] * 3


# Failures: the live run trains on if another run cannot be created, read or started


STARS = Dataset(NOISE.images, np.zeros(20, np.uint8), "", ("star",))

Change = Callable[[RunManager], object]
# Methods that put another run in the place of the live one.
CHANGES: dict[str, Change] = {
    "create": lambda manager: manager.create(3),
    "create with the name of a pending run": lambda manager: manager.create(None),
    "create on uploaded drawings": lambda manager: manager.create_on(STARS),
    "open": lambda manager: manager.open("other"),
}


@pytest.fixture(params=["pending", "training"])
def live(
    request: pytest.FixtureRequest, manager: RunManager, tmp_path: Path
) -> FakeWorker:
    """Return the worker of the live run, which is either pending or training.

    There is also a run named other.
    """
    manager.open_first()
    create(tmp_path / "other", tiny(3))
    if request.param == "training":
        manager.command("all-digits", "fun")
    return FakeWorker.made[0]


@contextmanager
def kept(manager: RunManager, live: FakeWorker, message: str) -> Iterator[None]:
    """Assert that the block fails, the live run is still live and trains, and nothing
    was left on disk.
    """
    before = sorted(manager.catalogue.runs.iterdir())
    states = list[object]()
    manager.listen(lambda event: states.append(event.get("state")))
    with pytest.raises((InputError, OSError), match=message):
        yield
    assert manager.live_name() == "all-digits"
    assert live.alive is True
    assert states == []
    assert sorted(manager.catalogue.runs.iterdir()) == before
    manager.command("all-digits", "fun")
    assert live.heard[-1] == ("fun", None)
    assert manager.state() == "training"


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("is_listed", [False, True])
def test_a_process_that_cannot_start_leaves_the_live_run(
    manager: RunManager,
    live: FakeWorker,
    name: str,
    is_listed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(self: FakeWorker) -> None:
        if is_listed:
            manager.summaries()  # as a page in another thread does at any time
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(FakeWorker, "start", start)
    with kept(
        manager,
        live,
        r"could not be started \(Resource temporarily unavailable\); close other",
    ):
        CHANGES[name](manager)


# what a process does instead of locking its run
REFUSED: dict[str, tuple[str, Callable[[FakeWorker], object]]] = {
    "it reports an error": (
        "in another process",
        lambda it: it.say("error", message="is open in another process"),
    ),
    "it is killed": ("its process ended unexpectedly; try again", lambda it: it.kill()),
    "it hangs": (
        "its process did not start within 25 seconds; try again",
        lambda it: None,
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("live", ["training"], indirect=True)
def test_training_continues_until_the_next_run_is_locked(
    manager: RunManager, live: FakeWorker, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server may have created that run and be about to lock it."""
    message, fail = REFUSED[kind]

    def start(self: FakeWorker) -> None:
        self.alive = True
        fail(self)

    monkeypatch.setattr(FakeWorker, "start", start)
    with kept(manager, live, message):
        manager.open("other")
    assert not FakeWorker.made[-1].alive
