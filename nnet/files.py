"""How a file is written: beside its final name, then renamed, so that nobody reads half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
