"""Lock a run, so that only one process at a time may write to it.

The lock is an operating system lock on the folder. The system releases it when the
process ends, even if it is killed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from gan.base.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter

LOCK_SECONDS = 10.0  # long enough for the previous process to finish saving


@contextmanager
def held(run: Run) -> Iterator[RunWriter]:
    """Lock a run during a `with` block, and delete files left by killed processes.

    Raises
    ------
    InputError
        If another process still holds the lock after `LOCK_SECONDS`, or if the folder
        cannot be locked, because it is not writable or its file system does not support
        locks.
    """
    with _locked(run, LOCK_SECONDS) as waited:
        for half_written in [*run.path.glob(".*.part"), *run.images.glob(".*.part")]:
            half_written.unlink(missing_ok=True)
        yield RunWriter(run.path, run.config, waited)


class HeldElsewhere(InputError):
    """Raised if another process holds the lock."""


def is_held_elsewhere(run: Run) -> bool:
    """Return whether another process holds the lock.

    Return False if the folder cannot be locked for another reason.
    """
    try:
        refuse_if_locked(run)
    except InputError as error:
        return isinstance(error, HeldElsewhere)
    return False


def is_unlocked(run: Run) -> bool:
    """Return whether this process could lock the run now."""
    with suppress(InputError):
        refuse_if_locked(run)
        return True
    return False


def refuse_if_locked(run: Run) -> None:
    """Raise InputError with the reason if this process could not lock the run now."""
    with _locked(run, 0):
        pass


@contextmanager
def _locked(run: Run, patience: float) -> Iterator[bool]:
    """Lock a run, waiting up to `patience` seconds; yield whether it had to wait."""
    # A soft lock is only a file, which would remain if this process were killed.
    lock = FileLock(run.path / ".lock", fallback_to_soft=False)
    try:
        with suppress(Timeout):
            lock.acquire(blocking=False)
        if waited := not lock.is_locked:
            lock.acquire(timeout=patience)
    except Timeout as error:
        raise HeldElsewhere(
            f"{run.path}: is open in another process, such as a server or a training; "
            "end that process first",
            "out",
        ) from error
    except OSError as error:
        raise InputError(
            f"{run.path}: expected a folder that can be locked, "
            f"received {error.strerror}; choose another",
            "out",
        ) from error
    try:
        yield waited
    finally:
        lock.release()
