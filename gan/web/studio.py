"""The studio: which runs there are, the one that is live, and who hears of it. There is no HTTP here.

Many runs lie in the runs folder; one at a time is live, which means that a worker process holds its networks in
memory and obeys commands. Opening another run first saves and ends the live one. The methods that change something
are called from one thread, so no two changes overlap; a second thread (the pump) carries the worker's events
to the listeners. One more run may ship with the project, the recorded one: it can be looked at and does nothing.
"""

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gan.config import Config
from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.worker import Worker
from gan.web.describe import Event, finite, history, read_on, summary

log = logging.getLogger(__name__)

FIRST_RUN = "all-digits"
RECORDED = "recorded"  # the name of the recorded run, which hides a run of that name
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # no dots and no slashes: a name cannot leave the runs folder
MOST_RUNS = 200  # the page can make runs; a loop must not fill the disk
BEGINNING = ("starting", "compiling")  # states of a worker that has not yet cut its run back to the checkpoint
LISTEN_SECONDS = 1.0  # how often the pump looks whether it is still wanted

LOST = "The training process ended unexpectedly. Press Train or Fun to go on from its last checkpoint."


class Unknown(InputError):
    """What is asked for does not exist: a run, or a picture of it."""


class OnlyRecorded(InputError):
    """Something was asked of the recorded run that it cannot do."""


@dataclass(frozen=True)
class Settings:
    """What the studio is told once: where runs lie, the data, the threads of a worker, and what a new run is like.

    `recorded` is the folder of the recorded run; None where there is none.
    """

    runs: Path
    data: Path | None
    data_name: str
    threads: int
    preset: Callable[..., Config]  # as `gan.config.preset`
    worker: Callable[[Path, Config, Path | None, int], Worker] = Worker
    recorded: Path | None = None

    @property
    def few(self) -> bool:
        """Whether the real images are few: those of the shipped sample are."""
        return self.data is None


@dataclass
class Live:
    """The live run: its worker, and the last word heard from it."""

    name: str
    worker: Worker
    status: Event = field(default_factory=dict)
    error: str | None = None
    leaving: bool = False  # it was asked to go: its end is no error
    pump: threading.Thread | None = None


class Studio:
    """All runs of one folder, at most one of them live."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._live: Live | None = None
        self._listeners: list[Callable[[Event], None]] = []

    # What there is

    def live_name(self) -> str | None:
        """The name of the live run."""
        return self._live.name if self._live else None

    def recorded_names(self) -> list[str]:
        """The name of the recorded run; none where none ships."""
        return [RECORDED] if self._settings.recorded else []

    def state(self) -> str:
        """The state of the live run, as its worker last said; "gone" where there is none."""
        return str(self._live.status["state"]) if self._live else "gone"

    def find(self, name: str) -> Path:
        """The folder of a run.

        Raises
        ------
        Unknown
            Where the name is not a plain word or no run of that name lies in the runs folder itself.
        """
        if self._settings.recorded and name == RECORDED:
            return self._settings.recorded
        path = self._settings.runs / name
        if not RUN_NAME.fullmatch(name) or path.is_symlink() or not (path / "config.json").is_file():
            raise Unknown(f"There is no run named {name[:64]!r}.", "id")
        return path

    def find_own(self, name: str) -> Path:
        """The folder of a run that can be trained; OnlyRecorded for the recorded one, Unknown as in `find`."""
        if name in self.recorded_names():
            raise OnlyRecorded("The recorded run was made earlier and cannot go on: train a run of your own.", "id")
        return self.find(name)

    def names(self) -> list[str]:
        """The names of all runs that can be trained, in alphabetical order."""
        folder = self._settings.runs
        found = (path.name for path in folder.iterdir() if not path.is_symlink() and (path / "config.json").is_file())
        return sorted(name for name in found if RUN_NAME.fullmatch(name) and name not in self.recorded_names())

    def summaries(self) -> list[Event]:
        """All runs, each in a few words; the recorded one, where there is one, comes last."""
        return [self.summary(name) for name in [*self.names(), *self.recorded_names()]]

    def summary(self, name: str) -> Event:
        """One run in a few words: what it draws, how far it is, whether it is live. A broken one says what is wrong."""
        entry: Event = {"id": name, "live": name == self.live_name(), "recorded": name in self.recorded_names()}
        try:
            return entry | summary(Run.open(self.find(name)))
        except InputError as error:
            return entry | {"error": str(error)}

    def picture(self, name: str, iteration: int) -> Path:
        """The file of one picture of a run."""
        path = Run.open(self.find(name)).picture_path(iteration)
        if not path.is_file():
            raise Unknown(f"Run {name} has no picture of iteration {iteration}.", "iteration")
        return path

    def reading(self, name: str, iteration: int) -> Event:
        """Which digits were read on one picture of a run; Unknown where there is no such picture."""
        self.picture(name, iteration)
        run = Run.open(self.find(name))
        return read_on(iteration, run.reading(iteration), run.config)

    def present(self) -> Event:
        """The snapshot of the live run; of the first run where none is live."""
        return self.snapshot(self.live_name() or FIRST_RUN)

    def snapshot(self, name: str) -> Event:
        """All that a page needs to show a run: what it is, its state, pictures and losses so far."""
        past, recorded = history(Run.open(self.find(name))), name in self.recorded_names()
        data = None if recorded else self._settings.data_name
        status: Event = {"state": "closed", "iteration": past["iteration"], "target": None, "data": data}
        error = None
        live = self._live
        if live and live.name == name:
            status, error = live.status, live.error
        told = {key: status[key] for key in ("state", "iteration", "target", "data")}
        return finite({"type": "snapshot", "run": name, "recorded": recorded, **past, "error": error, **told})

    # What changes something: one thread at a time

    def open_first(self) -> None:
        """Open the run of all digits, which is made where it is missing."""
        path = self._settings.runs / FIRST_RUN
        if path.is_symlink():
            raise InputError(f"{path}: expected a folder, found a link, which is not followed; move it away", "runs")
        if not (path / "config.json").is_file():
            Run.create(path, self._settings.preset(None, few=self._settings.few, iterations=None))
        self.open(FIRST_RUN)

    def open(self, name: str) -> None:
        """Make a run the live one. The run that was live is saved and its process ended first."""
        path = self.find_own(name)
        if self._live and self._live.name == name and self._live.worker.alive:
            return
        run = Run.open(path)
        unsaved = self.close()
        worker = self._settings.worker(path, run.config, self._settings.data, self._settings.threads)
        worker.start()
        status = {"state": "starting", "iteration": 0, "target": None, "data": self._settings.data_name}
        self._live = live = Live(name, worker, status, error=unsaved)
        live.pump = threading.Thread(target=self._carry, args=(live,), name=f"events of {name}", daemon=True)
        try:
            self._tell(self.snapshot(name))  # before the pump tells anything: an older state must not come last
        finally:
            live.pump.start()

    def create(self, digit: int | None, seed: int, freeze: bool) -> str:
        """Make a new run, make it the live one, and return its name."""
        names = self.names()
        stem = (FIRST_RUN if digit is None else f"digit-{digit}") + ("" if freeze else "-unfrozen")
        name = next((free for free in _numbered(stem) if not (self._settings.runs / free).exists()), None)
        if len(names) >= MOST_RUNS or name is None:
            raise InputError(f"There are {len(names)} runs already: remove some from the runs folder first.")
        config = self._settings.preset(digit, few=self._settings.few, iterations=None, seed=seed, freeze=freeze)
        Run.create(self._settings.runs / name, config)
        self.open(name)
        return name

    def command(self, name: str, command: str, iterations: int | None = None) -> None:
        """Pass a command to a run's worker. A run that is not live is opened first, but not to be paused: it rests."""
        if command == "pause" and name != self.live_name():
            self.find_own(name)
            return
        self.open(name)
        live = self._live
        assert live is not None
        live.error = None
        live.worker.send(command, iterations)

    def close(self) -> str | None:
        """Save the live run and end its process. What went wrong with that, in words, if anything did."""
        live, self._live = self._live, None
        if live is None:
            return None
        live.leaving, live.error = True, None
        live.worker.stop()
        if live.pump:
            live.pump.join(5 * LISTEN_SECONDS)
        if live.error is None and live.status["state"] not in ("gone", *BEGINNING):
            live.error = "its process had to be ended before it had saved; it goes on from its last checkpoint"
        return f"{live.name}: {live.error}" if live.error else None

    # What is heard

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Have every event told to `listener`, which is called from other threads and must return at once."""
        self._listeners.append(listener)

    def _carry(self, live: Live) -> None:
        """Carry events from the worker to the listeners until its process has gone."""
        while True:
            try:
                event = live.worker.receive(LISTEN_SECONDS)
            except (EOFError, OSError):
                break
            if event is not None:
                self._hear(live, event)
        if not live.leaving:
            self._hear(live, live.status | {"type": "state", "state": "gone", "target": None})
            if live.error is None:  # where the worker said why it ends, that is the better word
                self._hear(live, {"type": "error", "message": LOST})

    def _hear(self, live: Live, event: Event) -> None:
        """Remember what an event says about the live run, then tell it."""
        kind = event["type"]
        # A new network, or a worker that is back at its checkpoint: what listeners knew of later iterations is void.
        back = kind == "picture" and event["iteration"] == 0
        if kind == "state":
            begun = live.status["state"] in BEGINNING and event["state"] not in BEGINNING
            back = begun or event["iteration"] < live.status["iteration"]
            live.status |= {key: value for key, value in event.items() if key != "data" or value}
        elif kind == "error":
            live.error = str(event["message"])
        elif kind in ("metrics", "picture"):
            live.status["iteration"] = max(event["iteration"], live.status["iteration"])
        if back and not live.leaving:
            live.status["iteration"] = event["iteration"]
            try:
                event = self.snapshot(live.name)
            except (InputError, OSError) as error:  # somebody removed the folder; the worker is heard all the same
                log.warning("no snapshot of %s: %s", live.name, error)
        self._tell({**event, "run": live.name})

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener(finite(event))


def _numbered(stem: str) -> list[str]:
    return [stem] + [f"{stem}-{number}" for number in range(2, MOST_RUNS + 2)]
