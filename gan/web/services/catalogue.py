"""The runs that lie in a folder, to be looked at: which there are, and what is known of each. Nothing is changed here.

A run may lie one folder deeper, as `train.py --seeds` puts them; it is called by both names, as in "seed-0.digit-3".
One more run may ship with the project, the recorded one: it can be looked at and does nothing.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gan.errors import InputError
from gan.runs.messages import History, Snapshot, Status
from gan.runs.run import Run
from gan.runs.safe_files import is_plain
from gan.web.services.describe import Described, finite, history, remarked, summary

FIRST_RUN = "all-digits"
RECORDED = "recorded"  # the name of the recorded run, which hides a run of that name
FOLDER_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"  # no dots and no slashes: a name cannot leave the runs folder
RUN_NAME = re.compile(rf"{FOLDER_NAME}(\.{FOLDER_NAME})?")
MOST_RUNS = 200  # the page can make runs; a loop must not fill the disk


class Unknown(InputError):
    """What is asked for does not exist: a run, or a picture of it."""


class OnlyRecorded(InputError):
    """Something was asked of the recorded run that it cannot do."""


class NotLive(InputError):
    """Something was asked of a run that no process has, or that nobody watches."""


class Catalogue:
    """All runs of one folder, and the recorded one.

    Parameters
    ----------
    runs : Path
    recorded : Path or None
        The folder of the recorded run; None where there is none.
    data_name : str
        What the runs of the folder learn from.
    """

    def __init__(self, runs: Path, recorded: Path | None, data_name: str) -> None:
        self.runs, self.recorded, self.data_name = runs, recorded, data_name

    def recorded_names(self) -> list[str]:
        """The name of the recorded run; none where none ships."""
        return [RECORDED] if self.recorded else []

    def names(self) -> list[str]:
        """The names of all runs that can be trained, in alphabetical order, and of what should be one and is not.

        A link, or a folder that cannot be looked into, has its place in the list: `summary` says what is wrong with it.
        """
        found = list[str]()
        for path in filter(_is_called, self.runs.iterdir()):
            if _is_run(path):
                found.append(path.name)
            else:
                found += [f"{path.name}.{inner.name}" for inner in _within(path) if _is_run(inner)]
        return sorted(name for name in found if name not in self.recorded_names())

    def newest(self, fits: Callable[[Run], bool] = lambda run: True) -> str | None:
        """The name of the run that was written to last, of those that fit and were trained, else of all that fit.

        None where there is none. A broken one is listed with its fault, and does not fit. One that was trained and has
        no checkpoint cannot go on, and comes last.
        """
        whole, places = dict[str, Run](), dict[str, tuple[bool, bool, float]]()
        for name in self.names():
            try:
                whole[name] = Run.open(self.find(name))
                trained = max(whole[name].pictures(), default=0) > 0
                goes_on = not trained or whole[name].checkpoint.exists()
                places[name] = goes_on, trained, whole[name].changed()
            except (InputError, OSError):
                continue
        newest_first = sorted(places, key=places.__getitem__, reverse=True)
        return next((name for name in newest_first if fits(whole[name])), None)

    def stamps(self, live: str | None) -> dict[str, float]:
        """When the folder of each run was last changed; of the live one, which is followed, only that it is there.

        Two that differ say that a page's list is to be read anew.
        """
        return {name: 0.0 if name == live else _changed(self.place(name)) for name in self.names()}

    def free_name(self, digit: int | None, freeze: bool) -> str:
        """A name for a new run that tells what it is; InputError where there are too many runs already."""
        stem = (FIRST_RUN if digit is None else f"digit-{digit}") + ("" if freeze else "-unfrozen")
        numbered = [stem, *(f"{stem}-{number}" for number in range(2, MOST_RUNS + 2))]
        name = next((name for name in numbered if not os.path.lexists(self.runs / name)), None)
        count = sum("." not in known for known in self.names())  # the page makes none deeper
        if count >= MOST_RUNS or name is None:
            raise InputError(f"There are {count} runs already: remove some from the runs folder first.")
        return name

    def place(self, name: str) -> Path:
        """Where a run of that name would lie."""
        return self.runs.joinpath(*name.split("."))

    def find(self, name: str) -> Path:
        """The folder of a run.

        Raises
        ------
        Unknown
            Where the name is not one or two plain words, or no run lies there; a link does not, nor what is behind one.
        """
        if self.recorded and name == RECORDED:
            return self.recorded
        path = self.place(name)
        above = path.parent
        if not RUN_NAME.fullmatch(name) or not _is_run(path) or (above != self.runs and above.is_symlink()):
            raise Unknown(f"There is no run named {name[:64]!r}.", "id")
        if path.is_symlink():
            raise Unknown(
                f"Run {name} is a link, which is not followed: put the run itself into the runs folder.", "id"
            )
        return path

    def find_own(self, name: str) -> Path:
        """The folder of a run that can be trained; OnlyRecorded for the recorded one, Unknown as in `find`."""
        if name in self.recorded_names():
            raise OnlyRecorded("The recorded run was made earlier and is as it is: train a run of your own.", "id")
        return self.find(name)

    def summaries(self, live: Iterable[str] = ()) -> list[Described]:
        """All runs, each in a few words; the recorded one, where there is one, comes last. `live`: names of those."""
        return [self.summary(name, name in live) for name in [*self.names(), *self.recorded_names()]]

    def summary(self, name: str, live: bool = False) -> Described:
        """One run in a few words: what it draws, how far it is, whether it is live. A broken one says what is wrong."""
        entry: Described = {"id": name, "live": live, "recorded": name in self.recorded_names()}
        try:
            with readable(name):
                return entry | summary(Run.open(self.find(name)))
        except InputError as error:
            return entry | {"error": str(error)}

    def picture(self, name: str, iteration: int) -> Path:
        """The file of one picture of a run; Unknown where there is no such plain file."""
        path = Run.open(self.find(name)).picture_path(iteration)
        if not is_plain(path):
            raise Unknown(f"Run {name} has no picture of iteration {iteration}.", "iteration")
        return path

    def remarks(self, name: str, iteration: int) -> Described:
        """What was said of one picture of a run; Unknown where there is no such picture."""
        self.picture(name, iteration)
        run = Run.open(self.find(name))
        return remarked(iteration, run.remarks(iteration), run.config)

    def snapshot(self, name: str, status: Status | None = None, error: str | None = None) -> Snapshot:
        """All that a page needs to show a run: what it is, its state, pictures and losses so far.

        `status` and `error` are what its process says; without a status no process has it.
        """
        with readable(name):
            past = history(Run.open(self.find(name)))
        return self.snapshot_of(past, name, status, error)

    def snapshot_of(self, past: History, name: str, status: Status | None, error: str | None) -> Snapshot:
        """The same of a past that is known, whether it lies in a folder or not."""
        recorded = name in self.recorded_names()
        snapshot: Snapshot = {
            **past,
            "type": "snapshot",
            "run": name,
            "recorded": recorded,
            "error": error,
            "state": status["state"] if status else "closed",
            "iteration": status["iteration"] if status else past["iteration"],
            "target": status["target"] if status else None,
            "data": status["data"] if status else None if recorded else self.data_name,
        }
        return finite(snapshot)


def _is_called(path: Path) -> bool:
    """Whether something may be a run, or hold some, by its name."""
    return re.fullmatch(FOLDER_NAME, path.name) is not None


def _within(folder: Path) -> list[Path]:
    """The folders and links in a folder of the runs folder that may be runs by their names; none behind a link."""
    try:
        if folder.is_symlink():
            return []
        with os.scandir(folder) as entries:  # says of each what it is: there may be files by the ten thousand
            found = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False) or entry.is_symlink()]
    except OSError:
        return []
    return [path for path in found if _is_called(path)]


def _changed(path: Path) -> float:
    """When a run's folder, or its pictures, were last changed; 0 for what is not there any more."""
    times = [0.0]
    for folder in (path, path / "images"):
        with suppress(OSError):
            times.append(folder.lstat().st_mtime)
    return max(times)


def _is_run(path: Path) -> bool:
    """Whether something in the runs folder is a run, or in the place of one: a link, or what cannot be looked into."""
    try:
        os.lstat(path / "config.json")
    except PermissionError:
        return True
    except OSError:
        return path.is_symlink()
    return True


@contextmanager
def readable(name: str) -> Iterator[None]:
    """What the system does not let us read of a run is a fault of that run, not of the server."""
    try:
        yield
    except OSError as error:
        raise InputError(f"Run {name} cannot be read: {error.strerror or error}.", "id") from error
