"""Repeatedly kill `train.py` and its worker at random moments and resume the run."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.crash_recovery import small_run
from benchmarks.crash_recovery.small_run import START_SECONDS, Line
from gan.data import load
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.trainer import Trainer
from nnet.fast.kernels.thread_pool import set_threads

# seconds between checkpoints; the usual 60 would give too few checkpoints
INTERVAL = 2.0
EARLY = 0.1  # fraction of kills that happen during startup


def kill_repeatedly(count: int, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Kill a run `count` times, resume it, and compare it with an uninterrupted one."""
    path = folder / small_run.NAME
    reached = 0
    faults = 0
    for number in range(1, count + 1):
        kill_once(folder, path, rng)
        left = small_run.Found(0)
        if (path / "checkpoint.safetensors").exists():
            left = small_run.look(path)
        if left.fault or left.iteration < reached:
            faults += 1
            fault = left.fault or f"from {reached} back to {left.iteration}"
            yield f"kill {number}: {fault}", False
        reached = max(left.iteration, reached)
    same = equals_uninterrupted(path)
    yield (
        f"kills: {faults} of {count} left something damaged; the result, of iteration "
        f"{reached}, is {'' if same else 'NOT '}that without kills, bit for bit",
        faults == 0 and same,
    )


def kill_once(folder: Path, path: Path, rng: random.Random) -> None:
    """Start or resume the run, and kill all its processes after a random time."""
    command = small_run.command(folder, INTERVAL, resume=Run.exists(path))
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, process_group=0, stdout=quiet, stderr=quiet
    ) as process:
        seconds = rng.random() * 3 if rng.random() < EARLY else START_SECONDS
        if small_run.wait_for_training(process, path, seconds):
            time.sleep(rng.random() * 1.5 * INTERVAL)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def equals_uninterrupted(path: Path) -> bool:
    """Return whether a run equals one that was not interrupted, bit for bit."""
    set_threads(1)
    run = RunWriter(path, Run.open(path).config)
    data = load(None)
    killed = Trainer(run.config, data)
    straight = Trainer(run.config, data)
    run.restore(killed)
    while straight.iteration < killed.iteration:
        straight.iterate()
    (arrays, texts), (expected, expected_texts) = killed.state(), straight.state()
    return texts == expected_texts and all(
        arrays[name].tobytes() == expected[name].tobytes() for name in expected
    )
