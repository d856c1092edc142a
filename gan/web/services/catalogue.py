"""The runs in a folder: which runs exist, what is known about each, and their labels.

A run may be in a subfolder, as `train.py --seeds` creates it. Its name then joins both
folder names, as in "seed-0.digit-3". The recorded run, which may ship with the project,
can be viewed but not trained.
"""

import base64
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from gan.base.errors import InputError
from gan.pretrained import FROZEN, LOOSE
from gan.rules.config import ADVISED, CHOSEN, LOSSES, Config, preset
from gan.runs.evaluation_record import Diagnosis, progress_row
from gan.runs.messages import History, Snapshot, Status
from gan.runs.run import Run, evenly_spaced, is_regular_file, write_label
from gan.runs.trash import move_to_trash

Description = dict[str, Any]
Value = TypeVar("Value")

# What the Train page says about each diagnosis (gan/runs/evaluation_record.py).
DIAGNOSES: dict[Diagnosis, str] = {
    "bent": "The artist changed the judge instead of its drawings. Lock the judge, or start a run that locks it.",
    "blank": "The artist draws blank paper. Try a new run with a different seed.",
    "alike": "The artist draws the same digit again and again. Try a new run with a different seed.",
    "beaten": "The judge spots every drawing, and the artist does not catch up. Try a new run with a different seed.",
}
MAX_SHEETS = 100  # maximum number of sheets in the progress of a history
# maximum number of metrics lines in a history; about the width of a chart in pixels
MAX_POINTS = 1000

# name of the recorded run; it hides an ordinary run with the same name
RECORDED = "recorded"
# no dots or slashes, so a name cannot point outside the runs folder
FOLDER_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
RUN_NAME = re.compile(rf"{FOLDER_NAME}(\.{FOLDER_NAME})?")
MAX_RUNS = 200  # limited so that a script in a loop cannot fill the disk


class Unknown(InputError):
    """Raised if the requested run or picture does not exist."""


class Conflict(InputError):
    """Raised if the run's state does not permit the request, for example because it is
    recorded.
    """


class Catalogue:
    """All runs in one folder, which train on `data_name`, and the recorded run, if
    there is one.
    """

    def __init__(self, runs: Path, recorded: Path | None, data_name: str) -> None:
        self.runs = runs
        self.recorded = recorded
        self.data_name = data_name

    def recorded_names(self) -> list[str]:
        """Return a list with the name of the recorded run, or an empty list if there is
        none.
        """
        return [RECORDED] if self.recorded else []

    def names(self) -> list[str]:
        """Return the sorted names of all runs except the recorded one.

        `summary` says what is wrong with broken ones.

        There are no runs while the runs folder is gone, for example because its disk
        was unplugged.
        """
        try:
            entries = list(self.runs.iterdir())
        except OSError:
            return []
        found = list[str]()
        for path in filter(_is_called, entries):
            if _is_run(path):
                found.append(path.name)
            else:
                found += [
                    f"{path.name}.{inner.name}"
                    for inner in _within(path)
                    if _is_run(inner)
                ]
        return sorted(name for name in found if name not in self.recorded_names())

    def newest(self, fits: Callable[[Run], bool] = lambda run: True) -> str | None:
        """Return the name of the most recently written run that fits, preferring
        trained runs to untrained ones.

        Broken runs never fit. A trained run without a checkpoint comes last, because it
        cannot be resumed.
        """
        found = list[tuple[tuple[bool, bool, float], str, Run]]()
        for name in self.names():
            with suppress(InputError, OSError):
                run = Run.open(self.find(name))
                trained = max(run.pictures(), default=0) > 0
                found.append(
                    (
                        (
                            not trained or run.checkpoint.exists(),
                            trained,
                            run.changed(),
                        ),
                        name,
                        run,
                    )
                )
        found.sort(key=lambda one: one[0], reverse=True)
        return next((name for _, name, run in found if fits(run)), None)

    def stamps(self, live: str | None) -> dict[str, float]:
        """Return when each run's folder was last changed, or 0 for the live run, which
        sends events instead.

        If two results differ, pages must fetch the list of runs again.
        """
        return {
            name: 0.0 if name == live else _changed(self.place(name))
            for name in self.names()
        }

    def free_name(self, config: Config) -> str:
        """Return a descriptive name for a new run.

        Raise InputError if there are too many runs.
        """
        stem = config.name + ("" if config.freeze else "-unfrozen")
        numbered = [stem, *(f"{stem}-{number}" for number in range(2, MAX_RUNS + 2))]
        name = next(
            (name for name in numbered if not os.path.lexists(self.runs / name)), None
        )
        # pages do not create runs in subfolders
        count = sum("." not in known for known in self.names())
        if count >= MAX_RUNS or name is None:
            raise InputError(
                f"There are {count} runs already: remove some from the runs folder first."
            )
        return name

    def place(self, name: str) -> Path:
        return self.runs.joinpath(*name.split("."))

    def find(self, name: str) -> Path:
        """Return the folder of a run. Raise Unknown if there is none."""
        if self.recorded and name == RECORDED:
            return self.recorded
        path = self.place(name)
        if not RUN_NAME.fullmatch(name) or not _is_run(path):
            raise Unknown(f"There is no run named {name[:64]!r}.", "id")
        return path

    def find_own(self, name: str) -> Path:
        """Return the folder of a run that can be trained.

        Raise Conflict for the recorded run.
        """
        if name in self.recorded_names():
            raise Conflict(
                "The recorded run cannot be changed. Train a run of your own.", "id"
            )
        return self.find(name)

    def summaries(self, live: Iterable[str] = ()) -> list[Description]:
        """Return a summary of each run, the recorded one last.

        `live` holds the names of live runs.
        """
        return [
            self.summary(name, name in live)
            for name in [*self.names(), *self.recorded_names()]
        ]

    def summary(self, name: str, live: bool = False) -> Description:
        """Describe a run briefly: its settings, its progress and whether it is live, or
        what is wrong with it.
        """
        entry: Description = {
            "id": name,
            "live": live,
            "recorded": name in self.recorded_names(),
        }
        try:
            with readable(name):
                run = Run.open(self.find(name))
                pictures = run.pictures()
                entry |= {
                    "label": run.label(),
                    "iteration": max(pictures, default=0),
                    "pictures": len(pictures),
                }
                return entry | settings_of(run.config)
        except InputError as error:
            return entry | {"error": str(error)}

    def rename(self, name: str, label: str | None) -> str | None:
        """Set or remove a run's user-given label, and return it as stored.

        Raise InputError if it is invalid.
        """
        return write_label(self.find_own(name), label)

    def delete(self, name: str) -> Path:
        """Move a run, which no worker trains, to the trash, and return its new path."""
        return move_to_trash(self.runs, name, self.find_own(name))

    def picture(self, name: str, iteration: int) -> Path:
        path = Run.open(self.find(name)).picture_path(iteration)
        if not is_regular_file(path):
            raise Unknown(
                f"Run {name} has no picture of iteration {iteration}.", "iteration"
            )
        return path

    def remarks(self, name: str, iteration: int) -> Description:
        self.picture(name, iteration)
        run = Run.open(self.find(name))
        return {"iteration": iteration, **run.evaluation(iteration).fields(run.config)}

    def snapshot(self, name: str) -> Snapshot:
        recorded = name in self.recorded_names()
        past = read_history(name, self.find(name))
        return snapshot_of(
            name,
            past,
            closed(past, None if recorded else self.data_name),
            recorded=recorded,
        )


def _is_called(path: Path) -> bool:
    return re.fullmatch(FOLDER_NAME, path.name) is not None


def _within(folder: Path) -> list[Path]:
    """Return the folders in `folder` whose names are valid for runs."""
    try:
        with os.scandir(folder) as entries:
            # entries know their types, which saves time with 10,000s of files
            found = [Path(entry.path) for entry in entries if entry.is_dir()]
    except OSError:
        return []
    return [path for path in found if _is_called(path)]


def _changed(path: Path) -> float:
    """Return when a run's folder or its pictures were last changed, or 0 if they are
    gone.
    """
    times = [0.0]
    for folder in (path, path / "images"):
        with suppress(OSError):
            times.append(folder.lstat().st_mtime)
    return max(times)


def _is_run(path: Path) -> bool:
    """Return whether an entry is a run, or an unreadable folder in the place of one."""
    try:
        os.lstat(path / "config.json")
    except PermissionError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn OSError within the block into InputError, because an unreadable run is not
    the server's fault.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            f"Run {name} cannot be read: {error.strerror or error}.", "id"
        ) from error


# Descriptions of runs, with values for JSON only


def snapshot_of(
    name: str,
    past: History,
    status: Status,
    error: str | None = None,
    recorded: bool = False,
) -> Snapshot:
    """Return everything that a page needs to show a run: its config, state, pictures
    and losses so far.

    `status` and `error` come from the run's worker, or else `status` is that of a
    `closed` run.
    """
    about = {"type": "snapshot", "run": name, "recorded": recorded, "error": error}
    shown: Status = {
        "state": status["state"],
        "iteration": status["iteration"],
        "target": status["target"],
        "data": status["data"],
    }
    return cast(Snapshot, finite({**past, **about, **shown}))


def closed(past: History, data: str | None) -> Any:
    """Return the status of a run without a worker. `data` names the training data."""
    return {
        "state": "closed",
        "iteration": past["iteration"],
        "target": None,
        "data": data,
    }


def read_history(name: str, path: Path) -> History:
    """Return the history of the run in a folder.

    Raise InputError if it cannot be read.
    """
    with readable(name):
        return history(Run.open(path))


def history(run: Run) -> History:
    pictures = run.pictures()
    metrics = run.metrics(MAX_POINTS)
    rows = [
        progress_row(at, run.evaluation(at), run.config)
        for at in evenly_spaced(pictures[1:], MAX_SHEETS)
    ]
    return {
        "iteration": max(
            pictures[-1:] + [line["iteration"] for line in metrics[-1:]], default=0
        ),
        "label": run.label(),
        "config": settings_of(run.config),
        "version": version(run),
        "pictures": pictures,
        "metrics": metrics,
        "progress": [row for row in rows if row],
    }


def empty_history(config: Config) -> History:
    """Return the history of a run that is not on disk."""
    return {
        "iteration": 0,
        "label": None,
        "config": settings_of(config),
        "version": "0",
        "pictures": [],
        "metrics": [],
        "progress": [],
    }


def settings_of(config: Config) -> Description:
    found: Description = {
        name: getattr(config, name)
        for name in ("digit", "labels", "metrics_every", *CHOSEN)
    }
    lists = {
        name: list(getattr(config, name))
        for name in ("channels", "names", "freeze_switches")
    }
    return found | lists | {"unusual": unusual(config)}


def unusual(config: Config) -> Description:
    """Return the optional settings that differ from the recommended ones, regardless of
    the data.
    """
    usual = [
        preset(config.digit, config.loss, config.network, few) for few in (False, True)
    ]
    found = {name: getattr(config, name) for name in ADVISED}
    odd = {
        name: value
        for name, value in found.items()
        if all(value != getattr(one, name) for one in usual)
    }
    return odd if config.loss == LOSSES[0] else {"loss": config.loss} | odd


def recorded_pair(folder: Path) -> Description:
    """Return the two runs that `tools.make_recorded_runs` recorded in a folder, with
    their pictures.

    Raise Unknown if there are none.
    """
    if not all(Run.exists(folder / name) for name in (FROZEN, LOOSE)):
        raise Unknown(
            "This server has no recorded pair: open the lock on the Train page instead."
        )
    return {"runs": [_with_pictures(name, folder / name) for name in (FROZEN, LOOSE)]}


def _with_pictures(name: str, path: Path) -> Description:
    with readable(name):
        run = Run.open(path)
        pngs = {
            at: base64.b64encode(run.picture_path(at).read_bytes()).decode("ascii")
            for at in run.pictures()
        }
        past = history(run)
        return {
            **snapshot_of(name, past, closed(past, None), recorded=True),
            "pngs": pngs,
        }


def version(run: Run) -> str:
    """Return a string that changes when the run starts over, so that browsers fetch its
    pictures again.
    """
    try:
        return format(run.picture_path(0).stat().st_mtime_ns, "x")
    except OSError:
        return "0"


def finite(value: Value) -> Value:
    """Replace infinity and NaN, which occur in diverged runs and which JSON cannot
    hold, by None.
    """
    return cast(Value, json.loads(json.dumps(value), parse_constant=lambda name: None))
