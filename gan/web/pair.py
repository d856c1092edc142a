"""The two runs of the page "What if?": alike but for one line, trained side by side. There is no HTTP here.

Each has a studio of its own (gan/web/studio.py), over a hidden folder beside the other runs, so the page's list does
not show them. They are opened when somebody looks at the page for the first time. What happens is told as of any run;
the names say which of the two it is.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace

from gan.errors import InputError
from gan.runs.events import Command, SheetEvent, Snapshot, Told
from gan.runs.run import Run
from gan.runs.what_if import FROZEN, LOOSE, pair
from gan.runs.writer import create
from gan.web.studio import Settings, Studio

FOLDER = ".what-if"  # in that of the runs
DIGIT = 3  # of a pair that nobody asked for otherwise


class Pair:
    """Both runs.

    Parameters
    ----------
    settings : Settings
        Of the server; each run has half of its threads.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder, threads = settings.runs / FOLDER, max(1, settings.threads // 2)
        own = replace(settings, runs=self._folder, threads=threads, recorded=None)
        self._preset, self._few = settings.preset, settings.few
        self.studios = {name: Studio(own) for name in (FROZEN, LOOSE)}

    def listen(self, listener: Callable[[Told], None]) -> None:
        """Have all that happens to either run told to `listener`, as `Studio.listen`."""
        for studio in self.studios.values():
            studio.listen(listener)

    def watch(self, watched: bool) -> None:
        """Whether somebody watches; any thread may call this."""
        for studio in self.studios.values():
            studio.watch(watched)

    def present(self) -> list[Snapshot | SheetEvent]:
        """What a page needs to show both: of each run the snapshot, and the newest sheet where there is one."""
        each = [(studio.snapshot(name), studio.sheet()) for name, studio in self.studios.items()]
        return [told for snapshot, sheet in each for told in (snapshot, sheet) if told is not None]

    # What changes something: one thread at a time

    def open(self) -> None:
        """Open both runs; where there is no whole pair, make the usual one."""
        if not self._is_whole():
            self.make(DIGIT)
        for name, studio in self.studios.items():
            studio.open(name)

    def make(self, digit: int | None, **changes: object) -> None:
        """Make both runs anew, of a digit or of all (None), with changes of their config, in place of those before.

        InputError if the config cannot be, and nothing has changed then; OSError if the folder cannot be written.
        """
        configs = pair(digit, self._few, self._preset, iterations=None, **changes)
        self.close()
        for name, config in configs.items():
            shutil.rmtree(self._folder / name, ignore_errors=True)
            create(self._folder / name, config)
        for name, studio in self.studios.items():
            studio.open(name)

    def command(self, command: Command, iterations: int | None = None) -> None:
        """Pass a command to both; there must be a pair."""
        self.open()
        for name, studio in self.studios.items():
            studio.command(name, command, iterations)

    def pause(self) -> None:
        """Stop both if they train."""
        for studio in self.studios.values():
            studio.pause()

    def close(self) -> str | None:
        """Save both and end their processes. What went wrong with that, in words, if anything did."""
        said = [words for studio in self.studios.values() if (words := studio.close())]
        return "; ".join(said) or None

    def _is_whole(self) -> bool:
        try:
            frozen, loose = (Run.open(self._folder / name).config for name in (FROZEN, LOOSE))
        except InputError:
            return False
        return (frozen.freeze, loose.freeze) == (True, False) and replace(loose, freeze=True) == frozen
