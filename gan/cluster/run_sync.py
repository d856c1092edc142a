"""A run's folder on another machine, copied here as it grows; and what a run needs to go on there.

A copy is a run that can go on, too, whenever it is cut short. The checkpoint is read first, so that all else is at
least as new, and written last, so that all that came before it is there.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gan.runs.run import Run
from nnet.durable_write import lasting

Stamp = tuple[int, int, int]  # of a file: when it was written, its bytes, its number on the disk; another has another
Files = dict[str, bytes]  # by their names within the folder, with "/"


def files_of(folder: Path) -> Iterator[Path]:
    """The files of a run, not the lock, nor what is half written; the checkpoints first.

    The others are looked for when these have been taken: a picture that a checkpoint follows is among them.
    """
    yield from _there(folder.glob("checkpoint*"))
    yield from _there(path for path in [*folder.glob("*"), *folder.glob("images/*")] if not _is_checkpoint(path))


def _there(paths: Iterable[Path]) -> list[Path]:
    files = [path for path in paths if path.is_file() and not path.name.startswith(".")]
    return sorted(files, key=lambda path: path.name)


def _is_checkpoint(path: Path) -> bool:
    return path.name.startswith("checkpoint")


def stamps(folder: Path) -> dict[str, Stamp]:
    """What is in a folder, and how new."""
    return {path.relative_to(folder).as_posix(): _stamp(path) for path in files_of(folder)}


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def changed(folder: Path, have: Mapping[str, Stamp]) -> tuple[Files, dict[str, Stamp]]:
    """The files of a folder that are not those which somebody has, and how new they are."""
    files, news = Files(), dict[str, Stamp]()
    for path in files_of(folder):
        name = path.relative_to(folder).as_posix()
        try:
            stamp = _stamp(path)  # before reading: what is replaced meanwhile is new once more
            if have.get(name) != stamp:
                files[name], news[name] = path.read_bytes(), stamp
        except FileNotFoundError:  # renamed since it was listed
            continue
    return files, news


def keep(folder: Path, files: Files) -> None:
    """Write files into a run's folder, the checkpoint last; each outlasts a power cut. OSError where that cannot be.

    Where there is no checkpoint yet, it comes first: a run with pictures and without one cannot go on.
    """
    (folder / "images").mkdir(exist_ok=True)
    for name in reversed(files) if any(folder.glob("checkpoint*")) else files:
        with lasting(folder / name) as beside:
            beside.write_bytes(files[name])


def to_go_on(run: Run) -> Files:
    """What another machine needs to go on with a run: all but its pictures.

    The first is among it, the untrained one, whose absence is how a run sees that it is new.
    """
    first = {run.picture_path(iteration) for iteration in run.pictures()[:1]}
    wanted = [path for path in files_of(run.path) if path.parent == run.path or path in first]
    return {path.relative_to(run.path).as_posix(): path.read_bytes() for path in wanted}
