"""gan/web/services/run_manager.py: the live run trains on if another run cannot be created, read or started."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from gan.data import Dataset
from gan.errors import InputError
from gan.runs.run_writer import create
from gan.web.services.run_manager import RunManager
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.web.test_run_manager import manager

__all__ = ["manager"]  # a fixture that pytest finds by its name

PICTURES = np.random.default_rng(0).integers(0, 255, (40, 28, 28), np.uint8)
DIGITS = Dataset(PICTURES, np.arange(40, dtype=np.uint8) % 10, "")
STARS = Dataset(PICTURES, np.zeros(40, np.uint8), "", ("star",))

Change = Callable[[RunManager], object]
# Methods that put another run in the place of the live one.
CHANGES: dict[str, Change] = {
    "create": lambda manager: manager.create(3),
    "create with the name of a pending run": lambda manager: manager.create(None),
    "create on uploaded digits": lambda manager: manager.create_on(DIGITS),
    "create on uploaded pictures": lambda manager: manager.create_on(STARS),
    "open": lambda manager: manager.open("other"),
}


@pytest.fixture(params=["pending", "training"])
def live(request: pytest.FixtureRequest, manager: RunManager, tmp_path: Path) -> FakeWorker:
    """Return the worker of the live run, which is either pending or training. There is also a run named other."""
    manager.open_first()
    create(tmp_path / "other", tiny(3))
    if request.param == "training":
        manager.command("all-digits", "fun")
    return FakeWorker.made[0]


@contextmanager
def kept(manager: RunManager, live: FakeWorker, message: str) -> Iterator[None]:
    """Assert that the block fails, the live run is still live and trains, and nothing was left on disk."""
    before, states = sorted(manager.catalogue.runs.iterdir()), list[object]()
    manager.listen(lambda event: states.append(event.get("state")))
    with pytest.raises((InputError, OSError), match=message):
        yield
    assert (manager.live_name(), live.alive, states) == ("all-digits", True, [])
    assert sorted(manager.catalogue.runs.iterdir()) == before
    manager.command("all-digits", "fun")
    assert (live.heard[-1], manager.state()) == (("fun", None), "training")


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("is_listed", [False, True])
def test_a_process_that_cannot_start_leaves_the_live_run(
    manager: RunManager, live: FakeWorker, name: str, is_listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(self: FakeWorker) -> None:
        if is_listed:
            manager.summaries()  # as a page in another thread does at any time
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(FakeWorker, "start", start)
    with kept(manager, live, r"could not be started \(Resource temporarily unavailable\); close other"):
        CHANGES[name](manager)


@pytest.mark.parametrize("name", list(CHANGES)[:-1])
@pytest.mark.parametrize("call", ["make_folder", "durably_replacing"])
def test_a_full_disk_leaves_the_live_run(manager: RunManager, live: FakeWorker, name: str, call: str) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with kept(manager, live, "No space left on device"), patch(f"gan.runs.run_writer.{call}", side_effect=full):
        CHANGES[name](manager)


def test_an_unreadable_run_is_neither_opened_nor_opened_first(
    manager: RunManager, live: FakeWorker, tmp_path: Path
) -> None:
    (tmp_path / "other" / "metrics.jsonl").mkdir()
    with kept(manager, live, "Run other cannot be read: Is a directory"):
        manager.open("other")
    manager.close()
    manager.open_first()
    assert manager.live_name() == "all-digits"


REFUSED: dict[str, tuple[str, Callable[[FakeWorker], object]]] = {  # what a process does instead of locking its run
    "it reports an error": ("in another process", lambda it: it.say("error", message="is open in another process")),
    "it is killed": ("its process ended unexpectedly; try again", lambda it: it.kill()),
    "it hangs": ("its process did not start within 25 seconds; try again", lambda it: None),
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
        self.say("state", state="starting", iteration=0, target=None, data=None)
        fail(self)

    monkeypatch.setattr(FakeWorker, "start", start)
    with kept(manager, live, message):
        manager.open("other")
    assert not FakeWorker.made[-1].alive


@pytest.mark.parametrize("live", ["training"], indirect=True)
def test_no_event_is_lost_while_waiting_for_the_lock(manager: RunManager, live: FakeWorker) -> None:
    states: list[object] = []
    manager.listen(lambda message: states.append(message.get("state")))
    manager.open("other")
    assert (manager.live_name(), manager.state(), live.alive) == ("other", "idle", False)
    assert states[:3] == ["starting", "starting", "starting"], "the old run, the snapshot, and the first event"
    assert manager.present()["pictures"] == [0]
