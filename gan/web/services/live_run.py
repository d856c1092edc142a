"""Hold the open run, its worker, and the status that the worker has reported."""

import logging
from pathlib import Path
from typing import NamedTuple

from gan.base.errors import InputError
from gan.rules.run_config import Config
from gan.runs.messages import BEGINNING, Event, Snapshot
from gan.runs.worker import Worker
from gan.runs.worker_link import RunStatus
from gan.web.services.catalogue import empty_history, read_history, snapshot_of

log = logging.getLogger(__name__)

# Maximum time for a new process to open its run. A request waits for it.
OPENING_SECONDS = 25.0
SAVING_SECONDS = 20.0  # maximum time for a process to save and quit
BEGINNING_SECONDS = 1.0  # maximum time to quit while there is nothing to save

MISSING = (
    "The folder of run {} no longer exists. "
    "Open another run, create a new one, or put the folder back."
)

KILLED = (
    "its process was killed before it had saved; it continues from its last checkpoint"
)


class LiveRun(NamedTuple):
    """A run and its started worker. A new run may not be on disk yet."""

    name: str
    path: Path
    config: Config
    worker: Worker
    status: RunStatus  # what the worker has reported

    def is_there(self) -> bool:
        """Return False if the run's folder has disappeared, and otherwise True."""
        return not self.status.now["is_begun"] or self.path.exists()

    def snapshot(self) -> Snapshot:
        """Return everything that a page needs to show the run."""
        now = self.status.now
        if now["is_begun"] and self.path.exists():
            past = read_history(self.name, self.path)
            return snapshot_of(self.name, past, now, self.status.message)
        past = empty_history(self.config)
        if not now["is_begun"]:
            return snapshot_of(self.name, past, now, self.status.message)
        missing = snapshot_of(self.name, past, now, MISSING.format(self.name))
        return {**missing, "state": "missing"}

    def try_snapshot(self) -> Snapshot | None:
        """Return a snapshot, or None if the run's files cannot be read."""
        try:
            return self.snapshot()
        except (InputError, OSError) as error:
            log.warning("no snapshot of %s: %s", self.name, error)
            return None

    def wait_until_open(self) -> None:
        """Wait until the worker has opened the run. Call this before `Worker.follow`.

        If the worker fails, or does not respond within OPENING_SECONDS, end it and
        raise InputError with the reason.
        """
        is_open = False
        while not is_open:
            event = self._receive_or_end()
            self.status.hear(event)
            is_open = event["type"] == "state"  # notes come first

    def _receive_or_end(self) -> Event:
        event: Event | None = None
        problem = f"did not start within {OPENING_SECONDS:.0f} seconds"
        try:
            event = self.worker.receive(OPENING_SECONDS)
        except EOFError as error:
            problem = str(error) or "ended unexpectedly"
        if event and event["type"] != "error":
            return event
        self.worker.kill()
        if event:
            raise InputError(event["message"], "id")
        raise InputError(f"{self.name}: its process {problem}; try again", "id")

    def save_and_end(self) -> str | None:
        """Save the run and end its process. Return an error message, or None."""
        status = self.status
        status.message = None
        has_begun = status.now["state"] not in BEGINNING
        self.worker.stop(SAVING_SECONDS if has_begun else BEGINNING_SECONDS)
        if status.message is None and status.now["state"] not in ("gone", *BEGINNING):
            status.message = KILLED
        return f"{self.name}: {status.message}" if status.message else None
