"""The two runs of the page "What if?", which differ only in whether the judge is frozen, and the recorded pair.

Each run has a run manager of its own (gan/web/services/run_manager.py) over a hidden folder, so the list of runs does
not show them. They are opened when somebody views the page, and written to disk only when trained. Their processes end
after some idle time and return with the next view or command. Events are those of any run, with the run's name.

Stored sheets of the recorded pair are sent in the form of previews, so the page shows both with the same code.
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
from gan.runs.messages import ClientMessage, Command, SheetEvent, Snapshot
from gan.runs.run import Run, read_regular_file
from gan.runs.run_writer import create
from gan.runs.what_if import FROZEN, LOOSE, pair
from gan.web.services.catalogue import Unknown, finite, history
from gan.web.services.run_manager import RunManager, Settings

Clock = Callable[[], float]

FOLDER = ".what-if"  # in the runs folder
DIGIT = 3  # digit of the default pair
IDLE_SECONDS = 300.0  # both processes end after this


class Pair:
    """Both runs.

    Parameters
    ----------
    settings : Settings
        Of the server; each run has half of its threads.
    idle_seconds : float
        `close_if_idle` closes the pair after this time without training or a command.
    clock : callable returning seconds
    """

    def __init__(self, settings: Settings, idle_seconds: float = IDLE_SECONDS, clock: Clock = time.monotonic) -> None:
        self._folder, threads = settings.runs / FOLDER, max(1, settings.threads // 2)
        own = replace(settings, runs=self._folder, threads=threads, recorded=None)
        self._preset, self._few = settings.preset, settings.few
        self.managers = {name: RunManager(own) for name in (FROZEN, LOOSE)}
        self._idle_seconds, self._clock, self._used_at = idle_seconds, clock, clock()

    def listen(self, listener: Callable[[ClientMessage], None]) -> None:
        """Send all events of both runs to `listener`, as `RunManager.listen`."""
        for manager in self.managers.values():
            manager.listen(listener)

    def watch(self, watched: bool) -> None:
        """Turn previews on or off. Any thread may call this."""
        for manager in self.managers.values():
            manager.watch(watched)

    def present(self) -> list[Snapshot | SheetEvent]:
        """Return what a page needs to show both: the snapshot of each run, and its newest sheet if there is one.

        Empty if there is no complete pair. If a worker has drawn nothing yet, the last saved sheet takes the preview's
        place.
        """
        messages: list[Snapshot | SheetEvent] = []
        if not (self._is_whole() or self._is_ready()):
            return messages
        try:
            for name, manager in self.managers.items():
                messages += self._present(name, manager)
        except Unknown:  # closed meanwhile, and not on disk
            return []
        return messages

    def _present(self, name: str, manager: RunManager) -> list[Snapshot | SheetEvent]:
        """Return the same for one of them."""
        messages: list[Snapshot | SheetEvent] = [manager.snapshot(name)]
        if sheet := manager.sheet():
            messages.append(sheet)
        elif Run.exists(self._folder / name) and (pictures := (run := Run.open(self._folder / name)).pictures()):
            messages.append(saved_sheet(name, run, pictures[-1]))
        return messages

    # Changing: called from one thread

    def open(self) -> None:
        """Open both runs; if there is no complete pair, prepare the default one in memory."""
        self._used_at = self._clock()
        self._refuse_link()
        if self._is_whole():
            for name, manager in self.managers.items():
                manager.open(name)
        elif not self._is_ready():
            for name, config in self._delete_previous(DIGIT).items():
                self.managers[name].prepare(name, config)

    def make(self, digit: int | None, **changes: object) -> None:
        """Create both runs, of a digit or of all (None), with changes of their config, in place of the previous pair.

        InputError if the config is invalid (nothing has changed then); OSError if the folder cannot be written.
        """
        self._used_at = self._clock()
        for name, config in self._delete_previous(digit, **changes).items():
            create(self._folder / name, config)
        for name, manager in self.managers.items():
            manager.open(name)

    def command(self, command: Command, iterations: int | None = None) -> None:
        """Send a command to both runs.

        Each trains at its own pace, so after a pause they differ: the one behind then trains longer, to catch up.
        """
        self.open()
        at = {name: self._last_iteration(name) for name in self.managers}
        for name, manager in self.managers.items():
            level = max(at.values()) - at[name]
            manager.command(name, command, None if iterations is None else iterations + level)

    def pause(self) -> None:
        """Pause both if they train."""
        for manager in self.managers.values():
            manager.pause()

    def close(self) -> str | None:
        """Save both and end their processes. Return what went wrong, if anything did."""
        problems = [words for manager in self.managers.values() if (words := manager.close())]
        return "; ".join(problems) or None

    def close_if_idle(self) -> str | None:
        """Close the pair if it has been idle for long. Call this periodically."""
        if any(manager.state() == "training" for manager in self.managers.values()):
            self._used_at = self._clock()
        idle = self._clock() - self._used_at >= self._idle_seconds
        return self.close() if idle else None

    def _delete_previous(self, digit: int | None, **changes: object) -> dict[str, Config]:
        """Delete the previous pair and return the two configs. InputError as in `make`."""
        configs = pair(digit, self._few, self._preset, iterations=None, **changes)
        self._refuse_link()
        self.close()
        for name in configs:
            if (self._folder / name).is_symlink():
                (self._folder / name).unlink()
            shutil.rmtree(self._folder / name, ignore_errors=True)
        return configs

    def _last_iteration(self, name: str) -> int:
        """Return the last iteration of one of them on disk."""
        there = Run.exists(self._folder / name)
        return self.managers[name].catalogue.snapshot(name)["iteration"] if there else 0

    def _is_ready(self) -> bool:
        """Whether both have a worker, started for a pair that may not be on disk yet."""
        return all(manager.is_ready() for manager in self.managers.values())

    def _refuse_link(self) -> None:
        """Raise InputError if the folder is a symlink: its target is not ours to delete."""
        if self._folder.is_symlink():
            raise InputError(f"{self._folder}: expected a folder, found a link, which is not followed; move it away")

    def _is_whole(self) -> bool:
        try:
            frozen, loose = (Run.open(self._folder / name).config for name in (FROZEN, LOOSE))
        except InputError:
            return False
        return (frozen.freeze, loose.freeze) == (True, False) and replace(loose, freeze=True) == frozen


MAX_PICTURE_BYTES = 1 << 22  # a hundred times the size of a sheet


class RecordedPair(TypedDict):
    """What the page plays until the user has trained a pair."""

    runs: list[Snapshot]  # frozen, not frozen; empty if there is no recording
    sheets: list[list[SheetEvent]]  # for each iteration, ascending, a sheet of each run


def saved_sheet(name: str, run: Run, iteration: int) -> SheetEvent:
    """Return the saved picture of an iteration as a preview. OSError if there is none."""
    path = run.picture_path(iteration)
    png = read_regular_file(path, MAX_PICTURE_BYTES)
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
    """Return the pair that `gan.pretrained.make_recorded_pair` recorded there."""
    if not all(Run.exists(folder / name) for name in (FROZEN, LOOSE)):
        return {"runs": [], "sheets": []}
    runs = {name: Run.open(folder / name) for name in (FROZEN, LOOSE)}
    iterations = runs[FROZEN].pictures()
    return {
        "runs": [_snapshot(name, run) for name, run in runs.items()],
        "sheets": [[saved_sheet(name, run, at) for name, run in runs.items()] for at in iterations],
    }


def _snapshot(name: str, run: Run) -> Snapshot:
    """Return the snapshot of a run without a worker."""
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
