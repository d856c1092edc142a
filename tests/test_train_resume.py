"""Which runs and settings `train.py --resume` goes on with."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import train
from gan.config import preset
from gan.runs.run import Run


def test_a_resumed_run_keeps_what_is_not_asked_for(tmp_path: Path) -> None:
    Run.create(tmp_path / "digit-3", preset(3, seed=5, iterations=300, batch=16))
    arguments = ["--digits", "3", "--out", str(tmp_path), "--resume", "--iterations", "400"]
    (kept,) = train.configs_of(train.build_parser().parse_args(arguments))
    assert (kept.seed, kept.batch, kept.iterations) == (5, 16, 400)


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """train.main sets one for SIGTERM; it is put back."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


def test_resume_goes_on_with_the_runs_that_are_there_and_begins_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(["--out", str(tmp_path), "--resume"]) == 2
    assert "expected runs to go on with, found none" in capsys.readouterr().err
    for digit in (7, 3):
        Run.create(tmp_path / f"digit-{digit}", preset(digit, iterations=30))
    Run.create(tmp_path / "all-digits", preset(None, iterations=None))  # the page's
    arguments = train.build_parser().parse_args(["--out", str(tmp_path), "--resume"])
    assert [(config.digit, config.iterations) for config in train.configs_of(arguments)] == [(3, 30), (7, 30)]
    assert train.main(["--digits", "5", "--out", str(tmp_path), "--resume"]) == 2
    assert "digit-5: expected the folder of a run" in capsys.readouterr().err
    assert not (tmp_path / "digit-5").exists()


def test_stopped_before_there_is_a_run_the_same_command_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Path | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "load", interrupted)
    assert train.main(["--digits", "3", "--out", str(tmp_path)]) == 130
    said = capsys.readouterr().err
    assert said.endswith(f"Start again with: python train.py --digits 3 --out {tmp_path}\n")
    assert not list(tmp_path.iterdir())
