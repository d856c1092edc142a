"""gan/runs/terminal_output.py: the progress of several runs on the command line, as
bars and as log lines.
"""

from pathlib import Path
from unittest.mock import Mock

import pytest

from gan.runs import terminal_output
from gan.runs.messages import MetricsEvent, State, StateEvent
from gan.runs.run import Run
from gan.runs.terminal_output import Bars, Lines
from tests.helpers.fake_worker import tiny

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "digit-3", tiny(3, iterations=200))


def state(name: State, iteration: int) -> StateEvent:
    return {
        "type": "state",
        "state": name,
        "iteration": iteration,
        "target": 200,
        "data": "noise",
        "freeze_switches": [],
        "is_begun": True,
        "done": 1,
    }


def metrics(iteration: int) -> MetricsEvent:
    return {
        "type": "metrics",
        "iteration": iteration,
        "d_loss": 0.25,
        "g_loss": 1.5,
        "told_apart": 0.75,
        "penalty": 0.125,
        "d_change": 0.0,
        "learning_rate": 0.0007,
        "iterations_per_second": 2.0,
    }


LEFT = [
    (20, "2 min"),
    (80, "1 min"),
    (81, "less than a minute"),
    (200, "less than a minute"),
]


@pytest.mark.parametrize(("iteration", "left"), LEFT)
def test_a_log_has_the_losses_the_speed_and_the_time_left(
    run: Run, capsys: Capture, iteration: int, left: str
) -> None:
    Lines().show(run, metrics(iteration))
    numbers = "D loss 0.250, G loss 1.500, told apart 0.75, 2.0 it/s"
    assert (
        capsys.readouterr().err
        == f"digit-3: iteration {iteration} of 200, {numbers}, {left} left\n"
    )


def test_a_log_has_one_line_per_run_and_interval(
    run: Run,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(terminal_output, "time", Mock(monotonic=lambda: now[0]))
    lines = Lines()
    other = Run(tmp_path / "all-digits", tiny(None, iterations=200))
    for iteration in range(10, 40, 10):
        lines.show(run, metrics(iteration))
        lines.show(run, state("training", iteration))
        lines.show(other, metrics(iteration))
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("digit-3:")
    assert second.startswith("all-digits:")
    now[0] += terminal_output.LINE_SECONDS
    lines.show(run, metrics(40))
    assert "iteration 40 of 200" in capsys.readouterr().err


def test_a_log_shows_compiling_errors_and_the_end(run: Run, capsys: Capture) -> None:
    lines = Lines()
    for name in ("starting", "compiling", "idle"):
        lines.show(run, state(name, 0))
    lines.show(run, state("gone", 120))
    lines.show(run, {"type": "error", "message": "disk full"})
    lines.close()
    assert capsys.readouterr().err.splitlines() == [
        "digit-3: compiling the kernels, once",
        "digit-3: saved at iteration 120 of 200",
        "digit-3: disk full",
    ]


def test_a_bar_shows_the_progress_and_losses_of_its_run(
    run: Run, capsys: Capture
) -> None:
    bars = Bars()
    bars.show(run, {"type": "error", "message": "disk full"})  # before a bar exists
    bars.show(run, state("starting", 0))
    bars.show(run, state("compiling", 0))
    bars.show(run, {"type": "error", "message": "still full"})
    bars.show(run, {"type": "picture", "iteration": 0})
    printed = capsys.readouterr().err
    assert "compiling the kernels, once" in printed
    assert "digit-3: disk full\n" in printed
    assert "digit-3: still full\n" in printed
    bars.show(run, state("training", 0))
    bars.show(run, metrics(100))
    bars.show(run, state("training", 100))
    bar = bars.bars["digit-3"]
    assert bar.n == 100
    assert bar.total == 200
    text = str(bar)
    assert "digit-3" in text
    assert "D loss 0.250, G loss 1.500, told apart 0.75" in text
    assert "100/200" in text
    bars.show(run, state("gone", 200))
    assert bar.n == 200
    bars.close()
