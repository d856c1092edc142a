"""Replace files atomically: readers never see half a file, even if the program is killed while it writes."""

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
        if error.filename and str(error.filename) != str(part):
            raise
        raise OSError(error.errno or errno.EIO, error.strerror or str(error), str(path)) from error
    finally:
        part.unlink(missing_ok=True)
