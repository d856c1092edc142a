"""The studio: the runs of a folder, of which one at a time is live, and who hears of it. There is no HTTP here.

Opening another run first saves and ends the live one. The methods that change something are called from one thread, so
no two changes overlap; what happens to the live run is told from a thread of its own (gan/web/live.py).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan.config import Config
from gan.errors import InputError
from gan.runs.events import Command, SheetEvent, Snapshot, Told
from gan.runs.folder import identity
from gan.runs.run import Run
from gan.runs.worker import Worker
from gan.runs.writer import create, is_free
from gan.web.catalogue import FIRST_RUN, Catalogue, NotLive
from gan.web.describe import Described
from gan.web.live import LiveRun

NETWORKS = ("quick", "digits")  # of a new run, as `preset` knows them; the first is taken unless asked otherwise


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


class Studio:
    """All runs of one folder, at most one of them live.

    Attributes
    ----------
    catalogue : Catalogue
        What there is to look at, live or not.
    """

    def __init__(self, settings: Settings) -> None:
        self.catalogue = Catalogue(settings.runs, settings.recorded, settings.data_name)
        self._settings = settings
        self._live: LiveRun | None = None
        self._listeners: list[Callable[[Told], None]] = []
        self._watched, self._watching = False, threading.Lock()  # the lock: a run that opens hears the last word

    # What there is

    def live_name(self) -> str | None:
        """The name of the live run."""
        return self._live.name if self._live else None

    def state(self) -> str:
        """The state of the live run, as its worker last said; "gone" where there is none."""
        return self._live.status["state"] if self._live else "gone"

    def summaries(self) -> list[Described]:
        """All runs, each in a few words; the recorded one, where there is one, comes last."""
        live = self.live_name()
        return self.catalogue.summaries([live] if live else [])

    def present(self) -> Snapshot:
        """The snapshot of the live run; of the newest one where none is live."""
        return self.snapshot(self.live_name() or self.catalogue.newest())

    def snapshot(self, name: str) -> Snapshot:
        """All that a page needs to show a run."""
        live = self._live
        return live.snapshot() if live and live.name == name else self.catalogue.snapshot(name)

    def sheet(self) -> SheetEvent | None:
        """The newest sheet that was watched of the live run; None where there is none."""
        live = self._live
        return live.sheet if live else None

    def watch(self, watched: bool) -> None:
        """Tell the live run, and those that come to be it, whether somebody watches. Any thread may call this."""
        with self._watching:
            changed, self._watched = watched != self._watched, watched
            if changed and self._live:
                self._live.worker.send("watch" if watched else "unwatch")

    def ask(self, name: str, drawing: int | None) -> None:
        """Ask the live run about a drawing of its sheet, until another is asked about, or None. Any thread may call.

        Unknown, OnlyRecorded or NotLive for any other run; NotLive, too, where nobody watches and would be answered.
        """
        self.catalogue.find_own(name)
        with self._watching:
            if not self._live or self._live.name != name:
                raise NotLive("Only the drawings of the run that is open can be asked about.", "id")
            if drawing is not None and not self._watched:
                raise NotLive("Nobody watches this run: the answer would come over /api/events?watch=1.", "drawing")
            self._live.worker.send("ask", drawing)

    def listen(self, listener: Callable[[Told], None]) -> None:
        """Have all that happens told to `listener`, which is called from other threads and must return at once."""
        self._listeners.append(listener)

    # What changes something: one thread at a time

    def open_first(self) -> None:
        """Open the run that was written to last, unless another process trains it; make one where there is none."""
        name = self.catalogue.newest(is_free)
        path = self._settings.runs / name
        if path.is_symlink():
            raise InputError(f"{path}: expected a folder, found a link, which is not followed; move it away", "runs")
        if name == FIRST_RUN and not (path / "config.json").is_file():
            create(path, self._preset(None, NETWORKS[0]))
        self.open(name)

    def open(self, name: str) -> LiveRun:
        """Make a run the live one. The run that was live is saved and its process ended first.

        A folder that has taken the place of the live run's is another run: it gets a process of its own.
        """
        path = self.catalogue.find_own(name)
        live = self._live
        if live and live.name == name and live.alive and live.folder == identity(path):
            return live
        config = Run.open(path).config
        unsaved = self.close()
        worker = self._settings.worker(path, config, self._settings.data, self._settings.threads)
        worker.start()
        live = LiveRun(name, worker, self.catalogue, self._tell, unsaved)
        with self._watching:
            self._live = live
            if self._watched:
                worker.send("watch")
        live.follow()
        return live

    def create(self, digit: int | None, seed: int, freeze: bool, network: str = NETWORKS[0]) -> str:
        """Make a new run, make it the live one, and return its name."""
        name = self.catalogue.free_name(digit, freeze)
        create(self._settings.runs / name, self._preset(digit, network, seed=seed, freeze=freeze))
        self.open(name)
        return name

    def command(self, name: str, command: Command, iterations: int | None = None) -> None:
        """Pass a command to a run's worker. A run that is not live is opened first, but not to be paused: it rests."""
        if command == "pause" and name != self.live_name():
            self.catalogue.find_own(name)
        else:
            self.open(name).command(command, iterations)

    def pause(self) -> None:
        """Stop the live run if it trains."""
        if self._live and self.state() == "training":
            self._live.command("pause")

    def close(self) -> str | None:
        """Save the live run and end its process. What went wrong with that, in words, if anything did."""
        live, self._live = self._live, None
        return live.stop() if live else None

    def _preset(self, digit: int | None, network: str, **changes: Any) -> Config:
        """The config of a new run, which trains until it is stopped."""
        return self._settings.preset(digit, network=network, few=self._settings.few, iterations=None, **changes)

    def _tell(self, told: Told) -> None:
        for listener in self._listeners:
            listener(told)
