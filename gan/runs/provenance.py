"""Record how a run is made: command, cores, versions and the SHA-256 of the data.

Together with config.json this determines the generator, byte for byte on the same kind
of processor. The file is a list with one entry for each environment that trained the
run. A process that continues a run in the same environment adds no entry, because a
resumed run equals an uninterrupted one. A process that prolongs the run adds an entry,
because the learning rate depends on the number of iterations.
"""

import json
import os
import platform
import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from gan import __version__
from gan.base.errors import InputError, parse_json
from gan.data import Dataset
from gan.data.mnist import HEAD_SHA256, MNIST_SHA256
from gan.data.own_images import FILE as OWN
from gan.rules.config_for_data import identity
from gan.rules.run_config import Config
from gan.runs.run import MAX_BYTES, Run, is_regular_file, read_regular_file
from nnet.durable_write import durably_replacing

FILE = "provenance.json"
ENVIRONMENT = (
    "cores",
    "python",
    "numpy",
    "blas",
    "numba",
    "package",
    "machine",
    "data_sha256",
    "iterations",
)

Entry = dict[str, Any]


def environment(config: Config, data: Dataset, cores: int) -> Entry:
    """Return what, together with the config, determines the bytes of a generator."""
    blas = np.show_config("dicts")["Build Dependencies"]["blas"]
    return {
        "cores": cores,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "numba": version("numba"),
        "package": __version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "data_sha256": identity(config, data),
        "iterations": config.iterations,
    }


def command_line() -> str:
    """Return the command that started this process.

    A worker process has the arguments of its parent.
    """
    program = Path(sys.argv[0]).name
    return shlex.join(
        [*(["python"] if program.endswith(".py") else []), program, *sys.argv[1:]]
    )


def record(run: Run, data: Dataset, iteration: int, cores: int) -> None:
    """Record that this process trains a run from an iteration on.

    If the iteration is 0, replace all earlier entries. Raise OSError if the run's
    folder is not writable.
    """
    about = {
        "data": data.name,
        "data_path": data.path,
        "uploaded": own_data(run.path) is not None,
    }
    entry = {
        "iteration": iteration,
        "command": command_line(),
        **environment(run.config, data, cores),
        **about,
    }
    entries = entries_of(run) if iteration else []
    if entries and all(entries[-1][name] == entry[name] for name in ENVIRONMENT):
        return
    with durably_replacing(run.path / FILE) as part:
        part.write_bytes(f"{json.dumps([*entries, entry], indent=1)}\n".encode())


def entries_of(run: Run) -> list[Entry]:
    """Return a run's entries, oldest first, or [] if the file is missing or damaged."""
    try:
        entries = parse_json(
            read_regular_file(run.path / FILE, MAX_BYTES).decode("utf-8")
        )
    except (OSError, ValueError):
        return []
    is_whole = isinstance(entries, list) and all(map(_is_entry, entries))
    return entries if is_whole else []


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and all(name in entry for name in ENVIRONMENT)
        and isinstance(entry.get("data_path", ""), str | None)
    )


def damage(run: Run) -> list[str]:
    """Return a note if the record is damaged. The next checkpoint replaces it.

    Raise InputError if it is not a file, which cannot be replaced.
    """
    file = run.path / FILE
    if not os.path.lexists(file) or entries_of(run):
        return []
    if not is_regular_file(file):
        raise InputError(f"{file}: expected a file, found none; move it away", "out")
    lost = "how the run was made is no longer known"
    return [f"{file}: is damaged and will be replaced; {lost}"]


def newest_entry(run: Run) -> Entry:
    """Return the newest entry of a run, or an empty one if there is none."""
    return (entries_of(run) or [{}])[-1]


def cores_of(run: Run) -> int | None:
    """Return the number of cores that a run is trained on, or None if unknown.

    It decides the bits of the result, because the cores divide each batch.
    """
    cores = newest_entry(run).get("cores")
    is_trained = type(cores) is int and cores > 0 and run.saved_iteration() > 0
    return cores if is_trained else None


def own_data(path: Path) -> Path | None:
    """Return the uploaded images in a run's folder, or None if there are none."""
    return path / OWN if is_regular_file(path / OWN) else None


def data_of(run: Run) -> Path | None:
    """Return the path of the images that a run was trained on.

    Return None if they are MNIST's or unknown.
    """
    entry = newest_entry(run)
    path = (
        None
        if entry.get("data_sha256") in (MNIST_SHA256, HEAD_SHA256)
        else entry.get("data_path")
    )
    return own_data(run.path) or (Path(path) if path else None)
