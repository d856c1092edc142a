"""benchmarks/crash_recovery detects lost data. `make soak` runs the full soak, and CI a short version of it."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.crash_recovery import damage, full_disks, kills, loop_devices, power_cuts, small_run
from benchmarks.crash_recovery.__main__ import PARTS, main
from benchmarks.programs import ROOT
from gan.errors import InputError
from gan.runs.run import Run
from nnet import weights
from tests.helpers.commands import wait_for


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return the soak's run after 45 iterations, with a checkpoint at iteration 42."""
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


def test_random_damage_to_a_checkpoint_is_detected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["damage", "--count", "200"]) == 0
    assert capsys.readouterr().out.startswith("good: damaged checkpoints: {'detected': 200}")


def test_undetected_damage_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_digest", lambda arrays, texts: "always the same")
    assert damage.outcomes(100, tmp_path, random.Random(0))["missed"] > 5


ENDS = [(2, "A\nfull\nB", True), (1, "full", False), (2, "full\nfull", False), (2, "Traceback: full", False)]


@pytest.mark.parametrize(("code", "message", "good"), ENDS)
def test_exit_code_2_with_one_sentence_is_no_fault(code: int, message: str, good: bool) -> None:
    assert (full_disks.fault((code, message), "full") is None) == good


def test_unmountable_disks_are_skipped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(loop_devices, "why_not", lambda kind, folder: f"no {kind} here")
    assert main(["cuts", "full"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "cuts on ext4: skipped, no ext4 here",
        "cuts on xfs: skipped, no xfs here",
        "full disks: skipped, no ext4 here",
    ]


def test_the_training_process_reports_its_saves(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.crash_recovery.small_run", str(tmp_path / "run"), "5"]
    reports = tmp_path / "reports"
    with reports.open("wb") as file, subprocess.Popen(command, stdout=file, cwd=ROOT) as process:
        first = power_cuts.last_saved(process, reports)
        wait_for(lambda: power_cuts.last_saved(process, reports) != first, "a second save")
        process.kill()
    with pytest.raises(InputError, match="has ended"):
        power_cuts.last_saved(process, reports)
    begin, *_, last = reports.read_text().splitlines()
    assert begin == "saved 0"
    assert small_run.look(tmp_path / "run").iteration >= int(last.removeprefix("saved ")) > first


def test_lost_data_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def soak(count: int, folder: Path, rng: random.Random) -> Iterator[small_run.Line]:
        yield f"{count} kills", count == 5

    monkeypatch.setitem(PARTS, "kills", (soak, 200, 5))
    for options, expected in (([], 1), (["--quick"], 0), (["--count", "7"], 1)):
        assert main(["kills", *options]) == expected
    assert capsys.readouterr().out.splitlines() == ["BAD: 200 kills", "good: 5 kills", "BAD: 7 kills"]
