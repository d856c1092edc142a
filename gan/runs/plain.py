"""A run's own files are plain ones that lie in its folder: what else is there is not read, and not written over.

A run may come from anywhere. A link in it would have a page show any file of this machine as a picture of the run, or
training write over one; a pipe would never end, and what is large without end would fill the memory.
"""

from __future__ import annotations

import os
import stat
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
