"""Create file systems in files and mount them as loop devices. This needs root on Linux."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gan.errors import InputError

SIZES = {"ext4": "64M", "xfs": "320M"}  # XFS needs at least 300 MB
# XFS needs nouuid, because a copy has the same UUID as the original, which is still mounted.
OPTIONS = {"ext4": "loop", "xfs": "loop,nouuid"}


def why_not(kind: str, folder: Path) -> str | None:
    """Try to mount a file system of this kind in the folder. Return the reason if it fails, or None."""
    image = folder / f"try-{kind}.img"  # deleted with the folder
    try:
        make(image, kind)
        with mounted(image, kind):
            return None
    except (InputError, OSError) as error:  # no permission to mount, or a missing program
        return f"expected root on Linux, with e2fsprogs and xfsprogs installed; received {error}"


def call(*words: str | Path) -> None:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")


def make(image: Path, kind: str, *options: str) -> None:
    call("truncate", "-s", SIZES[kind], image)
    call(f"mkfs.{kind}", "-q", *options, image)


@contextmanager
def mounted(image: Path, kind: str) -> Iterator[Path]:
    with TemporaryDirectory(dir=image.parent) as place:
        call("mount", "-t", kind, "-o", OPTIONS[kind], image, place)
        try:
            yield Path(place)
        finally:
            call("umount", place)
