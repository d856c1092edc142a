"""Safe access to a run's files: only regular files of the run's own folder are read or replaced.

A run may come from anywhere. A symlink in it could make a page show any file of this machine, or make training write
over one; reading a pipe would never end, and a huge file would fill the memory. `opened` detects that a run's folder
was deleted, moved or replaced while it is open.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gan.errors import InputError


def is_regular_file(file: Path) -> bool:
    """Return whether the path is a regular file: not a link, folder, pipe or device, and accessible."""
    try:
        return stat.S_ISREG(os.lstat(file).st_mode)
    except (OSError, ValueError):
        return False


def refuse_symlinks(folder: Path) -> None:
    """Raise InputError if a direct entry of the folder is a symlink; OSError if it cannot be listed."""
    with os.scandir(folder) as entries:
        links = sorted(entry.name for entry in entries if entry.is_symlink())
    if links:
        raise InputError(
            f"{folder / links[0]}: expected a file of the run, found a link, which is not followed; put the file there",
            "out",
        )


def read_regular_file(file: Path, most: int) -> bytes:
    """Read a regular file.

    Raises
    ------
    OSError
        If it does not exist, cannot be read, is not a regular file, or holds more than `most` bytes.
    """
    number = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(number, "rb") as opened:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(None, "it is no plain file", str(file))
        content = opened.read(most + 1)
    if len(content) > most:
        raise OSError(None, f"it holds more than {most:,} bytes", str(file))
    return content


Identity = tuple[int, int]


def identity(path: Path) -> Identity | None:
    """Return what distinguishes a folder from all others that exist at the same time, or None if it does not exist.

    The system may reuse the number of a deleted folder, but not while a process has that folder open.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def opened(path: Path) -> Iterator[Callable[[], None]]:
    """Yield a check that raises OSError if `path` no longer is the folder it was at the start of the block.

    Raises
    ------
    OSError : there is no such folder.
    """
    # Windows cannot open folders, but does not move or delete one that contains an open file (the lock).
    number = os.open(path, os.O_RDONLY) if os.name != "nt" else None
    before = identity(path)

    def check() -> None:
        if identity(path) != before:
            words = "it was deleted, moved or exchanged since it was opened; put it back to go on, or make a new run"
            raise OSError(errno.ESTALE, words, str(path))

    try:
        yield check
    finally:
        if number is not None:
            os.close(number)
