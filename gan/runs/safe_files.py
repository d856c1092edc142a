"""A run's own files are plain ones that lie in its folder: what else is there is not read, and not written over.

A run may come from anywhere. A link in it would have a page show any file of this machine as a picture of the run, or
training write over one; a pipe would never end, and what is large without end would fill the memory.

Whether a run's folder still is the one that was opened: somebody may delete, move or exchange it meanwhile.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gan.errors import InputError


def is_plain(file: Path) -> bool:
    """Whether a plain file lies there: no link, folder, pipe or device, and nothing that cannot be looked at."""
    try:
        return stat.S_ISREG(os.lstat(file).st_mode)
    except (OSError, ValueError):
        return False


def refuse_links(folder: Path) -> None:
    """InputError if anything that lies directly in a folder is a link; OSError where it cannot be looked into."""
    with os.scandir(folder) as entries:
        links = sorted(entry.name for entry in entries if entry.is_symlink())
    if links:
        raise InputError(
            f"{folder / links[0]}: expected a file of the run, found a link, which is not followed; put the file there",
            "out",
        )


def read_plain(file: Path, most: int) -> bytes:
    """What a plain file holds.

    Raises
    ------
    OSError
        Where there is none, it cannot be read, is none, or holds more than so many bytes.
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
    """What tells a folder from every other that is there at the same time, whatever their names; None: none is there.

    A system may give a new folder the number of one that was deleted, but not while a process has that one open.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def opened(path: Path) -> Iterator[Callable[[], None]]:
    """Within this block, what this gives can be called: it raises OSError if `path` is another folder by then, or none.

    Raises
    ------
    OSError : there is no such folder.
    """
    # Windows opens no folders; but there one that holds an open file, the lock, cannot be moved or deleted.
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
