"""File systems in a file, mounted by a loop device: for root on Linux alone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gan.errors import InputError

SIZES = {"ext4": "64M", "xfs": "320M"}  # XFS makes none below 300 MB
PACKAGES = {"ext4": "e2fsprogs", "xfs": "xfsprogs"}
# A copy has the identity of the original, which is still mounted.
OPTIONS = {"ext4": "loop", "xfs": "loop,nouuid"}


def why_not(kind: str, folder: Path) -> str | None:
    """Why such file systems cannot be mounted here, which is tried in the folder; None: they can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "loop mounts need root on Linux"
    if shutil.which(f"mkfs.{kind}") is None:
        return f"no mkfs.{kind} was found (Debian: apt-get install {PACKAGES[kind]})"
    image = folder / f"try-{kind}.img"
    try:
        make(image, kind)
        with mounted(image, kind):
            return None
    except InputError as error:  # such as a container without the right to mount
        return str(error)
    finally:
        image.unlink(missing_ok=True)


def call(*words: str | Path) -> None:
    """Run a command of the system; InputError with what it says if it fails."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")


def make(image: Path, kind: str, *options: str) -> None:
    """Make a file system in a file."""
    call("truncate", "-s", SIZES[kind], image)
    call(f"mkfs.{kind}", "-q", *options, image)


@contextmanager
def mounted(image: Path, kind: str) -> Iterator[Path]:
    """Within this block it is mounted at the folder that this gives."""
    place = image.with_suffix(".mounted")
    place.mkdir()
    try:
        call("mount", "-t", kind, "-o", OPTIONS[kind], image, place)
        try:
            yield place
        finally:
            call("umount", place)
    finally:
        place.rmdir()
