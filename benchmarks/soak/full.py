"""Disks that take no more: full, without inodes, only to be read, gone bad; and two processes that want one folder.

Each must end `train.py` with exit code 2 and a sentence that says why. The last checkpoint is whole, and training goes
on from there where it can.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.soak import mounts, trained
from benchmarks.soak.kills import PROGRAM, START_SECONDS, written

ROOM = 600_000  # bytes left on the disk that is to be full: for two checkpoints and some pictures
INODES = "40"  # on the disk that is to have none left; a new file system takes eleven
SECONDS = 300.0  # longer than it takes to fill these
TRAINING_SECONDS = 2.0
NAME = trained.config().name


def command(folder: Path, *more: str) -> list[str]:
    """Train without end, with a checkpoint five times a second."""
    return [sys.executable, str(PROGRAM), *trained.arguments(), "--save-seconds", ".2", "--out", str(folder), *more]


@contextmanager
def training(folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Within this block it trains, and has for a while; at its end it is killed if it still does."""
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
    """Train until it ends by itself: the exit code, and what was said."""
    done = subprocess.run(command(folder, *more), capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stderr


def fault(ended: tuple[int, str], reason: str) -> str | None:
    """What is wrong with an end; None: it has exit code 2 and the reason in one line."""
    code, words = ended
    said = [line for line in words.splitlines() if reason in line]
    if code == 2 and len(said) == 1 and "Traceback" not in words:
        return None
    return f"expected exit code 2 and one line with {reason!r}, received {code} and: {words.strip()}"


def goes_on(folder: Path) -> str | None:
    """What is wrong with the run; None: all is there up to its checkpoint, and it trains from there."""
    left = trained.look(folder / NAME)
    if left.fault:
        return left.fault
    with training(folder, "--resume") as process:
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=SECONDS)
    after = trained.look(folder / NAME)
    if process.returncode != 130 or after.fault or after.iteration <= left.iteration:
        return f"did not go on: {after.fault or words.strip()}"
    return None


def full(place: Path) -> str | None:
    """No room on the disk; then room again."""
    ballast = place / "ballast"
    with ballast.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            file.truncate(file.tell() - ROOM)
    wrong = fault(refusal(place), "No space left on device")
    ballast.unlink()
    return wrong or goes_on(place)


def no_inodes(place: Path) -> str | None:
    """Room, but for no more files."""
    wrong = fault(refusal(place), "No space left on device")
    return wrong or trained.look(place / NAME).fault


def read_only(place: Path) -> str | None:
    """A run on a disk that can only be read; then it can be written again."""
    with training(place) as process:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
    mounts.call("mount", "-o", "remount,ro", place)
    wrong = fault(refusal(place, "--resume"), "Read-only file system")
    mounts.call("mount", "-o", "remount,rw", place)
    return wrong or goes_on(place)


def goes_bad(place: Path) -> str | None:
    """The file system fails under a run that trains: from then on it can only be read."""
    with training(place) as process:
        mounts.call("mount", "-o", "remount,abort", place)
        _, words = process.communicate(timeout=SECONDS)
    amid = "Input/output error"  # what a write that was under way is told; a later one hears the other
    return fault((process.returncode, words), amid if amid in words else "Read-only file system")


DISKS = {  # by what is said of it: what happens, and the options with which its file system is made
    "a full disk": (full, []),
    "no inodes left": (no_inodes, ["-N", INODES]),
    "a disk that can only be read": (read_only, []),
    "a disk that goes bad": (goes_bad, []),
}


def soak(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Each disk: what it is, and what was wrong with the end; None: nothing."""
    for number, (what, (happens, options)) in enumerate(DISKS.items()):
        image = folder / f"disk-{number}.img"
        mounts.make(image, "ext4", *options)
        with mounts.mounted(image, "ext4") as place:
            yield what, happens(place)
        image.unlink()


def two(folder: Path) -> str | None:
    """Two processes that want one folder: the second is refused and changes nothing, the first trains on."""
    with training(folder) as first:
        wrong = fault(refusal(folder, "--resume"), "is open in another process")
        if first.poll() is not None:
            return "the first has ended"
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=SECONDS)
    return wrong or trained.look(folder / NAME).fault
