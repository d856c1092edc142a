"""Mirror in a parent process what a worker tells of its run.

A mirror is made from events alone.

The command line, a cluster and the server use it alike. gan/runs/session.py has the
table of states.
"""

from gan.runs.messages import ErrorEvent, Event, SheetEvent, StateEvent, Status

# states before the worker has truncated its run to the checkpoint
BEGINNING = ("starting", "compiling")


class Mirror:
    """The state of a run, as its worker has reported it.

    Attributes
    ----------
    status : Status
    is_begun : bool
        Whether the run is on disk, and locked by the worker.
    done : int
        The newest press that the worker has carried out (gan/runs/newest_commands.py).
    error : str or None
        The newest error or note.
    failure : ErrorEvent or None
        The last event, if it is an error.
    sheet : SheetEvent or None
        The newest preview of the network in its current state.
    """

    def __init__(self, data_name: str | None = None, is_begun: bool = False) -> None:
        self.status: Status = {
            "state": "starting",
            "iteration": 0,
            "target": None,
            "data": data_name,
        }
        self.is_begun = is_begun
        self.done = 0
        self.error: str | None = None
        self.failure: ErrorEvent | None = None
        self.sheet: SheetEvent | None = None

    @property
    def has_ended(self) -> bool:
        return self.status["state"] == "gone" and self.failure is None

    def take(self, event: Event) -> bool:
        """Take in an event.

        Return True if the network is new or was restored from its checkpoint. Clients
        must then forget later iterations.
        """
        self.failure = event if event["type"] == "error" else None
        is_outdated = False
        if event["type"] == "state":
            is_outdated = self._take_state(event)
        elif event["type"] == "error" or event["type"] == "note":
            self.error = event["message"]
        elif event["type"] != "lock":
            # the run starts over
            is_outdated = event["type"] == "picture" and event["iteration"] == 0
            self.status["iteration"] = (
                0 if is_outdated else max(event["iteration"], self.status["iteration"])
            )
        if event["type"] == "sheet":
            self.sheet = event
        elif is_outdated:
            self.sheet = None
        return is_outdated

    def gone(self) -> StateEvent:
        """Return the state of a worker that could not report its end."""
        iteration = self.status["iteration"]
        data = self.status["data"]
        return {
            "type": "state",
            "state": "gone",
            "iteration": iteration,
            "target": None,
            "data": data,
            "is_begun": self.is_begun,
            "done": self.done,
        }

    def _take_state(self, event: StateEvent) -> bool:
        """Take in a state, with the same return value as `take`."""
        before = self.status
        data = event["data"] or self.status["data"]
        iteration = event["iteration"]
        target = event["target"]
        self.status = {
            "state": event["state"],
            "iteration": iteration,
            "target": target,
            "data": data,
        }
        self.is_begun = event["is_begun"]
        self.done = event["done"]
        is_open = before["state"] in BEGINNING and event["state"] not in BEGINNING
        return is_open or iteration < before["iteration"]
