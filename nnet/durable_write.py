"""Replace files so that readers never see half a file, even after a power cut.

`replacing` writes a file under a temporary name and then renames it, so even a killed
program leaves a complete file. A rename alone does not survive a power cut: the system
may store the new name before the content, and may take half a minute to store either.
`durably_replacing` waits until the content is on disk before it renames the file, and
until the name is on disk before the block ends. docs/reliability.md states the
guarantees.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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
        os.replace(part, path)
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
            os.replace(path, former)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until the content of a file, or the list of names in a folder, is on disk.

    Raise OSError if that fails.
    """
    is_folder = path.is_dir()
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems, such as SMB, cannot sync folders.
        if not (is_folder and error.errno in (errno.EINVAL, errno.ENOTSUP)):
            raise
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Create a folder and its missing parents, and wait until their names are on disk.

    Raise OSError if that fails.
    """
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync(folder.parent)
