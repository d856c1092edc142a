"""The lock on a run's folder, between this process and another."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from gan.config import preset
from gan.errors import InputError
from gan.runs.lock import hold
from gan.runs.run import Run

HOLDER = """
import sys
from pathlib import Path
from gan.runs.lock import hold
with hold(Path(sys.argv[1]), 0) as held:
    print("held" if held else "refused", flush=True)
    sys.stdin.read()
"""


def other_process(folder: Path) -> subprocess.Popen[str]:
    """A process that holds the lock, if it can be had, until its input is closed."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_two_processes_never_hold_it_together(tmp_path: Path) -> None:
    with other_process(tmp_path) as first:
        assert said(first) == "held\n"
        for patience in (0, 0.25):
            with hold(tmp_path, patience) as held:
                assert not held
        first.kill()  # the system lets go of it
    with hold(tmp_path, 0) as held:
        assert held
        with other_process(tmp_path) as second:
            assert second.communicate()[0] == "refused\n"
    with hold(tmp_path, 0) as held:  # and so does the end of the block
        assert held


def test_a_run_that_is_being_trained_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan.runs.run.LOCK_SECONDS", 0.0)
    run = Run.create(tmp_path / "digit-3", preset(3))
    with other_process(run.path) as holder:
        assert said(holder) == "held\n"
        with pytest.raises(InputError, match="is being trained by another process") as caught, run.locked():
            pass
        assert caught.value.field == "out"
        holder.kill()
    with run.locked():
        pass


def test_locking_clears_away_what_a_killed_process_left(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "digit-3", preset(3))
    left = [run.path / ".checkpoint.safetensors.123.part", run.images / ".50.png.part"]
    for path in left:
        path.write_bytes(b"half")
    run.append_metrics({"iteration": 10})
    with run.locked():
        pass
    assert not any(path.exists() for path in left)
    assert run.metrics() == [{"iteration": 10}]


def test_a_file_system_without_locks_is_no_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    system = "msvcrt.locking" if sys.platform == "win32" else "fcntl.flock"
    monkeypatch.setattr(system, unknown)
    with pytest.raises(OSError, match="No locks available"), hold(tmp_path, 10):
        pass


def test_a_run_that_is_being_trained_keeps_its_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan.runs.run.LOCK_SECONDS", 0.0)
    run = Run.create(tmp_path / "digit-3", preset(3))
    with other_process(run.path) as holder:
        assert said(holder) == "held\n"
        with pytest.raises(InputError, match="is being trained by another process"):
            Run.resume(run.path, preset(3, iterations=9))
        assert Run.open(run.path).config == preset(3)
        assert Run.resume(run.path, preset(3)).config == preset(3)  # nothing to change, so the worker will say it
        holder.kill()
