"""The two runs of the page "What if?": alike but for one line, trained side by side. There is no HTTP here.

Each has a studio of its own (gan/web/services/run_manager.py), over a hidden folder beside the other runs, so the page's list does
not show them. They are opened when somebody looks at the page, and nothing of them is on disk until they are trained or
asked for. Their processes end when nobody has trained them for a while: they come back with the next look or press.
What happens is told as of any run; the names say which it is.

Sheets that lie on disk, told in the words of those that are watched: so a page shows both with the same code.
"""

import base64
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from gan.config import Config
from gan.errors import InputError
from gan.runs.evaluation import told
from gan.runs.messages import Command, SheetEvent, Snapshot, Told
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.safe_files import read_plain
from gan.runs.what_if import FROZEN, LOOSE, pair
from gan.web.services.catalogue import Unknown
from gan.web.services.describe import finite, history
from gan.web.services.run_manager import Settings, Studio

Clock = Callable[[], float]

FOLDER = ".what-if"  # in that of the runs
DIGIT = 3  # of a pair that nobody asked for otherwise
IDLE_SECONDS = 300.0  # then both processes end: who reads on keeps them, and a laptop is not left with them


class Pair:
    """Both runs.

    Parameters
    ----------
    settings : Settings
        Of the server; each run has half of its threads.
    idle_seconds : float
        Without training or a command, after which `close_if_idle` closes it.
    clock : function that gives seconds
    """

    def __init__(self, settings: Settings, idle_seconds: float = IDLE_SECONDS, clock: Clock = time.monotonic) -> None:
        self._folder, threads = settings.runs / FOLDER, max(1, settings.threads // 2)
        own = replace(settings, runs=self._folder, threads=threads, recorded=None)
        self._preset, self._few = settings.preset, settings.few
        self.studios = {name: Studio(own) for name in (FROZEN, LOOSE)}
        self._idle_seconds, self._clock, self._used_at = idle_seconds, clock, clock()

    def listen(self, listener: Callable[[Told], None]) -> None:
        """Have all that happens to either run told to `listener`, as `Studio.listen`."""
        for studio in self.studios.values():
            studio.listen(listener)

    def watch(self, watched: bool) -> None:
        """Whether somebody watches; any thread may call this."""
        for studio in self.studios.values():
            studio.watch(watched)

    def present(self) -> list[Snapshot | SheetEvent]:
        """What a page needs to show both: of each run the snapshot, and the newest sheet where there is one.

        Nothing where there is no whole pair yet.
        A process that has just been started has drawn none yet: the last that was kept is told in its place.
        """
        told: list[Snapshot | SheetEvent] = []
        if not (self._is_whole() or self._is_ready()):
            return told
        try:
            for name, studio in self.studios.items():
                told += self._present(name, studio)
        except Unknown:  # closed meanwhile, with nothing of it on disk
            return []
        return told

    def _present(self, name: str, studio: Studio) -> list[Snapshot | SheetEvent]:
        """The same of one of them."""
        told: list[Snapshot | SheetEvent] = [studio.snapshot(name)]
        if sheet := studio.sheet():
            told.append(sheet)
        elif Run.exists(self._folder / name) and (pictures := (run := Run.open(self._folder / name)).pictures()):
            told.append(kept_sheet(name, run, pictures[-1]))
        return told

    # What changes something: one thread at a time

    def open(self) -> None:
        """Open both runs; where there is no whole pair, have the usual one ready, with nothing of it on disk."""
        self._used_at = self._clock()
        self._refuse_link()
        if self._is_whole():
            for name, studio in self.studios.items():
                studio.open(name)
        elif not self._is_ready():
            for name, config in self._cleared(DIGIT).items():
                self.studios[name].prepare(name, config)

    def make(self, digit: int | None, **changes: object) -> None:
        """Make both runs anew, of a digit or of all (None), with changes of their config, in place of those before.

        InputError if the config cannot be, and nothing has changed then; OSError if the folder cannot be written.
        """
        self._used_at = self._clock()
        for name, config in self._cleared(digit, **changes).items():
            create(self._folder / name, config)
        for name, studio in self.studios.items():
            studio.open(name)

    def command(self, command: Command, iterations: int | None = None) -> None:
        """Pass a command to both; there must be a pair.

        Each runs at its own pace, so a pause finds them apart: the one behind then trains for more, up to the other.
        """
        self.open()
        at = {name: self._reached(name) for name in self.studios}
        for name, studio in self.studios.items():
            level = max(at.values()) - at[name]
            studio.command(name, command, None if iterations is None else iterations + level)

    def pause(self) -> None:
        """Stop both if they train."""
        for studio in self.studios.values():
            studio.pause()

    def close(self) -> str | None:
        """Save both and end their processes. What went wrong with that, in words, if anything did."""
        said = [words for studio in self.studios.values() if (words := studio.close())]
        return "; ".join(said) or None

    def close_if_idle(self) -> str | None:
        """Close it if nobody has used it for long; what went wrong with that, as `close`. To be called now and then."""
        if any(studio.state() == "training" for studio in self.studios.values()):
            self._used_at = self._clock()
        idle = self._clock() - self._used_at >= self._idle_seconds
        return self.close() if idle else None

    def _cleared(self, digit: int | None, **changes: object) -> dict[str, Config]:
        """The configs of a pair for which there is room: what was there before is gone. InputError as in `make`."""
        configs = pair(digit, self._few, self._preset, iterations=None, **changes)
        self._refuse_link()
        self.close()
        for name in configs:
            if (self._folder / name).is_symlink():
                (self._folder / name).unlink()
            shutil.rmtree(self._folder / name, ignore_errors=True)
        return configs

    def _reached(self, name: str) -> int:
        """How far one of them is, by its folder."""
        there = Run.exists(self._folder / name)
        return self.studios[name].catalogue.snapshot(name)["iteration"] if there else 0

    def _is_ready(self) -> bool:
        """Whether both have a process that was started for a pair, of which not everything need be on disk yet."""
        return all(studio.is_ready() for studio in self.studios.values())

    def _refuse_link(self) -> None:
        """What a link leads to is not ours to remove."""
        if self._folder.is_symlink():
            raise InputError(f"{self._folder}: expected a folder, found a link, which is not followed; move it away")

    def _is_whole(self) -> bool:
        try:
            frozen, loose = (Run.open(self._folder / name).config for name in (FROZEN, LOOSE))
        except InputError:
            return False
        return (frozen.freeze, loose.freeze) == (True, False) and replace(loose, freeze=True) == frozen


MOST_PICTURE_BYTES = 1 << 22  # a hundred times what a sheet has


class RecordedPair(TypedDict):
    """What the page "What if?" plays until there is a pair of one's own."""

    runs: list[Snapshot]  # the frozen one, the other; none where none ships
    sheets: list[list[SheetEvent]]  # for each of some iterations, ascending, one of each


def kept_sheet(name: str, run: Run, iteration: int) -> SheetEvent:
    """The picture of an iteration. OSError where there is none."""
    path = run.picture_path(iteration)
    png = read_plain(path, MOST_PICTURE_BYTES)
    return {
        "type": "sheet",
        "run": name,
        "iteration": iteration,
        "png": base64.b64encode(png).decode("ascii"),
        "reading": told(run.remarks(iteration), run.config),
        "drawn_at": path.stat().st_mtime,
        "half_after": None,
        "most_after": None,
    }


def recorded_pair(folder: Path) -> RecordedPair:
    """The pair that `gan.pretrained.record_pair` made there."""
    if not all(Run.exists(folder / name) for name in (FROZEN, LOOSE)):
        return {"runs": [], "sheets": []}
    runs = {name: Run.open(folder / name) for name in (FROZEN, LOOSE)}
    iterations = runs[FROZEN].pictures()
    return {
        "runs": [_snapshot(name, run) for name, run in runs.items()],
        "sheets": [[kept_sheet(name, run, at) for name, run in runs.items()] for at in iterations],
    }


def _snapshot(name: str, run: Run) -> Snapshot:
    """A run that no process has."""
    snapshot: Snapshot = {
        **history(run),
        "type": "snapshot",
        "run": name,
        "recorded": True,
        "error": None,
        "state": "closed",
        "target": None,
        "data": None,
    }
    return finite(snapshot)
