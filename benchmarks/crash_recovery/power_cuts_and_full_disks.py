"""Cut the power of a disk while a run trains on it, and fill a disk.

The disk is a file system in a file, mounted as a loop device. Like a disk after a power
cut, the file contains the data written to the device, but not the data still in memory.
To simulate a power cut, the benchmark pauses the training process at a random moment
and copies the file. It repeats the copy if the file has changed in the meantime.
Mounting the copy replays its journal.
"""

import filecmp
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.crash_recovery import small_run
from benchmarks.crash_recovery.small_run import NAME, Line, command
from benchmarks.run_programs import ROOT
from gan.base.errors import InputError

LONGEST = 1.5  # maximum number of seconds between power cuts
# Free bytes at the start of training: enough for two checkpoints and a few pictures
ROOM = 600_000
SECONDS = 300.0  # timeout; filling the disk takes less
SAVE_SECONDS = 0.2  # five checkpoints per second
NO_SPACE = "No space left on device"


def call(*words: str | Path) -> None:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")


def make_disk(folder: Path) -> Path:
    """Create an empty file system in a file, and return the file's path.

    Raise InputError or OSError if this machine cannot mount one.
    """
    image = folder / "disk.img"
    image.unlink(missing_ok=True)
    call("truncate", "-s", "64M", image)
    call("mkfs.ext4", "-q", image)
    with mounted(image):
        return image


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    with TemporaryDirectory(dir=image.parent) as place:
        call("mount", "-t", "ext4", "-o", "loop", image, place)
        try:
            yield Path(place)
        finally:
            call("umount", place)


# Power cuts


def cut_power(
    count: int, image: Path, rng: random.Random, options: Sequence[str] = ()
) -> Iterator[Line]:
    """Train one run, cut its power `count` times, and yield what was lost.

    The options are for `small_run`.
    """
    lost = 0
    with mounted(image) as place:
        module = "benchmarks.crash_recovery.small_run"
        words = [sys.executable, "-m", module, str(place / NAME), *options]
        reports = image.with_name("reports.txt")
        with (
            reports.open("wb") as file,
            subprocess.Popen(words, stdout=file, cwd=ROOT) as process,
        ):
            try:
                for _ in range(count):
                    time.sleep(rng.random() * LONGEST)
                    if fault := cut(image, process, reports):
                        lost += 1
                        yield fault, False
            finally:
                process.kill()
    yield (
        f"power cuts: {lost} of {count} lost something that was reported as saved",
        lost == 0,
    )


def last_saved(process: subprocess.Popen[bytes], reports: Path) -> int:
    """Return the iteration that the training process last reported as saved.

    Wait for its first report.
    """
    while process.poll() is None:
        if lines := reports.read_text("utf-8").splitlines():
            return int(lines[-1].removeprefix("saved "))
        time.sleep(0.05)
    raise InputError("the training process has ended")


def cut(image: Path, process: subprocess.Popen[bytes], reports: Path) -> str | None:
    """Simulate one power cut. Describe in one line what was lost, or return None."""
    copy = image.with_name("copy.img")
    last_saved(process, reports)
    process.send_signal(signal.SIGSTOP)
    try:
        saved = last_saved(process, reports)
        while not filecmp.cmp(image, shutil.copyfile(image, copy), shallow=False):
            filecmp.clear_cache()
    finally:
        process.send_signal(signal.SIGCONT)
    with mounted(copy) as place:
        left = small_run.look(place / NAME)
    if left.fault or left.iteration < saved:
        fault = left.fault or "nothing else is wrong"
        return f"{saved} was saved, {left.iteration} is left: {fault}"
    return None


# A full disk


def fill_disk(image: Path) -> Iterator[Line]:
    """Train until the disk is full, then free space and continue."""
    with mounted(image) as place:
        ballast = place / "ballast"
        with suppress(OSError):
            ballast.write_bytes(bytes(1 << 26))  # more than the disk holds
        os.truncate(ballast, ballast.stat().st_size - ROOM)
        words = command(place, SAVE_SECONDS, resume=False)
        done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
        ballast.unlink()
        wrong = refusal_fault(done.returncode, done.stderr) or continuation_fault(place)
    result = wrong or "exit code 2, one sentence, the last checkpoint complete"
    yield f"a full disk: {result}", wrong is None


def refusal_fault(code: int, messages: str) -> str | None:
    """Return how training on a full disk failed to end properly, or None.

    It should end with exit code 2 and one line that gives the reason.
    """
    lines = [line for line in messages.splitlines() if NO_SPACE in line]
    if code == 2 and len(lines) == 1 and "Traceback" not in messages:
        return None
    return (
        f"expected exit code 2 and one line with {NO_SPACE!r}, received {code} and: "
        f"{messages.strip()}"
    )


def continuation_fault(place: Path) -> str | None:
    """Resume a run. Return what went wrong, or None if it was complete and went on."""
    run = place / NAME
    left = small_run.look(run)
    if left.fault:
        return left.fault
    with subprocess.Popen(
        command(place, SAVE_SECONDS, resume=True), stderr=subprocess.PIPE, text=True
    ) as process:
        small_run.wait_for_training(process, run)
        process.send_signal(signal.SIGTERM)
        _, messages = process.communicate(timeout=SECONDS)
    after = small_run.look(run)
    if process.returncode != 130 or after.fault or after.iteration <= left.iteration:
        return f"did not continue: {after.fault or messages.strip()}"
    return None
