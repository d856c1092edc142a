"""Repeatedly kill `train.py` and its worker at random moments and resume the run."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crash_recovery import small_run
from gan.data import load
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.trainer import Trainer
from nnet.fast.kernels.parallel import set_threads

INTERVAL = 2.0  # seconds between checkpoints; the usual 60 would give too few checkpoints
# Seconds of training that may be lost beyond INTERVAL: an iteration, the save itself, and waits for a busy disk or CPU.
TOLERANCE = 1.0
EARLY = 0.1  # fraction of kills that happen during startup
START_SECONDS = 120.0  # longer than any startup takes
PROGRAM = Path(__file__).resolve().parents[2] / "train.py"


@dataclass
class Kills:
    """The combined result of all kills."""

    count: int = 0
    faults: int = 0  # number of kills after which something was missing or damaged
    too_much: int = 0  # number of kills that lost more training than INTERVAL + TOLERANCE
    most: float = 0.0  # the most seconds of training lost to a single kill
    same: bool | None = None  # whether the final run is bit-identical to an uninterrupted one

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not self.faults and not self.too_much and self.same is not False

    def __str__(self) -> str:
        same = {True: "bit for bit that without kills", False: "NOT that without kills", None: "unknown"}
        return (
            f"{self.faults} of {self.count} left something damaged, {self.too_much} lost more than an interval of "
            f"{INTERVAL:g} s (at most {self.most:.1f} s); the result is {same[self.same]}"
        )


def soak(count: int, folder: Path, rng: random.Random) -> Kills:
    """Kill one run `count` times and return the result."""
    path, found = folder / small_run.config().name, Kills()
    reached = 0
    for number in range(count):
        began = kill_once(folder, path, rng)
        lost = seconds_lost(path, began) if began is not None else 0.0
        left = small_run.look(path) if (path / "checkpoint.safetensors").exists() else small_run.Found(0)
        found.count += 1
        if left.fault or left.iteration < reached:
            found.faults += 1
            print(f"kill {number}: {left.fault or f'from {reached} back to {left.iteration}'}", flush=True)
        reached = max(left.iteration, reached)
        found.most = max(found.most, lost)
        found.too_much += lost > INTERVAL + TOLERANCE
        if number % 20 == 19:
            print(f"{number + 1} kills, iteration {reached}, lost at most {found.most:.1f} s", flush=True)
    found.same = equals_uninterrupted(path)
    return found


def kill_once(folder: Path, path: Path, rng: random.Random) -> float | None:
    """Start or resume the run, and kill all its processes after a random time.

    Return the time when its first new line of metrics was seen, in seconds since 1970; None if it was killed earlier.
    """
    words = [*small_run.arguments(), "--save-seconds", str(INTERVAL), "--out", str(folder)]
    command = [sys.executable, str(PROGRAM), *words, *(["--resume"] if Run.exists(path) else [])]
    before, begun, quiet = written(path), time.monotonic(), subprocess.DEVNULL
    with subprocess.Popen(command, process_group=0, stdout=quiet, stderr=quiet) as process:
        seconds = rng.random() * 3 if rng.random() < EARLY else START_SECONDS
        while (trains := written(path) > before) is False and time.monotonic() - begun < seconds:
            time.sleep(0.02)
        began = time.time() if trains else None
        if trains:
            time.sleep(rng.random() * 1.5 * INTERVAL)
        os.killpg(process.pid, signal.SIGKILL)
    return began


def written(path: Path) -> int:
    """Return the size of the metrics file, or 0 if there is none. Resuming removes lines newer than the checkpoint."""
    file = path / "metrics.jsonl"
    return file.stat().st_size if file.exists() else 0


def seconds_lost(path: Path, began: float) -> float:
    """Return the seconds of training lost to a kill.

    This is the time from the checkpoint on disk, or from `began` if that is later, to the newest metrics or picture.
    """
    files = [path / "metrics.jsonl", *(path / "images").glob("*.png")]
    newest = max(file.stat().st_mtime for file in files)
    return max(0.0, newest - max(began, (path / "checkpoint.safetensors").stat().st_mtime))


def equals_uninterrupted(path: Path) -> bool:
    """Return whether the run on disk is bit-identical to uninterrupted training with its config."""
    set_threads(1)
    run, data = RunWriter(path, Run.open(path).config), load(None)
    killed, straight = Trainer(run.config, data), Trainer(run.config, data)
    run.restore(killed)
    while straight.iteration < killed.iteration:
        straight.iterate()
    (arrays, texts), (expected, expected_texts) = killed.state(), straight.state()
    return texts == expected_texts and all(arrays[name].tobytes() == expected[name].tobytes() for name in expected)
