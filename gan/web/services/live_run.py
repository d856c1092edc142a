"""Follow the live run: forward the events of its worker process to clients, with a
snapshot when they need one.

A separate thread passes each event from the worker to the live run. The
`RunStatus` (gan/runs/worker_link.py) keeps the present state, so that clients that connect later receive
a snapshot.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from gan.base.errors import InputError
from gan.rules.config import Config
from gan.runs.messages import BEGINNING, ClientMessage, Event, Snapshot, State
from gan.runs.run import Run
from gan.runs.worker import Worker
from gan.runs.worker_link import RunStatus
from gan.web.services.catalogue import empty_history, read_history, snapshot_of

# is called from other threads and must return immediately
Listener = Callable[[ClientMessage], None]

log = logging.getLogger(__name__)

# for a new process to open its run, so that a request is answered in time
LOCKED_SECONDS = 25.0
SAVING_SECONDS = 20.0  # maximum time for a process to save and quit
BEGINNING_SECONDS = 1.0  # the same while it has nothing to save

MISSING = "The folder of run {} no longer exists. Open another run, create a new one, or put the folder back."
LOST = (
    "The training process {}. Press Train or Fun to continue from the last checkpoint."
)


class LiveRun:
    """A run, which need not be on disk yet (gan/runs/session.py), and its worker, which
    is already started.

    `tell` receives a snapshot, then every event. It is called from the worker's thread.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        worker: Worker,
        config: Config,
        data_name: str,
        tell: Listener,
    ) -> None:
        self.name = name
        self.path = path
        self.worker = worker
        self.config = config
        self.tell = tell
        self.heard = RunStatus(data_name, Run.exists(path))
        # the press of a step that the worker may not have carried out yet
        self.stepping = 0
        # whether its training ends if no page is open for a long time
        self.stop_unwatched = False
        # what clients are told when it has quit; None until it is told to
        self.last_state: State | None = None

    def wait_until_open(self) -> None:
        """Wait until the worker has opened the run, which is on disk.

        Call this only before `follow`.

        If the worker fails, or does not answer within `LOCKED_SECONDS`, end it and
        raise InputError with the reason.
        """
        event: Event | None = None
        while event is None or event["type"] != "state":  # notes come first
            problem = f"did not start within {LOCKED_SECONDS:.0f} seconds"
            try:
                event = self.worker.receive(LOCKED_SECONDS)
            except EOFError as error:
                event = None
                problem = str(error) or "ended unexpectedly"
            if event is None or event["type"] == "error":
                self.worker.kill()
                raise InputError(
                    event["message"]
                    if event
                    else f"{self.name}: its process {problem}; try again",
                    "id",
                )
            self.heard.hear(event)

    def follow(self) -> None:
        if snapshot := self._try_snapshot():
            # sent before any event, so that an outdated state never comes last
            self.tell(snapshot)
        self.worker.follow(self._receive, self._ended)

    def is_there(self) -> bool:
        """Return whether the run's folder is there.

        True as long as nothing is on disk.
        """
        return not self.heard.now["is_begun"] or self.path.exists()

    def snapshot(self) -> Snapshot:
        """Return everything that a page needs to show the run, or a snapshot that says
        that its folder is gone.
        """
        heard = self.heard
        if not heard.now["is_begun"]:
            return snapshot_of(
                self.name, empty_history(self.config), heard.now, heard.message
            )
        if not self.is_there():
            gone = snapshot_of(
                self.name,
                empty_history(self.config),
                heard.now,
                MISSING.format(self.name),
            )
            return {**gone, "state": "missing"}
        return snapshot_of(
            self.name, read_history(self.name, self.path), heard.now, heard.message
        )

    def _try_snapshot(self) -> Snapshot | None:
        """Return a snapshot, or None if the run cannot be read.

        Its worker reports what is wrong.
        """
        try:
            return self.snapshot()
        except (InputError, OSError) as error:
            log.warning("no snapshot of %s: %s", self.name, error)
            return None

    def stop(self, last_state: State = "gone") -> str | None:
        """Save the run and end its process.

        Return an error message, or None after success.

        Clients are told `last_state` at the end: "starting" if another run is opened
        next, otherwise "gone".
        """
        heard = self.heard
        self.last_state = last_state
        heard.message = None
        self.worker.stop(
            BEGINNING_SECONDS if heard.now["state"] in BEGINNING else SAVING_SECONDS
        )
        if heard.message is None and heard.now["state"] not in ("gone", *BEGINNING):
            heard.message = "its process was killed before it had saved; it continues from its last checkpoint"
        return f"{self.name}: {heard.message}" if heard.message else None

    def _ended(self, reason: str) -> None:
        if self.last_state:
            return
        self._receive({**self.heard.now, "state": "gone", "target": None})
        if self.heard.message is None:  # if set, the worker's own explanation is better
            self._receive({"type": "error", "message": LOST.format(reason)})

    def _receive(self, event: Event) -> None:
        """Take in an event, then forward it, or send a snapshot instead if the event
        invalidates what clients know.
        """
        # set before the event is taken in, because clients may connect at any time
        event["run"] = self.name
        is_outdated = self.heard.hear(event)
        if event["type"] == "turns":
            self.stepping = 0
        message: ClientMessage = event
        if event["type"] == "note":  # pages show notes and errors in the same place
            message = {"type": "error", "message": event["message"], "run": self.name}
        if self.last_state and event["type"] == "state" and event["state"] == "gone":
            message = {**event, "state": self.last_state}
        if is_outdated and not self.last_state:
            message = self._try_snapshot() or message
        self.tell(message)
