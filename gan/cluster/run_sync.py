"""Copy a run's folder from another machine while the run trains.

A run can resume even from an incomplete copy. On the machine that trains, the
checkpoint is read first, so that all other files are at least as new. On the other
machine, it is written last, after the files that belong to it.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gan.runs.run import Run
from nnet.durable_write import durably_replacing

# Identifies a version of a file: modification time in ns, size in bytes, inode.
Stamp = tuple[int, int, int]
# Content by the path relative to the folder, with "/" as separator.
Files = dict[str, bytes]


def files_of(folder: Path) -> Iterator[Path]:
    """Yield the files in a run's folder, checkpoints first.

    Locks and temporary files are left out. The other files are listed only after the
    caller has read the checkpoints, so they include all pictures that are older than a
    checkpoint.
    """
    yield from _existing(folder.glob("checkpoint*"))
    others = [*folder.glob("*"), *folder.glob("images/*")]
    yield from _existing(
        path for path in others if not path.name.startswith("checkpoint")
    )


def _existing(paths: Iterable[Path]) -> list[Path]:
    files = [path for path in paths if path.is_file() and not path.name.startswith(".")]
    return sorted(files, key=lambda path: path.name)


def changed_files(
    folder: Path, have: Mapping[str, Stamp]
) -> tuple[Files, dict[str, Stamp]]:
    """Return the files that differ from those already copied, and their stamps."""
    files = Files()
    new = dict[str, Stamp]()
    for path in files_of(folder):
        name = path.relative_to(folder).as_posix()
        try:
            # Take the stamp before reading. If the file is replaced meanwhile, it is
            # read again next time.
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if have.get(name) != stamp:
                files[name] = path.read_bytes()
                new[name] = stamp
        except FileNotFoundError:  # the file was renamed since it was listed
            continue
    return files, new


def write_files(folder: Path, files: Files) -> None:
    """Write files durably into a run's folder, the checkpoint last.

    Raise OSError if that fails.

    If the folder has no checkpoint yet, the checkpoint is written first, because a run
    with pictures but no checkpoint cannot resume.
    """
    (folder / "images").mkdir(exist_ok=True)
    has_checkpoint = any(folder.glob("checkpoint*"))
    for name in reversed(files) if has_checkpoint else files:
        with durably_replacing(folder / name) as part:
            part.write_bytes(files[name])


def resume_files(run: Run) -> Files:
    """Return the files that another machine needs to resume a run.

    These are all files except the pictures and their evaluations. The first, untrained
    picture is included, because a run without pictures counts as new.
    """
    first = {run.picture_path(iteration) for iteration in run.pictures()[:1]}
    return {
        path.relative_to(run.path).as_posix(): path.read_bytes()
        for path in files_of(run.path)
        if path.parent == run.path or path in first
    }
