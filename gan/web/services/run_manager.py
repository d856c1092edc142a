"""The studio: the runs of a folder, of which one at a time is live, and who hears of it. There is no HTTP here.

Opening another run first saves and ends the live one. Where there is none to open a process is ready for one, of which
nothing is on disk until somebody trains it. The methods that change something are called from one thread, so
no two changes overlap; what happens to the live run is told from a thread of its own (gan/web/services/live_run.py).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan.config import Config
from gan.errors import InputError
from gan.runs.messages import Command, SheetEvent, Snapshot, Told
from gan.runs.run import Run, write_label
from gan.runs.run_writer import check_free, create, is_free
from gan.runs.trash import throw_away
from gan.runs.worker import Worker
from gan.web.services.catalogue import Catalogue, NotLive, Unknown
from gan.web.services.describe import Described, described
from gan.web.services.live_run import LiveRun

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
        self._seen: tuple[dict[str, float], str | None, bool] = ({}, None, True)  # by the last look

    # What there is

    def live_name(self) -> str | None:
        """The name of the live run."""
        return self._live.name if self._live else None

    def begun_name(self) -> str | None:
        """The name of the live run, if its folder is there."""
        live = self._live
        return live.name if live and live.is_begun and live.is_there else None

    def is_ready(self) -> bool:
        """Whether there is a live run whose process can be told to train."""
        live = self._live
        return live is not None and live.alive and live.is_there

    def state(self) -> str:
        """The state of the live run, as its worker last said; "gone" where there is none."""
        return self._live.status["state"] if self._live else "gone"

    def summaries(self) -> list[Described]:
        """All runs, each in a few words; one that is not on disk yet comes first, the recorded one last."""
        live = self._live
        rows = self.catalogue.summaries([live.name] if live else [])
        if live is None or live.is_begun:
            return rows
        words = described(live.config) | {"label": None, "iteration": 0, "pictures": 0}
        return [{"id": live.name, "live": True, "recorded": False, **words}, *rows]

    def present(self) -> Snapshot:
        """The snapshot of the live run; of the newest one where none is live. Unknown where there is none at all."""
        name = self.live_name() or self.catalogue.newest()
        if name is None:
            raise Unknown("No run is open.", "id")
        return self.snapshot(name)

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

    def look(self) -> None:
        """Tell those who listen what somebody else did in the folder since the last look: to the list, to the live run.

        To be called now and then while anybody listens.
        """
        live, before = self._live, self._seen
        name = live.name if live else None
        self._seen = stamps, _, there = self.catalogue.stamps(name), name, live is None or live.is_there
        if stamps != before[0]:
            self._tell({"type": "runs"})
        if live and there != before[2] and (not there or name == before[1]):
            self._tell(live.snapshot())

    def ask(self, name: str, drawing: int | None) -> None:
        """Ask the live run about a drawing of its sheet, until another is asked about, or None. Any thread may call.

        Unknown, OnlyRecorded or NotLive for any other run; NotLive, too, where nobody watches and would be answered.
        """
        if not (self._live and self._live.name == name and not self._live.is_begun):
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

    def open_first(self, error: str | None = None) -> None:
        """Open the run that was trained last, unless another process has it; where there is none, have one ready.

        `error`: what to show with it.
        """
        name = self.catalogue.newest(is_free)
        if name is None:
            self.close()
            free = self.catalogue.free_name(None, True)
            self._start(free, self._preset(None, NETWORKS[0]), error)
        else:
            self.open(name, error)

    def open(self, name: str, error: str | None = None) -> LiveRun:
        """Make a run the live one. The run that was live is saved and its process ended first.

        A folder that has taken the place of the live run's is another run: it gets a process of its own. InputError
        for one that another process has: it stays with that, and the live one stays live.
        """
        live = self._live
        if live and live.name == name and live.is_there:
            if live.alive:
                return live
            if not live.is_begun:
                return self.prepare(name, live.config)
        run = Run.open(self.catalogue.find_own(name))
        if live is None or live.name != name:
            check_free(run)  # else a reset that is sent now would wait, and be carried out once the other one has saved
        unsaved = self.close()
        return self._start(name, run.config, unsaved or error)

    def prepare(self, name: str, config: Config) -> LiveRun:
        """Have a process ready for a run of which nothing is on disk until it is told to train."""
        self.close()
        return self._start(name, config, None)

    def _start(self, name: str, config: Config, error: str | None) -> LiveRun:
        """Make a run the live one where none is."""
        settings = self._settings
        worker = settings.worker(self.catalogue.place(name), config, settings.data, settings.threads)
        worker.start()
        live = LiveRun(name, worker, config, self.catalogue, self._tell, error)
        with self._watching:
            self._live = live
            if self._watched:
                worker.send("watch")
        live.follow()
        return live

    def new_config(self, digit: int | None, network: str = NETWORKS[0], **changes: Any) -> Config:
        """The config of a new run, as `preset` recommends but for the changes. InputError if it cannot be."""
        return self._preset(digit, network, **changes)

    def create(
        self, digit: int | None, seed: int = 0, freeze: bool = True, network: str = NETWORKS[0], **changes: Any
    ) -> str:
        """Make a new run, make it the live one, and return its name."""
        config, live = self.new_config(digit, network, seed=seed, freeze=freeze, **changes), self._live
        if live and not live.is_begun:
            self.close()  # it has the name that is free
        name = self.catalogue.free_name(config.digit, config.freeze)
        create(self.catalogue.place(name), config)
        self.open(name)
        self._tell({"type": "runs"})
        return name

    def rename(self, name: str, label: str | None) -> str | None:
        """Call a run something, or nothing; gives that as it is kept. InputError where it cannot be called so."""
        kept = write_label(self.catalogue.find_own(name), label)
        self._tell({"type": "label", "run": name, "label": kept})
        self._tell({"type": "runs"})
        return kept

    def delete(self, name: str) -> Path:
        """Move a run to the trash, and give its place there. The live one is saved and ended, and another opened."""
        path, live = self.catalogue.find_own(name), self._live
        is_live, unsaved = live is not None and live.name == name, None
        if is_live:
            unsaved = self.close()
        try:
            place = throw_away(self._settings.runs, name, path)
        except InputError:
            if is_live:
                self.open(name, unsaved)
            raise
        if is_live:
            self.open_first(unsaved)
        self._tell({"type": "runs"})
        return place

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
