"""Whether a run's folder still is the one that was opened: somebody may delete, move or exchange it meanwhile."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
