"""Files that outlast a power cut.

A rename alone (nnet/durable_write.py) does not: the system may bring the new name to the disk before the content, and either up
to half a minute later. Here the content is on the disk before the name, and the name before the block ends. What that
costs: `python -m benchmarks.soak save`. What is promised of a run: docs/reliability.md.

How a file is written: beside its final name, then renamed, so that nobody reads half of one.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lasting(path: Path, former: Path | None = None) -> Iterator[Path]:
    """As `replacing`, and after the block the file is on the disk.

    Parameters
    ----------
    path : Path
    former : Path, optional
        Where the old file is kept from then on, in the same folder, in place of what is there.

    Raises
    ------
    OSError : the folder cannot be written. The old file is still whole, as `path` or as `former`.
    """
    with replacing(path) as beside:
        yield beside
        sync(beside)
        if former is not None and path.exists():
            os.replace(path, former)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk.

    Raises
    ------
    OSError : there is no such file, or the disk does not take it.
    """
    is_folder = path.is_dir()
    if is_folder and os.name == "nt":
        return  # Windows opens no folders, and brings names to the disk itself
    number = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(number)
    except OSError as error:
        if not (is_folder and error.errno in (errno.EINVAL, errno.ENOTSUP)):  # some file systems sync no folders: SMB
            raise
    finally:
        os.close(number)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, each with its name on the disk.

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
    """Within this block a file is written at the place this gives; after it, that file is `path`.

    If the block raises, the old file, if any, is still whole and what was written beside it is gone.

    Raises
    ------
    OSError : the folder cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
