"""Open files and create folders that the user names. Errors say which name is wrong."""

import os
from pathlib import Path
from typing import BinaryIO

from gan.base.errors import InputError

CHECK = "check its name and its permissions"


def open_regular(path: Path, field: str | None = None, remedy: str = CHECK) -> BinaryIO:
    """Open a regular file to read it.

    Raise InputError, which ends with the remedy, if that is not possible. Reading from
    a pipe or a device could wait forever.
    """
    try:
        if path.exists() and not path.is_file():
            raise OSError(None, "it is not a regular file")
        return path.open("rb")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}; {remedy}", field
        ) from error


def refuse_other_file(folder: Path) -> None:
    """Raise InputError if a path, or one above it, exists but is not a folder."""
    for part in reversed([folder, *folder.parents]):
        if os.path.lexists(part) and not os.path.isdir(part):
            kind = "a link to no folder" if os.path.islink(part) else "a file"
            raise InputError(
                f"{folder}: expected a folder, found {kind}, {part}; "
                "choose another name",
                "out",
            )
