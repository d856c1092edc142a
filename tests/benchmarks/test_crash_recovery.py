"""benchmarks/crash_recovery detects lost data. `make soak` runs all of it, and CI a short version."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.crash_recovery import disks, kills, small_run
from benchmarks.programs import ROOT
from gan.errors import InputError
from gan.runs.run import Run
from tests.helpers.commands import wait_for


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return the run after 45 iterations, with a checkpoint at iteration 42."""
    with closing(small_run.train(tmp_path / "digit-3")) as training:
        for iteration, session in zip(range(46), training, strict=False):
            if iteration in (30, 42):
                session.save()
    return session.files


def test_a_complete_run_has_no_fault_and_equals_uninterrupted_training(run: Run) -> None:
    assert small_run.look(run.path) == small_run.Found(42)
    assert (run.pictures()[-1], run.metrics()[-1]["iteration"]) == (40, 40)
    assert kills.equals_uninterrupted(run.path)
    config = (run.path / "config.json").read_text()
    (run.path / "config.json").write_text(config.replace('"seed": 0', '"seed": 1'))
    assert not kills.equals_uninterrupted(run.path)


def test_missing_files_are_noticed(run: Run) -> None:
    small_run.look(run.path)
    run.picture_path(8).write_bytes(b"")
    assert "8.png: expected a picture of a run" in str(small_run.look(run.path).fault)
    run.metrics_file.write_text('{"iteration": 20}\n\0\0\0\n')
    assert small_run.look(run.path).fault == "metrics: 1 lines up to iteration 42"
    run.checkpoint.write_bytes(b"")
    assert "went back to the checkpoint before it, of iteration 30" in str(small_run.look(run.path).fault)
    run.checkpoint.unlink()
    assert small_run.look(run.path).iteration == -1


def test_the_training_process_reports_its_saves(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.crash_recovery.small_run", str(tmp_path / "run")]
    reports = tmp_path / "reports"
    with reports.open("wb") as file, subprocess.Popen(command, stdout=file, cwd=ROOT) as process:
        first = disks.last_saved(process, reports)
        wait_for(lambda: disks.last_saved(process, reports) != first, "a second save")
        process.kill()
    with pytest.raises(InputError, match="has ended"):
        disks.last_saved(process, reports)
    begin, *_, last = reports.read_text().splitlines()
    assert begin == "saved 0"
    assert small_run.look(tmp_path / "run").iteration >= int(last.removeprefix("saved ")) > first
