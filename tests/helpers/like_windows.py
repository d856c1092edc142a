"""Import the whole program and write a run, in a Python that lacks the names of POSIX.

`python -m tests.helpers.like_windows FOLDER`. The standard library and other libraries
are imported first, because they do know the real system.
"""

import asyncio
import builtins
import importlib
import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

OTHERS = (
    "aiohttp.web aiohttp_jinja2 filelock hypothesis.strategies numba.core.caching "
    "PIL.Image multiprocessing.connection multiprocessing.resource_tracker "
    "safetensors.numpy threadpoolctl tqdm"
)
MISSING: dict[Any, str] = {
    os: "fork eventfd sched_getaffinity mkfifo killpg O_NOFOLLOW",
    signal: "SIGHUP SIGKILL SIGCHLD pthread_sigmask",
    asyncio.SelectorEventLoop: "add_signal_handler",
}
real_open = io.open
real_os_open = os.open


def become_windows() -> None:
    """Remove the POSIX names, refuse to open folders, and write \\r\\n into texts."""
    for name in OTHERS.split():
        importlib.import_module(name)
    for owner, names in MISSING.items():
        for name in names.split():
            delattr(owner, name)
    signal.SIGBREAK = signal.SIGQUIT  # type: ignore[attr-defined]
    sys.modules.update(dict.fromkeys(["fcntl", "resource"], None))  # type: ignore[arg-type]
    sys.platform = "win32"
    os.open = open_no_folder
    io.open = builtins.open = open_with_crlf


def open_no_folder(path: Any, *arguments: Any, **options: Any) -> int:
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return real_os_open(path, *arguments, **options)


def open_with_crlf(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    *rest: Any,
    **options: Any,
) -> Any:
    if "b" not in mode and "r" not in mode:
        newline = newline or "\r\n"
    return real_open(file, mode, buffering, encoding, errors, newline, *rest, **options)


def import_all() -> None:
    for package in ("nnet", "gan"):
        for file in sorted(Path(package).rglob("*.py")):
            if "cluster" not in file.parts:  # which needs Dask
                importlib.import_module(".".join(file.with_suffix("").parts))


def write_run(folder: Path) -> None:
    """Write every file of a run, also its label, and read that."""
    from gan.runs.evaluation_record import Evaluation
    from gan.runs.judge_ratings import write_ratings
    from gan.runs.provenance import record
    from gan.runs.run import Run, write_label
    from tests.helpers.fake_worker import tiny
    from tests.helpers.players import NOISE, saved_run

    run, _ = saved_run(tiny(3), folder / "digit-3", NOISE)
    run.append_metrics({"iteration": 1})
    drawings = np.zeros((64, 28, 28), np.uint8)
    run.save_picture(1, drawings, Evaluation(prefers_real=1))
    write_ratings(run, 1, {"drawn": [], "real": []})
    record(run, NOISE, 1, cores=1)
    write_label(run.path, "Mine")
    assert Run.open(run.path).label() == "Mine"


if __name__ == "__main__":
    become_windows()
    import_all()
    write_run(Path(sys.argv[1]))
