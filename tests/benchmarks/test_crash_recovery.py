"""benchmarks/crash_recovery detects lost data.

`make soak` runs all of it, and CI a short version.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.crash_recovery import (
    __main__,
    kills,
    power_cuts_and_full_disks,
    small_run,
)
from benchmarks.run_programs import ROOT
from gan.base.errors import InputError
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


def test_a_complete_run_has_no_fault_and_equals_uninterrupted_training(
    run: Run,
) -> None:
    assert small_run.look(run.path) == small_run.Found(42)
    assert run.pictures()[-1] == 40
    assert run.metrics()[-1]["iteration"] == 40
    assert kills.equals_uninterrupted(run.path)
    config = (run.path / "config.json").read_text()
    (run.path / "config.json").write_text(config.replace('"seed": 0', '"seed": 1'))
    assert not kills.equals_uninterrupted(run.path)


def test_missing_files_are_noticed(run: Run) -> None:
    small_run.look(run.path)
    run.picture_path(8).write_bytes(b"")
    assert "8.png: expected a picture of a run" in str(small_run.look(run.path).fault)
    run.metrics_file.write_text('{"iteration": 20}\n\0\0\0')
    assert small_run.look(run.path).fault == "metrics: 1 lines up to iteration 42"
    run.checkpoint.write_bytes(b"")
    assert "went back to the checkpoint before it, of iteration 30" in str(
        small_run.look(run.path).fault
    )
    run.checkpoint.unlink()
    assert small_run.look(run.path).iteration == -1


def test_a_full_disk_needs_exit_code_2_and_one_sentence() -> None:
    full = power_cuts_and_full_disks.NO_SPACE
    assert power_cuts_and_full_disks.refusal_fault(2, f"A\n{full}\nB") is None
    for code, messages in (
        (1, full),
        (2, f"{full}\n{full}"),
        (2, f"Traceback: {full}"),
    ):
        assert power_cuts_and_full_disks.refusal_fault(code, messages)


def test_the_training_process_reports_its_saves(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks.crash_recovery.small_run",
        str(tmp_path / "run"),
    ]
    reports = tmp_path / "reports"
    with (
        reports.open("wb") as file,
        subprocess.Popen(command, stdout=file, cwd=ROOT) as process,
    ):
        first = power_cuts_and_full_disks.last_saved(process, reports)
        wait_for(
            lambda: power_cuts_and_full_disks.last_saved(process, reports) != first,
            "a second save",
        )
        process.kill()
    with pytest.raises(InputError, match="has ended"):
        power_cuts_and_full_disks.last_saved(process, reports)
    begin, *_, last = reports.read_text().splitlines()
    assert begin == "saved 0"
    newest = int(last.removeprefix("saved "))
    assert newest > first
    assert small_run.look(tmp_path / "run").iteration >= newest


def test_lost_data_gives_exit_code_1_and_unmountable_disks_are_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def kill_repeatedly(count: int, *_: object) -> Iterator[small_run.Line]:
        yield f"{count} kills", count == 5

    monkeypatch.setattr(kills, "kill_repeatedly", kill_repeatedly)
    monkeypatch.setenv("PATH", str(tmp_path))  # without mkfs
    assert __main__.main(["--quick"]) == 0
    assert __main__.main([]) == 1
    good, skipped, bad, _ = capsys.readouterr().out.splitlines()
    assert good == "good: 5 kills"
    assert bad == "BAD: 200 kills"
    assert skipped.startswith(
        "power cuts and a full disk: skipped; expected root on Linux with e2fsprogs, "
        "received"
    )
