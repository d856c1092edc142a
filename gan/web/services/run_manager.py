"""Manage the runs in a folder, at most one of which is live, and notify listeners.

The *live* run has a worker process. Opening another run starts its worker, then saves
the live run and ends its worker. If the new run cannot be opened, the live one
continues to train. If there is no run, the manager starts a worker for a new run, which
is written to disk only when it is trained.

A single thread calls all methods that change something, so changes never overlap.
Another thread passes on the events of the live run's worker. The manager keeps the
newest status (`RunStatus` in gan/runs/worker_link.py). A client that connects later
receives a snapshot, which is made from that status and the run's folder.
"""

import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from gan.base.errors import InputError
from gan.data import Dataset
from gan.rules.config_for_data import preset_for
from gan.rules.run_config import Config, preset
from gan.runs.folder_lock import is_held_elsewhere, is_unlocked, refuse_if_locked
from gan.runs.messages import (
    ClientMessage,
    Command,
    Event,
    SheetEvent,
    Snapshot,
    State,
)
from gan.runs.provenance import own_data
from gan.runs.run import Run
from gan.runs.run_on_own_images import create_uploaded
from gan.runs.run_writer import create
from gan.runs.worker import Worker
from gan.runs.worker_link import RunStatus
from gan.web.services.catalogue import (
    Catalogue,
    Conflict,
    Description,
    Unknown,
    history,
    read_history,
    settings_of,
)
from gan.web.services.live_run import LiveRun

StartWorker = Callable[[Path, Config, Path | None, int], Worker]
# The arguments of `Worker.send`: a command and its number.
FirstCommand = tuple[Command, int | None]
# A listener is called from several threads, and must return immediately.
Listener = Callable[[ClientMessage], None]

# training that a page started is paused if no page has been open for this long
UNWATCHED_SECONDS = 1800

UNWATCHED = (
    f"Stopped: no page was open for {UNWATCHED_SECONDS // 60} minutes. "
    "Press Go on to continue."
)
LOST = (
    "The training process {}. Press Train or Fun to continue from the last checkpoint."
)
# networks for new runs (see `gan.rules.run_config.preset`); the first is the default
NETWORKS = ("quick", "digits")


class Folder(NamedTuple):
    """The result of a check of the runs folder."""

    stamps: dict[str, float]  # when each run's folder was last changed
    live: str | None  # name of the live run
    has_live: bool  # False if the live run's folder has disappeared


class RunManager:
    """All runs in one folder, at most one of which is live.

    Parameters
    ----------
    runs : Path
        The folder.
    data : Dataset
        The images that runs learn from, unless they have images of their own.
    cores : int
        The number of cores that a run may use.
    recorded : Path or None
        The folder of the recorded run, if there is one.
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
        # serial number of the newest command, if that was "step", or 0
        self._step = 0
        # whether a page, and not a program, started the live run's training last
        self._is_from_page = False
        self._watched = False
        self._watching = threading.Lock()  # `watch` must not overlap with `start`
        self._clock = clock
        self._watched_at = clock()  # when a page was open last
        # a run that another process trained when this server started
        self._elsewhere: str | None = None
        self._folder = Folder({}, None, True)  # as it was last checked

    # Reading

    def live_name(self) -> str | None:
        return self._live.name if self._live else None

    def state(self) -> str:
        """Return the reported state of the live run, or "gone" if there is none."""
        return self._live.status.now["state"] if self._live else "gone"

    def summaries(self) -> list[Description]:
        """Return a summary of each run.

        A run that is not on disk yet comes first, and the recorded run last.
        """
        live = self._live
        rows = self.catalogue.summaries([live.name] if live else [])
        if live is None or live.status.now["is_begun"]:
            return rows
        if live.name in [row["id"] for row in rows]:  # created just now
            return rows
        new = {"id": live.name, "live": True, "recorded": False, "label": None}
        new |= {"iteration": 0, "pictures": 0, **settings_of(live.config)}
        return [new, *rows]

    def present(self) -> Snapshot:
        """Return the snapshot that a page shows first.

        It shows the live run. Without one, it shows the run that another process
        trained when the server started, or else the newest run. Raise Unknown if there
        is no run.
        """
        name = self.live_name()
        if name is None and self._elsewhere in self.catalogue.names():
            name = self._elsewhere
        if name is None:
            name = self.catalogue.newest()
        if name is None:
            raise Unknown("No run is open.", "id")
        return self.snapshot(name)

    def snapshot(self, name: str) -> Snapshot:
        live = self._live
        if live and live.name == name:
            return live.snapshot()
        return self.catalogue.snapshot(name)

    def sheet(self) -> SheetEvent | None:
        live = self._live
        return live.status.sheet if live else None

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
        """Notify listeners of changes by other programs since the last check."""
        live = self._live
        before = self._folder
        name = live.name if live else None
        now = Folder(self.catalogue.stamps(name), name, not live or live.is_there())
        self._folder = now
        if now.stamps != before.stamps:
            self._notify({"type": "runs"})
            if live is None and before.live is None:
                self._notify_present()
        has_moved = now.has_live != before.has_live
        if live and has_moved and (not now.has_live or name == before.live):
            self._notify(live.snapshot())

    def is_unwatched(self, has_pages: bool) -> bool:
        """Return whether to pause the live run because nobody is watching it.

        That is true if a page started its training, and no page has been open for
        UNWATCHED_SECONDS. Call this every few seconds. `has_pages` tells whether a page
        is open now.
        """
        if has_pages or not self._is_from_page or self.state() != "training":
            self._watched_at = self._clock()
        return self._clock() - self._watched_at >= UNWATCHED_SECONDS

    def ask(self, name: str, drawing: int | None) -> None:
        """Ask the live run's judge about a drawing of each new sheet; None stops this.

        Any thread may call this. Raise Conflict if the run is not live or not watched.
        """
        live = self._live
        is_new = live and live.name == name and not live.status.now["is_begun"]
        if not is_new:
            self.catalogue.find_own(name)
        with self._watching:
            live = self._live
            if not live or live.name != name:
                raise Conflict("You can ask only about drawings of the open run.", "id")
            if drawing is not None and not self._watched:
                raise Conflict(
                    "Nobody is watching this run. "
                    "The answer is sent on /api/events?watch=1.",
                    "drawing",
                )
            live.worker.send("ask", drawing)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    # Methods that change something, called from a single thread

    def open_first(self, error: str | None = None) -> None:
        """Open the newest run that can be trained.

        If there is none, show a run that another process is training, without opening
        it. If there is none of these either, start a new run. `error` is a message to
        show with the opened run.
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
        self, name: str, error: str | None = None, first: FirstCommand | None = None
    ) -> LiveRun:
        """Make an existing run the live one. The other parameters are those of `start`.

        If the run cannot be read, or if another process has locked it, raise InputError
        and keep the current live run.
        """
        live = self._live
        if live and live.name == name and live.is_there():
            if live.worker.alive:
                return live
            if not live.status.now["is_begun"]:
                return self.start(name, live.config, first=first)
        run = Run.open(self.catalogue.find_own(name))
        # Otherwise the worker would wait for the lock, and carry out a reset much
        # later.
        refuse_if_locked(run)
        read_history(name, run.path)
        return self.start(name, run.config, error, is_on_disk=True, first=first)

    def start(
        self,
        name: str,
        config: Config,
        error: str | None = None,
        is_on_disk: bool = False,
        first: FirstCommand | None = None,
    ) -> LiveRun:
        """Start a worker for a run, end the live one, and put the new one in its place.

        Parameters
        ----------
        name, config
        error : str or None
            A message to show with the run.
        is_on_disk : bool
            Whether the run was already on disk. Opening it may then fail, so if the
            live run is training, it continues until the new one is open.
        first : (command, number) or None
            A command for the run. It is sent before the live run is saved, because that
            takes time, and a damaged run does not wait for "reset".

        Raises
        ------
        InputError
            If no process can be started, or if it cannot open the run. The current live
            run stays.
        """
        live = self._started(name, config)
        if first:
            live.worker.send(*first)
        if is_on_disk and self.state() == "training":
            live.wait_until_open()
        unsaved = self.close("starting")
        live.status.message = unsaved or error or live.status.message
        with self._watching:
            self._live = live
            if self._watched:
                live.worker.send("watch")
        if snapshot := live.try_snapshot():
            # sent before any event, so that an outdated state never comes last
            self._notify(snapshot)
        live.worker.follow(
            lambda event: self._forward(live, event),
            lambda reason: self._report_end(live, reason),
        )
        return live

    def _started(self, name: str, config: Config) -> LiveRun:
        path = self.catalogue.place(name)
        images = own_data(path) or self._data.path
        worker = self._worker(
            path, config, Path(images) if images else None, self._cores
        )
        try:
            worker.start()
        except OSError as failed:
            raise InputError(
                f"{name}: its process could not be started ({failed.strerror}); "
                "close other programs and try again",
                "id",
            ) from failed
        status = RunStatus(self.catalogue.data_name, Run.exists(path))
        return LiveRun(name, path, config, worker, status)

    def new_config(
        self, digit: int | None, network: str = NETWORKS[0], **changes: Any
    ) -> Config:
        """Return the recommended config, without a last iteration, with changes."""
        return preset_for(
            self._data, digit, self._preset, network=network, iterations=None, **changes
        )

    def create(self, digit: int | None, **changes: Any) -> str:
        """Create a run, make it the live one, and return its name."""
        config = self.new_config(digit, **changes)
        return self._start_new(config, lambda folder: create(folder, config))

    def create_on(
        self, images: Dataset, network: str = NETWORKS[0], seed: int = 0
    ) -> str:
        """Create a run that keeps these images in its folder, as `create` does."""
        digit = 0 if len(images.names) == 1 else None
        config = preset_for(images, digit, network=network, seed=seed, iterations=None)
        return self._start_new(
            config, lambda folder: create_uploaded(folder, images, config)
        )

    def _start_new(self, config: Config, make: Callable[[Path], Run]) -> str:
        """Create a run with `make`, make it the live one, and return its name.

        If its worker cannot be started, delete the run and keep the live one.
        """
        run = make(self.catalogue.place(self.catalogue.free_name(config)))
        try:
            self.start(run.path.name, run.config)
        except (InputError, OSError):
            shutil.rmtree(run.path, ignore_errors=True)
            raise
        self._notify({"type": "runs"})
        return run.path.name

    def rename(self, name: str, label: str | None) -> str | None:
        kept = self.catalogue.rename(name, label)
        self._notify({"type": "label", "run": name, "label": kept})
        self._notify({"type": "runs"})
        return kept

    def delete(self, name: str) -> Path:
        """Move a run to the trash and return its new path.

        If the run was live, open another one.
        """
        self.catalogue.find_own(name)  # raises before the live run is closed
        is_live = self.live_name() == name
        unsaved = self.close("starting") if is_live else None
        try:
            place = self.catalogue.delete(name)
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
        is_from_page: bool = False,
    ) -> None:
        """Send a command to a run's worker.

        If the run is not live, open it first; but "pause" then does nothing. `number`
        is that of `Worker.send`. Raise Conflict for "step" while another step is
        running.
        """
        if command == "pause" and name != self.live_name():
            self.catalogue.find_own(name)
            return
        before = self._live
        live = self.open(name, first=(command, number))
        if command in ("train", "fun"):
            self._is_from_page = is_from_page
        if live is not before:
            return
        if command == "step" and self._step > live.status.now["done"]:
            raise Conflict("A step is running. Its turns are shown when it ends.", "id")
        live.status.message = None
        serial = live.worker.send(command, number)
        self._step = serial if command == "step" else 0

    def pause(self, note: str | None = None) -> None:
        """Pause the live run if it is training.

        `note` is shown until the next command.
        """
        if self._live and self.state() == "training":
            self._live.status.message = note
            self._live.worker.send("pause")

    def close(self, last_state: State = "gone") -> str | None:
        """Save the live run and end its process.

        Return an error message, or None after success. Clients are told `last_state`:
        "starting" if another run is opened next, otherwise "gone".
        """
        live = self._live
        if live is None:
            return None
        self._live = None
        self._step = 0
        unsaved = live.save_and_end()
        self._notify({**live.status.now, "state": last_state, "run": live.name})
        return unsaved

    # Pass on events of a worker, called from the thread that receives them

    def _forward(self, live: LiveRun, event: Event) -> None:
        """Record a worker's event, and pass it on to listeners.

        Pass on a new snapshot instead if the event invalidates what clients know.
        """
        # Set this before the event is recorded: a new client may receive it from then
        # on.
        event["run"] = live.name
        is_outdated = live.status.hear(event)
        message: ClientMessage = event
        if event["type"] == "note":  # pages show notes and errors in the same place
            message = {"type": "error", "message": event["message"], "run": live.name}
        if live is not self._live:  # its process has been told to quit
            if event["type"] == "state":  # `close` reports the last state
                return
        elif is_outdated:
            message = live.try_snapshot() or message
        self._notify(message)

    def _report_end(self, live: LiveRun, reason: str) -> None:
        if live is not self._live:
            return
        self._forward(live, {**live.status.now, "state": "gone", "target": None})
        if live.status.message is None:  # if set, the worker's explanation is better
            self._forward(live, {"type": "error", "message": LOST.format(reason)})

    def _can_open(self, run: Run) -> bool:
        """Return whether a run can be trained.

        Its images must be available, its history readable, and its folder not locked.
        """
        is_on_own_images = own_data(run.path) is not None
        if not is_on_own_images and run.config.names != self._data.names:
            return False
        with suppress(OSError):
            history(run)
            return is_unlocked(run)
        return False

    def _notify_present(self) -> None:
        with suppress(InputError):  # no run is left, or it cannot be read
            self._notify(self.present())

    def _notify(self, event: ClientMessage) -> None:
        for listener in self._listeners:
            listener(event)
