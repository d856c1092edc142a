"""gan/runs/folder_lock.py: a lock excludes other processes."""

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from gan.base.errors import InputError
from gan.runs import folder_lock
from gan.runs.folder_lock import held, is_unlocked
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from tests.helpers.commands import first_line, started
from tests.helpers.fake_worker import tiny
from tests.helpers.workers import release_when_awaited

# For each line of its input, it tries to hold the run, and keeps it if it can.
HOLDER = """
import sys
from pathlib import Path
from gan.base.errors import InputError
from gan.runs import folder_lock
from gan.runs.run import Run
folder_lock.LOCK_SECONDS = 0
for line in sys.stdin:
    try:
        with folder_lock.held(Run.open(Path(sys.argv[1]))):
            print("held", flush=True)
            sys.stdin.read()
    except InputError:
        print("refused", flush=True)
"""


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", tiny(3))


def is_refused(run: Run) -> bool:
    try:
        with held(run):
            return False
    except InputError as error:
        return error.field == "out" and "is open in another process" in str(error)


def test_only_one_process_holds_a_run(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", HOLDER, str(run.path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with started(command, bufsize=1, **pipes) as other:
        assert other.stdin
        with held(run):
            other.stdin.write("\n")
            assert first_line(other) == "refused\n"
        other.stdin.write("\n")
        assert first_line(other) == "held\n"
        for seconds in (0.25, 0.0):
            monkeypatch.setattr(folder_lock, "LOCK_SECONDS", seconds)
            assert is_refused(run)
        assert not is_unlocked(run)
    # Killing the other process released its lock.
    with held(run):
        pass
    assert not is_refused(run), "the lock is released after the block"
    with pytest.raises(ZeroDivisionError), held(run):
        raise ZeroDivisionError
    assert is_unlocked(run), "the lock is released after an error"


def test_held_waits_briefly_for_the_lock(
    run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = FileLock(run.path / ".lock", thread_local=False)
    lock.acquire()
    release_when_awaited(lock, monkeypatch)
    assert not is_refused(run)


def test_held_deletes_incomplete_files(run: RunWriter) -> None:
    left = [
        run.path / ".checkpoint.safetensors.123.part",
        run.images / ".50.png.123.part",
        run.images / ".5.png.part",
    ]
    for path in left:
        path.write_bytes(b"half")
    run.append_metrics({"iteration": 10})
    with held(run):
        pass
    assert not any(path.exists() for path in left)
    assert run.metrics() == [{"iteration": 10}]
