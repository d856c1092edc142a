"""Repeatedly kill `train.py` and its worker at random moments and resume the run."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.crash_recovery import small_run
from benchmarks.crash_recovery.small_run import START_SECONDS, Line, written
from gan.data import load
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.trainer import Trainer
from nnet.fast.kernels.thread_pool import set_threads

INTERVAL = 2.0  # seconds between checkpoints; the usual 60 would give too few checkpoints
# Seconds of training that may be lost beyond INTERVAL: an iteration, the save itself, and waits for a busy disk or CPU.
TOLERANCE = 1.0
EARLY = 0.1  # fraction of kills that happen during startup


def soak(count: int, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Kill one run `count` times, resume it after each, and compare it with an uninterrupted one."""
    path, reached, faults, lost = folder / small_run.NAME, 0, 0, [0.0]
    for number in range(1, count + 1):
        began = kill_once(folder, path, rng)
        if began is not None:
            lost.append(seconds_lost(path, began))
        left = small_run.look(path) if (path / "checkpoint.safetensors").exists() else small_run.Found(0)
        if left.fault or left.iteration < reached:
            faults += 1
            yield f"kill {number}: {left.fault or f'from {reached} back to {left.iteration}'}", False
        reached = max(left.iteration, reached)
        if number % 20 == 0:
            yield f"{number} kills, iteration {reached}, lost at most {max(lost):.1f} s", None
    too_much, same = sum(seconds > INTERVAL + TOLERANCE for seconds in lost), equals_uninterrupted(path)
    result = "bit for bit that without kills" if same else "NOT that without kills"
    damaged = f"{faults} of {count} left something damaged"
    too_old = f"{too_much} lost more than an interval of {INTERVAL:g} s (at most {max(lost):.1f} s)"
    yield f"kills: {damaged}, {too_old}; the result is {result}", faults == too_much == 0 and same


def kill_once(folder: Path, path: Path, rng: random.Random) -> float | None:
    """Start or resume the run, and kill all its processes after a random time.

    Return the time when its first new line of metrics was seen, in seconds since 1970; None if it was killed earlier.
    """
    command = small_run.command(folder, INTERVAL, resume=Run.exists(path))
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
