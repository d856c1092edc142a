"""train.py: arguments select runs and settings, and an interrupted run resumes and ends
with the same bytes.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from gan.base.text import counted
from gan.commands import train
from gan.commands.train_arguments import build_parser, configs_of
from gan.data import load
from gan.rules.run_config import preset
from gan.runs.run import Run
from gan.runs.terminal_output import Lines
from nnet.threads import LEAST_SHARE
from tests.helpers.commands import (
    ROOT,
    TINY,
    advised_command,
    finish,
    start_train,
    wait_for,
)
from tests.helpers.paused_runs import FILE, hold
from tests.helpers.workers import Local

PAUSED_RUNS = ROOT / "tests" / "helpers" / "paused_runs.py"


Main = Callable[..., tuple[int, str]]


@pytest.fixture
def main(
    capsys: pytest.CaptureFixture[str],
    restore_signals: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Main:
    """Return a function that calls train.main with workers in threads; it returns the
    exit code and standard error.
    """
    monkeypatch.setattr("gan.runs.local_queue.Worker", Local)

    def call(*arguments: str) -> tuple[int, str]:
        code = train.main(arguments)
        return code, capsys.readouterr().err

    return call


def test_arguments_select_runs_and_settings() -> None:
    def configs(*arguments: str) -> list[int | None]:
        return [
            config.digit
            for config in configs_of(build_parser().parse_args(arguments), load())
        ]

    assert configs() == list(range(10))
    assert configs("--digits", "3", "3") == [3]
    assert configs("--digits", "any", "3", "any") == [None, 3]
    arguments = (
        "--digits 3 --no-freeze --bend --loss classic --batch 7 --seed 2 --iterations "
        "9 --learning-rate 0.5"
    )
    (config,) = configs_of(build_parser().parse_args(arguments.split()), load())
    assert config == preset(
        3,
        "classic",
        freeze=False,
        bend=True,
        batch=7,
        seed=2,
        iterations=9,
        learning_rate=0.5,
    )
    arguments = (
        "--digits any --latent 8 --channels 32 64 --hidden-generator "
        "--hidden-discriminator 0"
    )
    (config,) = configs_of(build_parser().parse_args(arguments.split()), load())
    sizes: dict[str, Any] = {
        "latent": 8,
        "channels": (32, 64),
        "hidden_generator": (),
        "hidden_discriminator": 0,
    }
    assert config == preset(None, **sizes)


@pytest.mark.parametrize(("system", "cores"), [("linux", 4), ("darwin", 1)])
def test_a_run_gets_no_more_cores_than_it_can_use(
    system: str,
    cores: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("nnet.threads.available_cores", lambda: 64)
    configs = [preset(3, batch=shares * LEAST_SHARE) for shares in (8, 4)]
    most = counted(cores, "core")
    for options, each in {"": most, "--cores 64": most, "--cores 1": "1 core"}.items():
        with train.engine(
            build_parser().parse_args(options.split()), configs, Lines(), {}
        ) as (place, _):
            assert place == f"2 at a time, {each} each"
    assert capsys.readouterr().err.count(
        "On this system, a run uses one core;"
    ) == 2 * (system == "darwin")


@pytest.mark.parametrize(("cores", "is_said"), [(2, True), (1, False)])
def test_more_cores_than_the_machine_has_are_said(
    cores: int,
    is_said: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("nnet.threads.available_cores", lambda: 2)
    arguments = build_parser().parse_args(["--workers", "2", "--cores", str(cores)])
    with train.engine(arguments, [preset(3)] * 3, Lines(), {}):
        said = "The runs use 4 cores at once, but this machine has 2, which"
        assert (said in capsys.readouterr().err) == is_said


# Real training runs


@pytest.fixture(scope="module")
def complete_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and the output of an uninterrupted run of 40 iterations, whose
    worker is a thread.
    """
    out = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, redirect_stderr(StringIO()) as err:
        patch.setattr("gan.runs.local_queue.Worker", Local)
        assert (
            train.main(
                ["--digits", "3", "--iterations", "40", "--out", str(out), *TINY]
            )
            == 0
        )
    return out / "digit-3", err.getvalue()


def test_a_run_is_trained_and_reported(complete_run: tuple[Path, str]) -> None:
    path, err = complete_run
    assert err.splitlines()[0].startswith(
        "Data: MNIST. 1 run, 1 at a time, 1 core each, in "
    )
    assert err.splitlines()[-2] == "digit-3: saved at iteration 40 of 40"
    assert Run.open(path).pictures() == [*range(0, 41, 5)]
    assert [line["iteration"] for line in Run.open(path).metrics()] == [10, 20, 30, 40]


def is_at(run: Run, iteration: int) -> bool:
    return [line["iteration"] for line in run.metrics()][-1:] == [iteration]


@pytest.mark.slow
def test_a_command_after_ctrl_c_resumes_bit_for_bit(
    complete_run: tuple[Path, str], tmp_path: Path, main: Main
) -> None:
    out = tmp_path / "my runs"
    gate = tmp_path / "gate"
    hold(gate, 20)
    arguments = ["--digits", "3", "--iterations", "40", "--out", str(out), *TINY]
    run = Run(out / "digit-3", preset(3))
    with start_train(*arguments, program=PAUSED_RUNS, **{FILE: str(gate)}) as process:
        wait_for(lambda: is_at(run, 20), "iteration 20")
        os.killpg(process.pid, signal.SIGINT)  # a terminal also signals the worker
        process.terminate()  # this signal must not interrupt saving
        code, err = finish(process)
    assert code == 130
    assert "Saved. Resume with: " in err
    assert str(out) in advised_command(err)
    assert run.pictures()[-1] == 20
    assert run.checkpoint.exists()
    assert (
        run.generator.read_bytes()
        != (complete_run[0] / "generator.safetensors").read_bytes()
    )
    code, err = main(*advised_command(err))
    assert code == 0
    assert "digit-3: saved at iteration 40 of 40" in err.splitlines()
    for name in (
        "generator.safetensors",
        "checkpoint.safetensors",
        "config.json",
        "images/40.png",
        "images/10.png",
    ):
        assert (run.path / name).read_bytes() == (
            complete_run[0] / name
        ).read_bytes(), name
    interrupted = run.metrics()
    straight = Run.open(complete_run[0]).metrics()
    for line in interrupted + straight:
        del line["iterations_per_second"]
    assert interrupted == straight
