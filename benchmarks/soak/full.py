"""Test disks that are full, have no inodes left, are read-only or fail; and two processes on one folder.

Each must end `train.py` with exit code 2 and one sentence that says why. The last checkpoint is complete, and training
continues from there if the disk can be written again.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.soak import loop_devices, soak_run
from benchmarks.soak.kills import PROGRAM, START_SECONDS, written

ROOM = 600_000  # bytes left on the disk before it fills up: two checkpoints and some pictures
INODES = "40"  # of the disk that runs out of them; a new file system uses eleven
SECONDS = 300.0  # longer than it takes to fill the disks
TRAINING_SECONDS = 2.0
NAME = soak_run.config().name


def command(folder: Path, *more: str) -> list[str]:
    """Return a command that trains forever, with five checkpoints per second."""
    return [sys.executable, str(PROGRAM), *soak_run.arguments(), "--save-seconds", ".2", "--out", str(folder), *more]


@contextmanager
def training(folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Train for a while, then run the block; kill the process at its end."""
    before, begun = written(folder / NAME), time.monotonic()
    with subprocess.Popen(command(folder, *more), stderr=subprocess.PIPE, text=True) as process:
        try:
            while written(folder / NAME) <= before and process.poll() is None:
                assert time.monotonic() - begun < START_SECONDS, "training did not begin"
                time.sleep(0.05)
            time.sleep(TRAINING_SECONDS)
            yield process
        finally:
            process.kill()


def refusal(folder: Path, *more: str) -> tuple[int, str]:
    """Train until the process ends; return its exit code and its messages."""
    done = subprocess.run(command(folder, *more), capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stderr


def fault(ended: tuple[int, str], reason: str) -> str | None:
    """Return None if a process ended with exit code 2 and the reason in one line; otherwise the fault."""
    code, messages = ended
    lines = [line for line in messages.splitlines() if reason in line]
    if code == 2 and len(lines) == 1 and "Traceback" not in messages:
        return None
    return f"expected exit code 2 and one line with {reason!r}, received {code} and: {messages.strip()}"


def continues(folder: Path) -> str | None:
    """Return None if the run is complete up to its checkpoint and trains on from there; otherwise the fault."""
    left = soak_run.look(folder / NAME)
    if left.fault:
        return left.fault
    with training(folder, "--resume") as process:
        process.send_signal(signal.SIGTERM)
        _, messages = process.communicate(timeout=SECONDS)
    after = soak_run.look(folder / NAME)
    if process.returncode != 130 or after.fault or after.iteration <= left.iteration:
        return f"did not continue: {after.fault or messages.strip()}"
    return None


def full(place: Path) -> str | None:
    """Fill the disk; then make room again."""
    ballast = place / "ballast"
    with ballast.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            file.truncate(file.tell() - ROOM)
    wrong = fault(refusal(place), "No space left on device")
    ballast.unlink()
    return wrong or continues(place)


def no_inodes(place: Path) -> str | None:
    """Use up the inodes."""
    wrong = fault(refusal(place), "No space left on device")
    return wrong or soak_run.look(place / NAME).fault


def read_only(place: Path) -> str | None:
    """Mount the disk of a run read-only; then writable again."""
    with training(place) as process:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
    loop_devices.call("mount", "-o", "remount,ro", place)
    wrong = fault(refusal(place, "--resume"), "Read-only file system")
    loop_devices.call("mount", "-o", "remount,rw", place)
    return wrong or continues(place)


def fails(place: Path) -> str | None:
    """Let the file system fail during training; from then on it is read-only."""
    with training(place) as process:
        loop_devices.call("mount", "-o", "remount,abort", place)
        _, messages = process.communicate(timeout=SECONDS)
    early = "Input/output error"  # of a write in progress; a later write gets the other error
    return fault((process.returncode, messages), early if early in messages else "Read-only file system")


DISKS = {  # by description: the test, and options of mkfs
    "a full disk": (full, []),
    "no inodes left": (no_inodes, ["-N", INODES]),
    "a read-only disk": (read_only, []),
    "a failing disk": (fails, []),
}


def soak(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Test each disk; yield its description and the fault, or None."""
    for number, (what, (test, options)) in enumerate(DISKS.items()):
        image = folder / f"disk-{number}.img"
        loop_devices.make(image, "ext4", *options)
        with loop_devices.mounted(image, "ext4") as place:
            yield what, test(place)
        image.unlink()


def two(folder: Path) -> str | None:
    """Start a second process on a folder: it must be refused and change nothing while the first trains on."""
    with training(folder) as first:
        wrong = fault(refusal(folder, "--resume"), "is open in another process")
        if first.poll() is not None:
            return "the first process has ended"
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=SECONDS)
    return wrong or soak_run.look(folder / NAME).fault
