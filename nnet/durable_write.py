"""Replace files so that readers never see half a file, even after a power cut.

`replacing` writes a file under a temporary name and then renames it, so even a killed
program leaves a complete file. A rename alone does not survive a power cut: the system
may store the new name before the content, and may take half a minute to store either.
`durably_replacing` waits until the content is on disk before it renames the file, and
until the name is on disk before the block ends. docs/reliability.md states the
guarantees. `patiently` renames and deletes files that others read at that moment.
"""

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

# Windows raises PermissionError for renaming or deleting a file that is open, and for
# opening one that is being renamed. A page reads a file, and a virus scanner checks it,
# in a fraction of this time.
BUSY_SECONDS = 2.5
RETRY_SECONDS = 0.01


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to `path` after the block.

    If the block raises an exception, the old file stays intact and the temporary file
    is deleted.

    Raises
    ------
    OSError
        If the folder is not writable or the disk is full. The error names the file.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        patiently(os.replace, part, path)
    except OSError as error:
        if error.filename and str(error.filename) != str(part):
            raise
        reason = error.strerror or str(error)
        raise OSError(error.errno or errno.EIO, reason, str(path)) from error
    finally:
        # A read-only file system raises OSError even if the file does not exist.
        with suppress(OSError):
            part.unlink()


@contextmanager
def durably_replacing(path: Path, former: Path | None = None) -> Iterator[Path]:
    """Replace a file like `replacing`, and wait until it is on disk.

    The old file is kept as `former`, a path in the same folder, if that is given. If
    the block or a sync fails, the old file is still intact, as `path` or as `former`.
    """
    with replacing(path) as part:
        yield part
        sync(part)
        if former is not None and path.exists():
            patiently(os.replace, path, former)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until the content of a file, or the list of names in a folder, is on disk.

    Raise OSError if that fails.
    """
    is_folder = path.is_dir()
    if is_folder and sys.platform == "win32":  # which opens no folder; NTFS has a log
        return
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems, such as SMB, cannot sync folders.
        if not (is_folder and error.errno in (errno.EINVAL, errno.ENOTSUP)):
            raise
    finally:
        os.close(descriptor)


def patiently(operation: Callable[..., Result], *arguments: object) -> Result:
    """Call an operation on files, and retry while Windows forbids it.

    Raise the operation's PermissionError after BUSY_SECONDS, and any other error and on
    other systems at once.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return operation(*arguments)
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() >= end:
                raise
        time.sleep(RETRY_SECONDS)


def make_folder(path: Path) -> None:
    """Create a folder and its missing parents, and wait until their names are on disk.

    Raise OSError if that fails.
    """
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync(folder.parent)
