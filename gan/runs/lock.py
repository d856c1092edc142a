"""A lock on a folder, so that two processes never write into the same run.

The operating system holds it, and lets go of it when the process ends, however it ends: a kill leaves nothing behind
that someone would have to clear away.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RETRY_SECONDS = 0.1


def _try_lock(file: BufferedWriter) -> bool:
    """Whether the lock could be had. OSError where the file system knows no locks."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # how Linux and macOS say that another has it, and how Windows does
        return False
    return True


@contextmanager
def hold(folder: Path, patience: float) -> Iterator[bool]:
    """Lock a folder for this process, within the block.

    Parameters
    ----------
    folder : Path
        It gets a file `.lock`, which stays and means nothing by itself.
    patience : float
        Seconds to wait for a process that has the lock.

    Yields
    ------
    bool : False if another process has the lock still

    Raises
    ------
    OSError : the folder cannot be written, or its file system knows no locks.
    """
    deadline = time.monotonic() + patience
    with (folder / ".lock").open("ab") as file:  # closing it lets go of the lock
        while not (held := _try_lock(file)) and time.monotonic() < deadline:
            time.sleep(RETRY_SECONDS)
        yield held
