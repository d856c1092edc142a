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
from gan.rules.run_config import ADVISED, CHOSEN, LOSSES, Config, preset
from gan.runs.evaluation_record import Diagnosis, progress_row
from gan.runs.messages import History, Snapshot, Status
from gan.runs.run import Run, evenly_spaced, is_regular_file, write_label
from gan.runs.trash import move_to_trash

Description = dict[str, Any]
Value = TypeVar("Value")

OTHER_SEED = "Try a new run with a different seed."
# What the Train page says about each diagnosis (gan/runs/evaluation_record.py).
DIAGNOSES: dict[Diagnosis, str] = {
    "bent": "The artist also changed the judge, so its hints do not lead to digits. "
    "Lock the judge, or start a run that locks it.",
    "blank": f"The artist draws blank paper. {OTHER_SEED}",
    "alike": f"The artist draws the same digit again and again. {OTHER_SEED}",
    "beaten": "The judge spots every drawing, and the artist does not catch up. "
    + OTHER_SEED,
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
    """Raised if the run's state does not permit the request."""


class Catalogue:
    """All runs in one folder, which train on `data_name`, and the recorded run."""

    def __init__(self, runs: Path, recorded: Path | None, data_name: str) -> None:
        self.runs = runs
        self.recorded = recorded
        self.data_name = data_name

    def recorded_names(self) -> list[str]:
        """Return the name of the recorded run in a list, which is empty without it."""
        return [RECORDED] if self.recorded else []

    def names(self) -> list[str]:
        """Return the sorted names of all runs except the recorded one.

        Broken runs are included; `summary` says what is wrong with them. The list is
        empty while the runs folder is missing, for example because its disk was
        unplugged.
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
        """Return the name of the newest run for which `fits` is true, or None.

        Trained runs come before untrained ones, however new. Trained runs without a
        checkpoint come last, because they cannot be resumed. Broken runs are left out.
        """
        runs = dict[str, Run]()
        ranks = dict[str, tuple[bool, bool, float]]()
        for name in self.names():
            with suppress(InputError, OSError):
                run = Run.open(self.find(name))
                is_trained = max(run.pictures(), default=0) > 0
                can_resume = not is_trained or run.checkpoint.exists()
                ranks[name] = (can_resume, is_trained, run.changed())
                runs[name] = run
        best_first = sorted(ranks, key=ranks.__getitem__, reverse=True)
        return next((name for name in best_first if fits(runs[name])), None)

    def stamps(self, live: str | None) -> dict[str, float]:
        """Return when each run's folder was last changed.

        The time is 0 for the live run, whose changes are sent as events. If the result
        differs from an earlier one, pages must fetch the list of runs again.
        """
        return {
            name: 0.0 if name == live else _changed(self.place(name))
            for name in self.names()
        }

    def free_name(self, config: Config) -> str:
        """Return a descriptive name for a new run.

        Raise InputError if there are too many runs.
        """
        # runs in subfolders, whose names have a dot, do not count: pages create none
        count = sum("." not in name for name in self.names())
        if count >= MAX_RUNS:
            raise InputError(
                f"There are {count} runs already: "
                "remove some from the runs folder first."
            )
        stem = config.name + ("" if config.freeze else "-unfrozen")
        name = stem
        number = 1
        while os.path.lexists(self.runs / name):
            number += 1
            name = f"{stem}-{number}"
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
        """Return a run's settings and progress, or what is wrong with it."""
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
        status = closed(past, None if recorded else self.data_name)
        return snapshot_of(name, past, status, recorded=recorded)


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
    """Return when a run's folder or pictures were last changed, or 0 without them."""
    times = [0.0]
    for folder in (path, path / "images"):
        with suppress(OSError):
            times.append(folder.lstat().st_mtime)
    return max(times)


def _is_run(path: Path) -> bool:
    """Return whether a folder has a config.json, or denies access to it."""
    try:
        os.lstat(path / "config.json")
    except PermissionError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn OSError into InputError: an unreadable run is not the server's fault."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"Run {name} cannot be read: {error.strerror or error}.", "id"
        ) from error


# Descriptions of runs, which contain only values that JSON can represent


def snapshot_of(
    name: str,
    past: History,
    status: Status,
    error: str | None = None,
    recorded: bool = False,
) -> Snapshot:
    """Return everything that a page needs to show a run.

    `status` and `error` come from the run's worker. Without a worker, `status` comes
    from `closed`.
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
    last_written = pictures[-1:] + [line["iteration"] for line in metrics[-1:]]
    rows = [
        progress_row(at, run.evaluation(at), run.config)
        for at in evenly_spaced(pictures[1:], MAX_SHEETS)
    ]
    return {
        "iteration": max(last_written, default=0),
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
    """Return the settings that differ from the recommended ones.

    The recommended settings depend on whether there are few images. That is not known
    here, so a setting counts as recommended if it is in one of the two cases.
    """
    odd = {} if config.loss == LOSSES[0] else {"loss": config.loss}
    many, few = (
        preset(config.digit, config.loss, config.network, few) for few in (False, True)
    )
    for name in ADVISED:
        value = getattr(config, name)
        if value != getattr(many, name) and value != getattr(few, name):
            odd[name] = value
    return odd


def recorded_pair(folder: Path) -> Description:
    """Return snapshots of the runs with a frozen and an unfrozen judge, with pictures.

    `tools.make_recorded_runs` has created both in `folder`. Raise Unknown if one is
    missing.
    """
    if not all(Run.exists(folder / name) for name in (FROZEN, LOOSE)):
        raise Unknown(
            "This server has no recorded pair: open the lock on the Train page instead."
        )
    return {"runs": [_with_pictures(name, folder / name) for name in (FROZEN, LOOSE)]}


def _with_pictures(name: str, path: Path) -> Description:
    with readable(name):
        run = Run.open(path)
        pngs = dict[int, str]()
        for iteration in run.pictures():
            png = run.picture_path(iteration).read_bytes()
            pngs[iteration] = base64.b64encode(png).decode("ascii")
        past = history(run)
        snapshot = snapshot_of(name, past, closed(past, None), recorded=True)
        return {**snapshot, "pngs": pngs}


def version(run: Run) -> str:
    """Return a string that changes when the run starts over.

    Browsers then fetch its pictures again.
    """
    try:
        return format(run.picture_path(0).stat().st_mtime_ns, "x")
    except OSError:
        return "0"


def finite(value: Value) -> Value:
    """Replace infinity and NaN, which occur in diverged runs, by None.

    JSON cannot represent them.
    """
    return cast(Value, json.loads(json.dumps(value), parse_constant=lambda name: None))
