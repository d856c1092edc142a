"""Test full, read-only and failing disks, disks without free inodes, and two processes that use the same folder.

In each case `train.py` must exit with code 2 and one sentence that gives the reason. The last checkpoint must be
complete, and training must continue from it once the disk is writable again.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.crash_recovery import loop_devices, small_run
from benchmarks.crash_recovery.small_run import NAME, START_SECONDS, Line, command, written

ROOM = 600_000  # free bytes on the disk when training starts, enough for two checkpoints and a few pictures
INODES = "40"  # on the disk that runs out of inodes; a new file system already uses eleven
SECONDS = 300.0  # timeout; filling a disk takes less
TRAINING_SECONDS = 2.0
SAVE_SECONDS = 0.2  # five checkpoints per second


@contextmanager
def training(folder: Path, *, resume: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Train for a while, run the block, then kill the process."""
    before, begun = written(folder / NAME), time.monotonic()
    with subprocess.Popen(command(folder, SAVE_SECONDS, resume=resume), stderr=subprocess.PIPE, text=True) as process:
        try:
            while written(folder / NAME) <= before and process.poll() is None:
                assert time.monotonic() - begun < START_SECONDS, "training did not begin"
                time.sleep(0.05)
            time.sleep(TRAINING_SECONDS)
            yield process
        finally:
            process.kill()


def refusal(folder: Path, *, resume: bool = False) -> tuple[int, str]:
    """Train until the process exits, and return its exit code and error messages."""
    words = command(folder, SAVE_SECONDS, resume=resume)
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stderr


def fault(ended: tuple[int, str], reason: str) -> str | None:
    """Return None if the process exited with code 2 and one line with the reason; otherwise what went wrong."""
    code, messages = ended
    lines = [line for line in messages.splitlines() if reason in line]
    if code == 2 and len(lines) == 1 and "Traceback" not in messages:
        return None
    return f"expected exit code 2 and one line with {reason!r}, received {code} and: {messages.strip()}"


def continues(folder: Path) -> str | None:
    """Return None if the run is complete up to its checkpoint and training continues from it; otherwise what failed."""
    left = small_run.look(folder / NAME)
    if left.fault:
        return left.fault
    with training(folder, resume=True) as process:
        process.send_signal(signal.SIGTERM)
        _, messages = process.communicate(timeout=SECONDS)
    after = small_run.look(folder / NAME)
    if process.returncode != 130 or after.fault or after.iteration <= left.iteration:
        return f"did not continue: {after.fault or messages.strip()}"
    return None


def full(place: Path) -> str | None:
    """Train on a nearly full disk until it is full, then free space and continue. Return what went wrong, or None."""
    ballast = place / "ballast"
    with suppress(OSError):
        ballast.write_bytes(bytes(1 << 26))  # more than the disk holds
    os.truncate(ballast, ballast.stat().st_size - ROOM)
    wrong = fault(refusal(place), "No space left on device")
    ballast.unlink()
    return wrong or continues(place)


def no_inodes(place: Path) -> str | None:
    """Train until no inodes are left. Return what went wrong, or None."""
    wrong = fault(refusal(place), "No space left on device")
    return wrong or small_run.look(place / NAME).fault


def read_only(place: Path) -> str | None:
    """Try to train on a disk that became read-only, then make it writable and continue. Return what failed, or None."""
    with training(place) as process:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
    loop_devices.call("mount", "-o", "remount,ro", place)
    wrong = fault(refusal(place, resume=True), "Read-only file system")
    loop_devices.call("mount", "-o", "remount,rw", place)
    return wrong or continues(place)


def fails(place: Path) -> str | None:
    """Abort the file system during training, which makes it read-only. Return what went wrong, or None."""
    with training(place) as process:
        loop_devices.call("mount", "-o", "remount,abort", place)
        _, messages = process.communicate(timeout=SECONDS)
    early = "Input/output error"  # the error of a write in progress; later writes get the other error
    return fault((process.returncode, messages), early if early in messages else "Read-only file system")


DISKS = {  # description: (test, options for mkfs)
    "a full disk": (full, []),
    "no inodes left": (no_inodes, ["-N", INODES]),
    "a read-only disk": (read_only, []),
    "a failing disk": (fails, []),
}


def soak(_: int, folder: Path, rng: random.Random) -> Iterator[Line]:
    if reason := loop_devices.why_not("ext4", folder):
        yield f"full disks: skipped, {reason}", None
        return
    for number, (what, (test, options)) in enumerate(DISKS.items()):
        image = folder / f"disk-{number}.img"
        loop_devices.make(image, "ext4", *options)
        with loop_devices.mounted(image, "ext4") as place:
            wrong = test(place)
        yield f"{what}: {wrong or 'exit code 2, one sentence, the last checkpoint complete'}", wrong is None
        image.unlink()


def two(_: int, folder: Path, rng: random.Random) -> Iterator[Line]:
    """Start a second process on the same folder. It must be refused and change nothing, while the first trains on."""
    with training(folder) as first:
        wrong = fault(refusal(folder, resume=True), "is open in another process")
        if first.poll() is not None:
            wrong = "the first process has ended"
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=SECONDS)
    wrong = wrong or small_run.look(folder / NAME).fault
    yield f"two processes on one folder: {wrong or 'the second is refused, the first trains on'}", wrong is None
