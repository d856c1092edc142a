"""Atomic file writes, and writes that survive a power cut.

`replacing` writes a file under a temporary name and then renames it, so nobody reads half of one. A rename alone does
not survive a power cut: the system may store the new name before the content, and either of them up to half a minute
later. `durably_replacing` waits until the content is on the disk before the rename, and until the name is on the disk
before the block ends. `python -m benchmarks.soak save` measures what that costs; docs/reliability.md says what a run
guarantees.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def durably_replacing(path: Path, former: Path | None = None) -> Iterator[Path]:
    """Replace a file like `replacing`, and wait until it is on the disk.

    Parameters
    ----------
    path : Path
    former : Path, optional
        The old file is kept under this name in the same folder, in place of any file there.

    Raises
    ------
    OSError : the folder cannot be written. The old file is still whole, as `path` or as `former`.
    """
    with replacing(path) as part:
        yield part
        sync(part)
        if former is not None and path.exists():
            os.replace(path, former)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk.

    Raises
    ------
    OSError : the file does not exist, or the disk refuses it.
    """
    is_folder = path.is_dir()
    if is_folder and os.name == "nt":
        return  # Windows cannot open a folder, and stores names by itself
    number = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(number)
    except OSError as error:
        if not (is_folder and error.errno in (errno.EINVAL, errno.ENOTSUP)):  # SMB, for one, cannot sync folders
            raise
    finally:
        os.close(number)


def make_folder(path: Path) -> None:
    """Make a folder and its missing parents, each with its name on the disk.

    Raises
    ------
    OSError : one of them cannot be made, or is a file.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; after the block, rename it to `path`.

    If the block raises, the old file is still whole and the temporary file is deleted.

    Raises
    ------
    OSError : the folder cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
