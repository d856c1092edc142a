"""Manage the runs in a folder, at most one of which is live, and notify listeners.

Opening a run starts its process, then saves the live run and ends the process of that
one. If the new run cannot be opened, the live one trains on. If there is no run, the
manager starts a worker for a new one, which is written to disk only when it is trained.
A single thread calls all methods that change something, so changes never overlap.
Events of the live run come from a separate thread (gan/web/services/live_run.py).
"""

import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gan.base.errors import InputError
from gan.data import Dataset
from gan.rules.config import Config, preset
from gan.rules.config_for_data import preset_for
from gan.runs.folder_lock import is_held_elsewhere, is_unlocked, refuse_if_locked
from gan.runs.messages import ClientMessage, Command, SheetEvent, Snapshot, State
from gan.runs.provenance import own_data
from gan.runs.run import Run, write_label
from gan.runs.run_on_own_images import create_uploaded
from gan.runs.run_writer import create
from gan.runs.trash import move_to_trash
from gan.runs.worker import Worker
from gan.web.services.catalogue import (
    Catalogue,
    Conflict,
    Description,
    Unknown,
    history,
    read_history,
    settings_of,
)
from gan.web.services.live_run import Listener, LiveRun

StartWorker = Callable[[Path, Config, Path | None, int], Worker]
# a command and its number, as `Worker.send` takes them
Press = tuple[Command, int | None]

# training that a page started pauses if no page has been open for this long
UNWATCHED_SECONDS = 1800
UNWATCHED = f"Stopped: no page was open for {UNWATCHED_SECONDS // 60} minutes. Press Go on to continue."

# networks for new runs (see `gan.rules.config.preset`); the first is the default
NETWORKS = ("quick", "digits")


class RunManager:
    """All runs in one folder, which `catalogue` reads, at most one of which is live.

    New runs learn from `data` unless they have images of their own, on this number of
    cores. `recorded` is the folder of the recorded run, or None if there is none.
    """

    def __init__(
        self,
        runs: Path,
        data: Dataset,
        cores: int,
        recorded: Path | None = None,
        preset: Callable[..., Config] = preset,
        worker: StartWorker = Worker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.catalogue = Catalogue(runs, recorded, data.name)
        self._data = data
        self._cores = cores
        self._preset = preset
        self._worker = worker
        self._live: LiveRun | None = None
        self._listeners: list[Listener] = []
        # lock: `watch` must not overlap with opening a run
        self._watched = False
        self._watching = threading.Lock()
        # the time when a page was open last
        self._clock = clock
        self._watched_at = clock()
        # a run that another process trained when this server started
        self._elsewhere: str | None = None
        # result of the last `check_folder`
        self._seen: tuple[dict[str, float], str | None, bool] = ({}, None, True)

    # Reading

    def live_name(self) -> str | None:
        return self._live.name if self._live else None

    def state(self) -> str:
        """Return the last reported state of the live run, or "gone" if there is no live
        run.
        """
        return self._live.heard.now["state"] if self._live else "gone"

    def summaries(self) -> list[Description]:
        """Return a summary of each run.

        A run that is not on disk yet comes first, and the recorded run last.
        """
        live = self._live
        rows = self.catalogue.summaries([live.name] if live else [])
        if (
            live is None
            or live.heard.now["is_begun"]
            or live.name in [row["id"] for row in rows]
        ):
            return rows
        words = settings_of(live.config) | {
            "label": None,
            "iteration": 0,
            "pictures": 0,
        }
        return [{"id": live.name, "live": True, "recorded": False, **words}, *rows]

    def present(self) -> Snapshot:
        """Return the snapshot of the live run, or else of one in training elsewhere, or
        else of the newest run.

        Raise Unknown if there is no run.
        """
        name = self.live_name()
        if name is None:
            name = (
                self._elsewhere
                if self._elsewhere in self.catalogue.names()
                else self.catalogue.newest()
            )
        if name is None:
            raise Unknown("No run is open.", "id")
        return self.snapshot(name)

    def snapshot(self, name: str) -> Snapshot:
        live = self._live
        return (
            live.snapshot()
            if live and live.name == name
            else self.catalogue.snapshot(name)
        )

    def sheet(self) -> SheetEvent | None:
        live = self._live
        return live.heard.sheet if live else None

    def watch(self, watched: bool) -> None:
        """Turn previews on or off, for the live run and for runs opened later.

        Any thread may call this.
        """
        with self._watching:
            changed = watched != self._watched
            self._watched = watched
            if changed and self._live:
                self._live.worker.send("watch" if watched else "unwatch")

    def check_folder(self) -> None:
        """Notify listeners of changes that other programs have made in the folder since
        the last check.
        """
        live = self._live
        before = self._seen
        name = live.name if live else None
        self._seen = stamps, _, there = (
            self.catalogue.stamps(name),
            name,
            live is None or live.is_there(),
        )
        if stamps != before[0]:
            self._notify({"type": "runs"})
            if live is None and before[1] is None:
                self._notify_present()
        if live and there != before[2] and (not there or name == before[1]):
            self._notify(live.snapshot())

    def is_unwatched(self, has_pages: bool) -> bool:
        """Return whether to pause training that a page started, because no page has
        been open for UNWATCHED_SECONDS.
        """
        live = self._live
        if (
            has_pages
            or live is None
            or not live.stop_unwatched
            or self.state() != "training"
        ):
            self._watched_at = self._clock()
        return self._clock() - self._watched_at >= UNWATCHED_SECONDS

    def ask(self, name: str, drawing: int | None) -> None:
        """Ask the live run's judge about one drawing on each new sheet; None stops
        this.

        Any thread may call this.
        """
        if not (
            self._live
            and self._live.name == name
            and not self._live.heard.now["is_begun"]
        ):
            self.catalogue.find_own(name)
        with self._watching:
            if not self._live or self._live.name != name:
                raise Conflict("You can ask only about drawings of the open run.", "id")
            if drawing is not None and not self._watched:
                raise Conflict(
                    "Nobody is watching this run. The answer is sent on /api/events?watch=1.",
                    "drawing",
                )
            self._live.worker.send("ask", drawing)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    # Methods that change something, called from a single thread

    def open_first(self, error: str | None = None) -> None:
        """Open the run that was trained last, on the same labels, and is not locked by
        another process.

        If there is none, prepare a new one. But if another process trains a run here,
        open none: pages show that run. `error` is a message to show with the run.
        """
        if name := self.catalogue.newest(self._can_open):
            self.open(name, error)
        elif name := self.catalogue.newest(is_held_elsewhere):
            self._elsewhere = name
            self._notify_present()
        else:
            config = self.new_config(None)
            self.start(self.catalogue.free_name(config), config, error)

    def open(
        self, name: str, error: str | None = None, first: Press | None = None
    ) -> LiveRun:
        """Make a run the live one, after saving the current live run and ending its
        process.

        If the run cannot be read, or if another process has locked it, raise InputError
        and keep the current live run. `first` is for a new worker, see `start`.
        """
        live = self._live
        if live and live.name == name and live.is_there():
            if live.worker.alive:
                return live
            if not live.heard.now["is_begun"]:
                return self.start(name, live.config, first=first)
        run = Run.open(self.catalogue.find_own(name))
        # otherwise a reset sent now would wait and take effect later
        refuse_if_locked(run)
        read_history(name, run.path)
        return self.start(name, run.config, error, is_shared=True, first=first)

    def start(
        self,
        name: str,
        config: Config,
        error: str | None = None,
        is_shared: bool = False,
        first: Press | None = None,
    ) -> LiveRun:
        """Start a worker for a run, then save and end the live one and put the new one
        in its place.

        A run that is not on disk is written there only when it is trained. If no
        process can be started, raise InputError and keep the current live run. With
        `is_shared`, the run is on disk, so it may be damaged, or another process may be
        about to lock it: if the live one is training, wait until the new one is open.
        `first` is sent before the live one is saved, which takes time, because a
        damaged run does not wait for "reset".
        """
        path = self.catalogue.place(name)
        data = self._data.path
        worker = self._worker(
            path, config, own_data(path) or (Path(data) if data else None), self._cores
        )
        try:
            worker.start()
        except OSError as failed:
            message = f"{name}: its process could not be started ({failed.strerror}); close other programs"
            raise InputError(f"{message} and try again", "id") from failed
        if first:
            worker.send(*first)
        live = LiveRun(
            name, path, worker, config, self.catalogue.data_name, self._notify
        )
        if is_shared and self.state() == "training":
            live.wait_until_open()
        unsaved = self.close("starting")
        live.heard.message = unsaved or error or live.heard.message
        with self._watching:
            self._live = live
            if self._watched:
                worker.send("watch")
        live.follow()
        return live

    def new_config(
        self, digit: int | None, network: str = NETWORKS[0], **changes: Any
    ) -> Config:
        """Return the recommended config for a new run with the given changes.

        It trains until it is paused.
        """
        return preset_for(
            self._data, digit, self._preset, network=network, iterations=None, **changes
        )

    def create(self, digit: int | None, **changes: Any) -> str:
        """Create a new run, make it the live one, and return its name.

        See `new_config`.
        """
        config = self.new_config(digit, **changes)
        return self._start_new(
            lambda: create(
                self.catalogue.place(self.catalogue.free_name(config)), config
            )
        )

    def create_on(
        self, images: Dataset, network: str = NETWORKS[0], seed: int = 0
    ) -> str:
        """Create a run on uploaded images, which it keeps in its folder, make it the
        live one, and return its name.
        """
        digit = 0 if len(images.names) == 1 else None
        config = preset_for(images, digit, network=network, seed=seed, iterations=None)
        folder = self.catalogue.place(self.catalogue.free_name(config))
        return self._start_new(lambda: create_uploaded(folder, images, config))

    def _start_new(self, make: Callable[[], Run]) -> str:
        """Make a run on disk, make it the live one, and return its name.

        If it cannot be started, delete it and keep the live run.
        """
        run = make()
        try:
            self.start(run.path.name, run.config)
        except (InputError, OSError):
            shutil.rmtree(run.path, ignore_errors=True)
            raise
        self._notify({"type": "runs"})
        return run.path.name

    def rename(self, name: str, label: str | None) -> str | None:
        """Set or remove a run's user-given label, and return it as stored.

        Raise InputError if it is invalid.
        """
        kept = write_label(self.catalogue.find_own(name), label)
        self._notify({"type": "label", "run": name, "label": kept})
        self._notify({"type": "runs"})
        return kept

    def delete(self, name: str) -> Path:
        """Move a run to the trash and return its new path.

        If the run was live, open another one.
        """
        path = self.catalogue.find_own(name)
        is_live = self.live_name() == name
        unsaved = self.close("starting") if is_live else None
        try:
            place = move_to_trash(self.catalogue.runs, name, path)
        except InputError:
            if is_live:
                self.open(name, unsaved)
            raise
        if is_live:
            self.open_first(unsaved)
        self._notify({"type": "runs"})
        return place

    def command(
        self,
        name: str,
        command: Command,
        number: int | None = None,
        stop_unwatched: bool = False,
    ) -> None:
        """Send a command to a run's worker.

        If the run is not live, open it first, except to pause it.

        `number` is that of `Worker.send`. With `stop_unwatched`, `is_unwatched` applies
        to the training that this command starts.
        """
        if command == "pause" and name != self.live_name():
            self.catalogue.find_own(name)
        else:
            opened = self._live
            live = self.open(name, first=(command, number))
            if command in ("train", "fun"):
                live.stop_unwatched = stop_unwatched
            if live is opened:
                if command == "step" and live.stepping > live.heard.now["done"]:
                    raise Conflict(
                        "A step is running. Its turns are shown when it ends.", "id"
                    )
                live.heard.message = None
                press = live.worker.send(command, number)
                live.stepping = press if command == "step" else 0

    def pause(self, note: str | None = None) -> None:
        """Pause the live run if it is training.

        `note` is shown until the next command.
        """
        if self._live and self.state() == "training":
            self._live.heard.message = note
            self._live.worker.send("pause")

    def close(self, last_state: State = "gone") -> str | None:
        """Save the live run and end its process, as `LiveRun.stop` does.

        Return an error message, or None.
        """
        live = self._live
        self._live = None
        return live.stop(last_state) if live else None

    def _can_open(self, run: Run) -> bool:
        """Return whether a run can be trained: its images are here, its history can be
        read, and it is not locked.
        """
        has_images = (
            own_data(run.path) is not None or run.config.names == self._data.names
        )
        with suppress(OSError):
            history(run)
            return has_images and is_unlocked(run)
        return False

    def _notify_present(self) -> None:
        with suppress(InputError):  # no run is left, or it cannot be read
            self._notify(self.present())

    def _notify(self, event: ClientMessage) -> None:
        for listener in self._listeners:
            listener(event)
