"""Simulate power cuts: copy the disk of a training run at a random moment, without the data still in memory.

The file system is in a file that is mounted as a loop device. Like a disk after a power cut, the file contains the data
written to the device, but not the data still in memory. The training process is paused while the file is copied. The
copy is repeated if the file has changed in the meantime. Mounting the copy replays its journal.
"""

import filecmp
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crash_recovery import loop_devices, small_run
from gan.errors import InputError

LONGEST = 1.5  # maximum number of seconds between power cuts
RUN = "run"


@dataclass
class Cuts:
    """The combined result of all power cuts on one file system."""

    kind: str
    count: int = 0
    lost: int = 0  # number of cuts after which a checkpoint reported as saved, or older data, was missing

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not self.lost

    def __str__(self) -> str:
        return f"{self.lost} of {self.count} cuts lost something that was reported as saved"


def soak(kind: str, count: int, folder: Path, rng: random.Random, without_sync: bool = False) -> Cuts:
    """Simulate `count` power cuts on one file system and return the result."""
    image, found = folder / f"{kind}.img", Cuts(kind)
    loop_devices.make(image, kind)
    with loop_devices.mounted(image, kind) as place:
        words = [str(place / RUN), str(rng.randrange(2**32)), *(["--without-sync"] if without_sync else [])]
        command = [sys.executable, "-m", "benchmarks.crash_recovery.small_run", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                reports = Reports(process)
                for number in range(count):
                    time.sleep(rng.random() * LONGEST)
                    fault = cut(image, kind, process, reports)
                    found.count, found.lost = found.count + 1, found.lost + (fault is not None)
                    if fault:
                        print(f"{kind}, cut {number}: {fault}", flush=True)
            finally:
                process.kill()
    image.unlink()
    return found


class Reports:
    """Read which iterations the training process has reported as saved."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        self.number = process.stdout.fileno()
        self.text = b""
        while b"\n" not in self.text:  # wait for the first line
            more = os.read(self.number, 1 << 16)
            if not more:
                raise InputError("the training process has ended")
            self.text += more
        os.set_blocking(self.number, False)

    def saved(self) -> int:
        """Return the last saved iteration."""
        try:
            while more := os.read(self.number, 1 << 16):
                self.text += more
        except BlockingIOError:
            pass
        lines = [line for line in self.text.split(b"\n")[:-1] if line.startswith(b"saved ")]
        return int(lines[-1].split()[1])


def cut(image: Path, kind: str, process: subprocess.Popen[bytes], reports: Reports) -> str | None:
    """Simulate one power cut. Return what was lost, or None."""
    copy = image.with_name(f"{kind}-copy.img")
    process.send_signal(signal.SIGSTOP)
    try:
        saved = reports.saved()
        while True:
            shutil.copyfile(image, copy)
            if filecmp.cmp(image, copy, shallow=False):
                break
            filecmp.clear_cache()
    finally:
        process.send_signal(signal.SIGCONT)
    if process.poll() is not None:
        raise InputError("the training process has ended")
    try:
        with loop_devices.mounted(copy, kind) as place:
            left = small_run.look(place / RUN)
    finally:
        copy.unlink()
    if left.fault or left.iteration < saved:
        return f"{saved} was saved, {left.iteration} is left{f': {left.fault}' if left.fault else ''}"
    return None
