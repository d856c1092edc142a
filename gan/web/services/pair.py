"""Manage the two runs of the page "What if?", which differ only in whether the judge is frozen.

Each run has its own run manager (gan/web/services/run_manager.py) in a hidden folder, so the list of runs does not show
it. The runs are opened when somebody views the page, and written to disk only when they are trained. Their processes
end when idle, and restart with the next view or command. The pair sends the same events as any run, with the run's
name.

This module also reads the recorded pair. Its saved sheets are sent as previews, so the page shows both pairs with the
same code.
"""

import base64
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from gan.errors import InputError
from gan.rules.config import Config
from gan.runs.messages import ClientMessage, Command, SheetEvent, Snapshot
from gan.runs.run import Run, read_regular_file
from gan.runs.run_lock import move_to_trash, refuse_if_locked
from gan.runs.run_writer import create
from gan.runs.what_if import FROZEN, LOOSE, pair
from gan.web.services.catalogue import Unknown, history, read_history, snapshot_of
from gan.web.services.run_manager import RunManager, Settings

Clock = Callable[[], float]

FOLDER = ".what-if"  # name of the hidden folder in the runs folder
DIGIT = 3  # digit of the default pair; for the user's own images, all labels
IDLE_SECONDS = 300.0  # both processes end after this


class Pair:
    """The two runs and their processes, each with half of the threads."""

    def __init__(self, settings: Settings, idle_seconds: float = IDLE_SECONDS, clock: Clock = time.monotonic) -> None:
        self._folder, threads = settings.runs / FOLDER, max(1, settings.threads // 2)
        own = replace(settings, runs=self._folder, threads=threads, recorded=None)
        self._preset, self._digit = settings.preset, None if settings.names else DIGIT
        self.managers = {name: RunManager(own) for name in (FROZEN, LOOSE)}
        self._idle_seconds, self._clock, self._used_at = idle_seconds, clock, clock()

    def listen(self, listener: Callable[[ClientMessage], None]) -> None:
        """Send all events of both runs to `listener`, like `RunManager.listen`."""
        for manager in self.managers.values():
            manager.listen(listener)

    def watch(self, watched: bool) -> None:
        for manager in self.managers.values():
            manager.watch(watched)

    def present(self) -> list[Snapshot | SheetEvent]:
        """Return what a page needs to show both runs: a snapshot of each, followed by its newest or last saved sheet.

        The list is empty if there is no complete pair.
        """
        messages: list[Snapshot | SheetEvent] = []
        if not (self._is_whole() or self._is_ready()):
            return messages
        try:
            for name, manager in self.managers.items():
                messages.append(manager.snapshot(name))
                if sheet := manager.sheet():
                    messages.append(sheet)
                elif Run.exists(path := self._folder / name) and (pictures := (run := Run.open(path)).pictures()):
                    messages.append(saved_sheet(name, run, pictures[-1]))
        except Unknown:  # the pair was closed in the meantime and is not on disk
            return []
        return messages

    # Methods that change something, called from a single thread

    def open(self) -> None:
        """Open both runs. If there is no complete pair, prepare the default one in memory."""
        self._used_at = self._clock()
        self._refuse_link()
        if self._is_whole():
            for name, manager in self.managers.items():
                manager.open(name)
        elif not self._is_ready():
            for name, config in self._remove_previous(self._digit).items():
                self.managers[name].start(name, config)

    def make(self, digit: int | None, **changes: object) -> None:
        """Replace the pair by two new runs on a digit, or on all (None), with the given changes to their configs.

        The previous runs are moved to the trash. If the config is invalid, or if another process trains one of them,
        raise InputError and move nothing. Raise OSError if the folder is not writable.
        """
        self._used_at = self._clock()
        for name, config in self._remove_previous(digit, **changes).items():
            create(self._folder / name, config)
        for name, manager in self.managers.items():
            manager.open(name)

    def command(self, command: Command, iterations: int | None = None) -> None:
        """Send a command to both runs.

        Each run trains at its own pace, so their iterations differ after a pause. The run that is behind then trains
        longer to catch up.
        """
        self.open()
        at = {name: self._last_iteration(name) for name in self.managers}
        for name, manager in self.managers.items():
            level = max(at.values()) - at[name]
            manager.command(name, command, None if iterations is None else iterations + level)

    def pause(self) -> None:
        for manager in self.managers.values():
            manager.pause()

    def close(self) -> str | None:
        """Save both runs and end their processes. Return an error message, or None after success."""
        problems = [words for manager in self.managers.values() if (words := manager.close())]
        return "; ".join(problems) or None

    def close_if_idle(self) -> str | None:
        """Close the pair if it has been idle for too long. This should be called periodically."""
        if any(manager.state() == "training" for manager in self.managers.values()):
            self._used_at = self._clock()
        idle = self._clock() - self._used_at >= self._idle_seconds
        return self.close() if idle else None

    def _remove_previous(self, digit: int | None, **changes: object) -> dict[str, Config]:
        """Move the previous pair to the trash and return the two new configs. Raise InputError as in `make`."""
        configs = pair(digit, self._preset, iterations=None, **changes)
        self._refuse_link()
        self.close()
        runs = [Run(self._folder / name, config) for name, config in configs.items()]
        there = [run for run in runs if run.path.is_dir() and not run.path.is_symlink()]
        for run in there:
            refuse_if_locked(run)
        for run in there:
            move_to_trash(self._folder.parent, run.name, run.path)
        for run in runs:
            run.path.unlink(missing_ok=True)  # a symlink or a file
        return configs

    def _last_iteration(self, name: str) -> int:
        path = self._folder / name
        return read_history(name, path)["iteration"] if Run.exists(path) else 0

    def _is_ready(self) -> bool:
        """Whether both runs have a worker. The pair may not be on disk yet."""
        return all(manager.is_ready() for manager in self.managers.values())

    def _refuse_link(self) -> None:
        """Raise InputError if the folder is a symlink, because its target is not ours to delete."""
        if self._folder.is_symlink():
            raise InputError(f"{self._folder}: expected a folder, found a link, which is not followed; move it away")

    def _is_whole(self) -> bool:
        try:
            frozen, loose = (Run.open(self._folder / name).config for name in (FROZEN, LOOSE))
        except InputError:
            return False
        return (frozen.freeze, loose.freeze) == (True, False) and replace(loose, freeze=True) == frozen


MAX_PICTURE_BYTES = 1 << 22  # size limit of a picture file, a hundred times the size of a typical sheet


def saved_sheet(name: str, run: Run, iteration: int) -> SheetEvent:
    """Return the saved picture of an iteration as a preview. Raise OSError if there is none."""
    path = run.picture_path(iteration)
    png = read_regular_file(path, MAX_PICTURE_BYTES)
    return {
        "type": "sheet",
        "run": name,
        "iteration": iteration,
        "png": base64.b64encode(png).decode("ascii"),
        "reading": run.evaluation(iteration).fields(run.config),
        "drawn_at": path.stat().st_mtime,
        "half_after": None,
        "most_after": None,
    }


def recorded_pair(folder: Path) -> dict[str, Any]:
    """Return the pair that `tools.make_recorded_runs` recorded in a folder. Pages show it until the user trains one.

    `runs` has the snapshots of the frozen run and of the other, and `sheets`, for each iteration in ascending order, a
    sheet of each run. Both are empty if there is no recording.
    """
    if not all(Run.exists(folder / name) for name in (FROZEN, LOOSE)):
        return {"runs": [], "sheets": []}
    runs = {name: Run.open(folder / name) for name in (FROZEN, LOOSE)}
    iterations = runs[FROZEN].pictures()
    return {
        "runs": [snapshot_of(name, history(run), recorded=True) for name, run in runs.items()],
        "sheets": [[saved_sheet(name, run, at) for name, run in runs.items()] for at in iterations],
    }
