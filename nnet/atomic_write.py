"""Files that are replaced as a whole or not at all: readers and a killed program never leave half a file."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to `path` after the block.

    If the block raises an exception, the old file stays intact and the temporary file is deleted.

    Raises
    ------
    OSError
        If the folder is not writable or the disk is full. It names the file.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        if error.filename:
            raise
        raise OSError(error.errno or errno.EIO, error.strerror or str(error), str(path)) from error  # a full disk
    finally:
        part.unlink(missing_ok=True)
