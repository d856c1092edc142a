"""Follow the live run, whose worker process holds the networks in memory, carries out commands and sends events.

A separate thread passes each event from the worker to the live run. The live run forwards the event and stores the
current status, so that clients that connect later receive a snapshot.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from gan.errors import InputError
from gan.rules.config import Config
from gan.runs.messages import ClientMessage, Event, SheetEvent, Snapshot, State, StateEvent, Status
from gan.runs.run import Identity, Run, identity
from gan.runs.worker import Worker
from gan.web.services.catalogue import empty_history, read_history, snapshot_of

log = logging.getLogger(__name__)

BEGINNING = ("starting", "compiling")  # states before the worker has truncated its run to the checkpoint
LOCKED_SECONDS = 25.0  # for each of a new process's first two events, so that a request is answered in time
SAVING_SECONDS = 20.0  # maximum time for a process to save and quit
BEGINNING_SECONDS = 1.0  # the same while it has nothing to save

MISSING = "The folder of run {} no longer exists. Open another run, create a new one, or put the folder back."
LOST = "The training process {}. Press Train or Fun to continue from the last checkpoint."


class LiveRun:
    """A run, which need not be on disk yet (gan/runs/worker_loop.py), and its worker, which is already started.

    `tell` receives a snapshot, then every event. It is called from the worker's thread and must return immediately.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        worker: Worker,
        config: Config,
        data_name: str,
        tell: Callable[[ClientMessage], None],
    ) -> None:
        self.name, self.path, self.worker, self.config, self.tell = name, path, worker, config, tell
        self.error: str | None = None  # shown with the run until the next command
        # The folder that the worker was started for. A different folder with the same name is a different run.
        self.folder: Identity | None = identity(path) if Run.exists(path) else None
        self.status: Status = {"state": "starting", "iteration": 0, "target": None, "data": data_name}
        self.sheet: SheetEvent | None = None  # the newest preview of the network in its current state
        self.leaving = False  # whether the worker was told to quit, so that its end is not an error
        self.stop_unwatched = False  # whether its training ends if no page is open for a long time
        self.last_state: State = "gone"  # what clients are told when it has quit
        self._before: list[Event] = []  # received by `wait_for_lock`

    def wait_for_lock(self) -> None:
        """Wait until the worker has locked the run, if it is on disk. Call this only before `follow`.

        If the worker fails, or does not answer within `LOCKED_SECONDS`, end it and raise InputError with the reason.
        """
        while len(self._before) < 2:  # the first event precedes the lock (gan/runs/worker_loop.py)
            event, problem = None, f"did not start within {LOCKED_SECONDS:.0f} seconds"
            try:
                event = self.worker.receive(LOCKED_SECONDS)
            except EOFError as error:
                problem = str(error) or "ended unexpectedly"
            if event and event["type"] != "error":
                self._before.append(event)
                continue
            self.worker.kill()
            raise InputError(event["message"] if event else f"{self.name}: its process {problem}; try again", "id")

    def follow(self) -> None:
        """Send a snapshot, then forward events."""
        if snapshot := self._try_snapshot():  # sent before any event, so that an outdated state never comes last
            self.tell(snapshot)
        for event in self._before:
            self._receive(event)
        self.worker.follow(self._receive, self._ended)

    @property
    def is_begun(self) -> bool:
        """Whether any part of the run is or was on disk."""
        if self.folder is None and Run.exists(self.path):
            self.folder = identity(self.path)
        return self.folder is not None

    @property
    def is_there(self) -> bool:
        """Whether the folder is still the one that the worker uses. True as long as nothing is on disk."""
        return not self.is_begun or identity(self.path) == self.folder

    def snapshot(self) -> Snapshot:
        """Return everything that a page needs to show the run, or a snapshot that says that its folder is gone."""
        if not self.is_begun:
            return snapshot_of(self.name, empty_history(self.config), self.status, self.error)
        folders = (self.path, self.path.parent) if "." in self.name else (self.path,)
        if identity(self.path) is None or any(folder.is_symlink() for folder in folders):  # a link is not followed
            gone = snapshot_of(self.name, empty_history(self.config), self.status, MISSING.format(self.name))
            return {**gone, "state": "missing"}
        return snapshot_of(self.name, read_history(self.name, self.path), self.status, self.error)

    def _try_snapshot(self) -> Snapshot | None:
        """Return a snapshot, or None if the run cannot be read. Its worker reports what is wrong."""
        try:
            return self.snapshot()
        except (InputError, OSError) as error:
            log.warning("no snapshot of %s: %s", self.name, error)
            return None

    def stop(self, last_state: State = "gone") -> str | None:
        """Save the run and end its process. Return an error message, or None after success.

        Clients are told `last_state` at the end: "starting" if another run is opened next, otherwise "gone".
        """
        self.leaving, self.error, self.last_state = True, None, last_state
        self.worker.stop(BEGINNING_SECONDS if self.status["state"] in BEGINNING else SAVING_SECONDS)
        if self.error is None and self.status["state"] not in ("gone", *BEGINNING):
            self.error = "its process was killed before it had saved; it continues from its last checkpoint"
        return f"{self.name}: {self.error}" if self.error else None

    def _ended(self, reason: str) -> None:
        if self.leaving:
            return
        iteration, data = self.status["iteration"], self.status["data"]
        self._receive({"type": "state", "state": "gone", "iteration": iteration, "target": None, "data": data})
        if self.error is None:  # if set, the worker's own explanation is better
            self._receive({"type": "error", "message": LOST.format(reason)})

    def _receive(self, event: Event) -> None:
        """Store an event, then forward it, or send a snapshot instead if the event invalidates what clients know."""
        event["run"] = self.name  # set before the event is stored, because clients may connect at any time
        is_outdated = self._remember(event)
        message: ClientMessage = event
        if event["type"] == "note":  # pages show notes and errors in the same place
            message = {"type": "error", "message": event["message"], "run": self.name}
        if is_outdated:
            self.sheet = None
        if self.leaving and event["type"] == "state" and event["state"] == "gone":
            message = {**event, "state": self.last_state}
        if is_outdated and not self.leaving:
            message = self._try_snapshot() or message
        self.tell(message)

    def _remember(self, event: Event) -> bool:
        """Update the status from an event.

        Return True if the network is new or was restored from its checkpoint. Clients must then forget later
        iterations.
        """
        if event["type"] == "state":
            return self._take_over(event)
        if event["type"] == "error" or event["type"] == "note":
            self.error = event["message"]
            return False
        if event["type"] == "preparing" or event["type"] == "lock":
            return False
        starts_over = event["type"] == "picture" and event["iteration"] == 0
        self.status["iteration"] = 0 if starts_over else max(event["iteration"], self.status["iteration"])
        if event["type"] == "sheet":
            self.sheet = event
        return starts_over

    def _take_over(self, event: StateEvent) -> bool:
        """Update the status from a state event, with the same return value as `_remember`."""
        before, data = self.status, event["data"] or self.status["data"]
        is_open = before["state"] in BEGINNING and event["state"] not in BEGINNING
        iteration, target = event["iteration"], event["target"]
        self.status = {"state": event["state"], "iteration": iteration, "target": target, "data": data}
        return is_open or iteration < before["iteration"]
