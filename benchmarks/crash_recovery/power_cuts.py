"""Simulate power cuts: copy the disk of a training run at a random moment, without the data still in memory.

The file system is in a file that is mounted as a loop device. Like a disk after a power cut, the file contains the data
written to the device, but not the data still in memory. The training process is paused while the file is copied. The
copy is repeated if the file has changed in the meantime. Mounting the copy replays its journal.
"""

import filecmp
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.crash_recovery import loop_devices, small_run
from benchmarks.crash_recovery.small_run import Line
from benchmarks.programs import ROOT
from gan.errors import InputError

LONGEST = 1.5  # maximum number of seconds between power cuts
RUN = "run"


def soak(count: int, folder: Path, rng: random.Random, options: Sequence[str] = ()) -> Iterator[Line]:
    """Simulate power cuts, half of `count` on each file system."""
    for kind in loop_devices.SIZES:
        if reason := loop_devices.why_not(kind, folder):
            yield f"cuts on {kind}: skipped, {reason}", None
            continue
        faults = list(cuts(kind, -(-count // len(loop_devices.SIZES)), folder, rng, options))
        lost = [fault for fault in faults if fault is not None]
        for fault in lost:
            yield f"{kind}: {fault}", False
        where = f"{kind}{' without syncs' if options else ''}"
        yield f"cuts on {where}: {len(lost)} of {len(faults)} cuts lost something that was reported as saved", not lost


def cuts(kind: str, count: int, folder: Path, rng: random.Random, options: Sequence[str]) -> Iterator[str | None]:
    """Simulate power cuts on one file system. Yield what each of them lost, or None."""
    image = folder / f"{kind}.img"
    loop_devices.make(image, kind)
    with loop_devices.mounted(image, kind) as place:
        words = [str(place / RUN), str(rng.randrange(2**32)), *options]
        command = [sys.executable, "-m", "benchmarks.crash_recovery.small_run", *words]
        reports = folder / f"{kind}.txt"
        with reports.open("wb") as file, subprocess.Popen(command, stdout=file, cwd=ROOT) as process:
            try:
                for _ in range(count):
                    time.sleep(rng.random() * LONGEST)
                    yield cut(image, kind, process, reports)
            finally:
                process.kill()
    image.unlink()


def last_saved(process: subprocess.Popen[bytes], reports: Path) -> int:
    """Return the iteration that the training process last reported as saved. Wait for its first report."""
    while process.poll() is None:
        if lines := reports.read_text("utf-8").splitlines():
            return int(lines[-1].removeprefix("saved "))
        time.sleep(0.05)
    raise InputError("the training process has ended")


def cut(image: Path, kind: str, process: subprocess.Popen[bytes], reports: Path) -> str | None:
    copy = image.with_name(f"{kind}-copy.img")
    last_saved(process, reports)
    process.send_signal(signal.SIGSTOP)
    try:
        saved = last_saved(process, reports)
        while not filecmp.cmp(image, shutil.copyfile(image, copy), shallow=False):
            filecmp.clear_cache()
    finally:
        process.send_signal(signal.SIGCONT)
    with loop_devices.mounted(copy, kind) as place:
        left = small_run.look(place / RUN)
    if left.fault or left.iteration < saved:
        return f"{saved} was saved, {left.iteration} is left{f': {left.fault}' if left.fault else ''}"
    return None
