"""A live run: one whose networks a worker process holds in memory, which obeys commands and reports events.

Commands go straight to the worker. The worker calls the live run with each event, from a thread of its own. The live
run passes it on to its listener and keeps the state, so that a page that connects later can be told.
"""

import logging
from collections.abc import Callable

from gan.config import Config
from gan.errors import InputError
from gan.runs.messages import Command, Event, SheetEvent, Snapshot, StateEvent, Status, Told
from gan.runs.run import Run
from gan.runs.safe_files import Identity, identity
from gan.runs.worker import Worker
from gan.web.services.catalogue import Catalogue
from gan.web.services.describe import finite, without_history

log = logging.getLogger(__name__)

BEGINNING = ("starting", "compiling")  # states of a worker that has not yet cut its run back to the checkpoint

MISSING = "The folder of run {} is not there any more: open another run, or make a new one. Put back, it goes on."
LOST = "The training process {}. Press Train or Fun to go on from its last checkpoint."


class LiveRun:
    """A run and the worker that was started for it.

    Parameters
    ----------
    name : str
    worker : Worker
        It has been started.
    config : Config
        Of the run, which may not be on disk yet (gan/runs/pending_run.py).
    catalogue : Catalogue
        Has the run's folder.
    tell : function of what there is to tell
        Hears a snapshot, then every event. It is called from the worker's thread, and must return at once.
    error : str, optional
        What to show before the worker has said anything.

    Attributes
    ----------
    folder : Identity or None
        Of the folder that the worker was started for; None as long as none was seen. Another of that name is another
        run.
    sheet : SheetEvent or None
        The newest that was watched of the network as it is now.
    """

    def __init__(
        self,
        name: str,
        worker: Worker,
        config: Config,
        catalogue: Catalogue,
        tell: Callable[[Told], None],
        error: str | None = None,
    ) -> None:
        self.name, self.worker, self.config, self.catalogue, self.error = name, worker, config, catalogue, error
        self.tell, self.path = tell, catalogue.place(name)
        self.folder: Identity | None = identity(self.path) if Run.exists(self.path) else None
        self.status: Status = {"state": "starting", "iteration": 0, "target": None, "data": catalogue.data_name}
        self.sheet: SheetEvent | None = None
        self.leaving = False  # it was asked to go: its end is no error

    def follow(self) -> None:
        """Tell where the run stands, then what happens to it."""
        try:
            self.tell(self.snapshot())  # before any event: an older state must not come last
        finally:
            self.worker.follow(self._hear, self._ended)

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.worker.alive

    @property
    def is_begun(self) -> bool:
        """Whether anything of it is, or was, on disk."""
        if self.folder is None and Run.exists(self.path):
            self.folder = identity(self.path)
        return self.folder is not None

    @property
    def is_there(self) -> bool:
        """Whether its folder still is the one that its worker has; so it is as long as nothing is on disk."""
        return not self.is_begun or identity(self.path) == self.folder

    def snapshot(self) -> Snapshot:
        """All that a page needs to show it. Where its folder is gone, that."""
        if self.is_begun and identity(self.path) is not None:
            return self.catalogue.snapshot(self.name, self.status, self.error)
        past = without_history(self.config)
        if not self.is_begun:
            return self.catalogue.snapshot_of(past, self.name, self.status, self.error)
        gone = self.catalogue.snapshot_of(past, self.name, self.status, MISSING.format(self.name))
        return {**gone, "state": "missing"}

    def command(self, command: Command, iterations: int | None = None) -> None:
        """Pass a command to the worker; what went wrong before it is no longer shown."""
        self.error = None
        self.worker.send(command, iterations)

    def stop(self) -> str | None:
        """Save it and end its process. What went wrong with that, in words, if anything did."""
        self.leaving, self.error = True, None
        self.worker.stop()
        if self.error is None and self.status["state"] not in ("gone", *BEGINNING):
            self.error = "its process had to be ended before it had saved; it goes on from its last checkpoint"
        return f"{self.name}: {self.error}" if self.error else None

    def _ended(self, reason: str) -> None:
        """Tell that the process has gone, unless it was asked to go."""
        if self.leaving:
            return
        iteration, data = self.status["iteration"], self.status["data"]
        self._hear({"type": "state", "state": "gone", "iteration": iteration, "target": None, "data": data})
        if self.error is None:  # where the worker said why it ends, that is the better word
            self._hear({"type": "error", "message": LOST.format(reason)})

    def _hear(self, event: Event) -> None:
        """Remember what an event says, then tell it; in its place a snapshot, where what was known before is void."""
        event["run"] = self.name  # before it is remembered: who comes meanwhile is told what is remembered
        void = self._remember(event)
        if event["type"] == "note":  # a page shows both in one place
            event = {"type": "error", "message": event["message"], "run": self.name}
        if void:
            self.sheet = None
        told: Told = event
        if void and not self.leaving:
            try:
                told = self.snapshot()
            except (InputError, OSError) as error:  # somebody removed the folder; the worker is heard all the same
                log.warning("no snapshot of %s: %s", self.name, error)
        self.tell(finite(told))

    def _remember(self, event: Event) -> bool:
        """Take over what an event says of where the run stands.

        True if what listeners know of later iterations is void: it is a new network, or the worker is back at its
        checkpoint.
        """
        if event["type"] == "state":
            return self._take_over(event)
        if event["type"] == "error" or event["type"] == "note":
            self.error = event["message"]
            return False
        anew = event["type"] == "picture" and event["iteration"] == 0
        self.status["iteration"] = 0 if anew else max(event["iteration"], self.status["iteration"])
        if event["type"] == "sheet":
            self.sheet = event
        return anew

    def _take_over(self, event: StateEvent) -> bool:
        before, data = self.status, event["data"] or self.status["data"]
        begun = before["state"] in BEGINNING and event["state"] not in BEGINNING
        after: Status = {
            "state": event["state"],
            "iteration": event["iteration"],
            "target": event["target"],
            "data": data,
        }
        self.status = after
        return begun or after["iteration"] < before["iteration"]
