"""Which runs and settings `train.py --resume` goes on with, and that what its refusals advise can be done."""

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny
from players import noise_digits
from workers import Local, saved_iteration, state, until

import train
from gan.config import preset
from gan.runs.progress import resume_command, server_command
from gan.runs.run import Run
from gan.runs.run_writer import create, held
from gan.runs.trainer import Trainer


def test_a_resumed_run_keeps_what_is_not_asked_for(tmp_path: Path) -> None:
    create(tmp_path / "digit-3", preset(3, seed=5, iterations=300, batch=16))
    arguments = ["--digits", "3", "--out", str(tmp_path), "--resume", "--iterations", "400"]
    (kept,) = train.configs_of(train.build_parser().parse_args(arguments))
    assert (kept.seed, kept.batch, kept.iterations) == (5, 16, 400)


def test_a_run_is_not_cut_short(tmp_path: Path, refusal: Callable[..., str]) -> None:
    run = create(tmp_path / "digit-3", preset(3, iterations=300, batch=16))
    with held(run) as writer:
        writer.save_picture(310, np.zeros((1, 28, 28), np.uint8))
    said = refusal("--digits", "3", "--out", str(tmp_path), "--resume", "--iterations", "5")
    assert "--iterations: expected at least 310" in said
    assert Run.open(run.path).config.iterations == 300


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What train.main says to refuse its arguments: one line."""

    def call(*arguments: str) -> str:
        assert train.main(arguments) == 2
        said = capsys.readouterr().err
        assert (said.startswith("train.py: "), said.count("\n")) == (True, 1)
        return said

    return call


def advised(said: str) -> list[str]:
    """The arguments of the command that a refusal names."""
    found = re.search(r"python train\.py ([^;]+)", said)
    assert found, said
    return shlex.split(found[1])


def asked(arguments: list[str]) -> list[tuple[int | None, int | None]]:
    """The digits and iterations that a command would train; InputError if it is refused."""
    read = train.build_parser().parse_args(arguments)
    configs = train.configs_of(read)
    train.prepare(read, configs)
    return [(config.digit, config.iterations) for config in configs]


def test_resume_goes_on_with_the_runs_that_are_there_and_begins_none(
    tmp_path: Path, refusal: Callable[..., str]
) -> None:
    out = str(tmp_path)
    assert "expected runs to go on with, found none" in refusal("--out", out, "--resume")
    for digit in (7, 3):
        create(tmp_path / f"digit-{digit}", preset(digit, iterations=30))
    create(tmp_path / "all-digits", preset(None, iterations=None))  # the page's
    assert asked(["--out", out, "--resume"]) == [(3, 30), (7, 30)]
    said = refusal("--digits", "5", "--out", out, "--resume")
    assert "digit-5: expected the folder of a run" in said
    assert not (tmp_path / "digit-5").exists()
    assert asked(advised(said)) == [(5, 2500)]


def test_the_command_to_begin_where_there_is_nothing_to_go_on_with_works(
    tmp_path: Path, refusal: Callable[..., str]
) -> None:
    arguments = advised(refusal("--out", str(tmp_path / "my runs"), "--resume"))
    assert asked(arguments) == [(digit, 2500) for digit in range(10)]


def test_a_run_begun_on_a_page_is_gone_on_with_by_the_command_that_is_named(
    tmp_path: Path, refusal: Callable[..., str]
) -> None:
    for digit, reached in ((3, 500), (None, 20)):
        run = create(tmp_path / preset(digit).name, preset(digit, few=True, iterations=None))
        run.save_picture(reached, np.zeros((4, 28, 28), np.uint8))
    out = ["--out", str(tmp_path)]
    begun = refusal("--digits", "3", *out)
    assert "digit-3: holds a run already" in begun
    assert asked(advised(begun)) == [(3, 3000)]  # 500 are done, 2,500 are usual
    for digit in (3, None):  # as they were before
        create_again(tmp_path, digit)
    assert asked(advised(refusal("--digits", "3", "--iterations", "40", *out))) == [(3, 540)]
    create_again(tmp_path, 3)
    both = refusal("--resume", *out)
    assert "without a number of iterations" in both
    assert asked(advised(both)) == [(3, 3000), (None, 3000)]
    create_again(tmp_path, 3)
    assert asked(advised(refusal("--resume", "--digits", "3", *out))) == [(3, 3000)]


def create_again(folder: Path, digit: int | None) -> None:
    """Let a run be without a number of iterations again."""
    path = folder / preset(digit).name
    (path / "config.json").write_text(preset(digit, few=True, iterations=None).to_json())


def test_a_run_that_is_there_is_gone_on_with_by_the_command_that_is_named(
    tmp_path: Path, refusal: Callable[..., str]
) -> None:
    create(tmp_path / "digit-4", preset(4, seed=7, iterations=30))
    said = refusal("--digits", "3", "4", "--seed", "1", "--iterations", "50", "--out", str(tmp_path))
    assert asked(advised(said)) == [(4, 30)]


def test_the_command_to_go_on_has_the_data_that_the_run_learned_from(
    tmp_path: Path, refusal: Callable[..., str]
) -> None:
    run, out = create(tmp_path / "digit-3", tiny(3, iterations=30)), ["--digits", "3", "--out", str(tmp_path)]
    for name, data in (("60,000 digits of my data", ["--data", "my data"]), ("5,000-digit sample", [])):
        trainer = Trainer(run.config, replace(noise_digits(20), name=name))
        trainer.iterate()
        run.save(trainer)
        assert advised(refusal(*out)) == ["--digits", "3", "--resume", "--out", str(tmp_path), *data]


@pytest.mark.parametrize("arguments", ["--loss classic", "--loss classic --gamma 0", "--seed 4 --network reference"])
def test_other_settings_are_refused_at_once_and_what_is_advised_works(
    tmp_path: Path, refusal: Callable[..., str], arguments: str
) -> None:
    create(tmp_path / "digit-3", preset(3, few=True))
    said = refusal("--digits", "3", "--out", str(tmp_path), "--resume", *arguments.split())
    option = arguments.split()[0].removeprefix("--")
    assert f"other settings ({option}: " in said
    assert "choose another --out and leave --resume out" in said
    assert [digit for digit, _ in asked(["--digits", "3", "--out", str(tmp_path / "other"), *arguments.split()])] == [3]


def test_commas_are_answered_by_the_command_without(refusal: Callable[..., str]) -> None:
    for given, meant in (("3,5", "3 5"), ("3, 5", "3 5"), ("3 5,any", "3 5 any")):
        assert refusal("--digits", *given.split()).rstrip().endswith(f"write: --digits {meant}")


def test_the_page_is_named_with_the_data_that_the_runs_learned_from(tmp_path: Path) -> None:
    arguments = train.build_parser().parse_args(["--out", "my runs"])
    assert server_command(arguments) == "python server.py --runs 'my runs'"
    arguments = train.build_parser().parse_args(["--out", "runs/look", "--data", "data/mnist"])
    assert server_command(arguments) == "python server.py --runs runs/look --data data/mnist"


def test_the_command_that_resumes_is_ready_for_a_shell_and_says_resume_once() -> None:
    assert resume_command(["--out", "my runs", "--resume"]) == "python train.py --out 'my runs' --resume"


def test_a_run_of_the_page_is_gone_on_with_by_the_name_that_it_has_there(
    tmp_path: Path, refusal: Callable[..., str]
) -> None:
    for path in (tmp_path / "digit-3-2", tmp_path / "seed-4" / "digit-3"):
        create(path, preset(3, few=True, iterations=None, seed=4))
    out = ["--resume", "--out", str(tmp_path)]
    endless = refusal("--run", "digit-3-2", *out)
    assert "begun on a page" in endless
    read = train.build_parser().parse_args(["--run", "digit-3-2", "seed-4.digit-3", "--iterations", "30", *out])
    both = [(one, train.configs_of(one)) for one in train.split_by_seed(read)]
    runs = [run for one, configs in both for run in train.prepare(one, configs)]
    assert [run.path for run in runs] == [tmp_path / "digit-3-2", tmp_path / "seed-4" / "digit-3"]
    assert [(run.config.seed, run.config.iterations) for run in runs] == [(4, 30)] * 2
    create(tmp_path / "digit-3-3", preset(3, few=True, iterations=None))
    advice = advised(refusal("--run", "digit-3-3", *out))
    assert advice[:4] == ["--run", "digit-3-3", "--resume", "--iterations"]
    assert "expected the folder of a run" in refusal("--run", "digit-9", *out)
    assert "--run: expected with --resume" in refusal("--run", "digit-3", "--out", str(tmp_path))
    assert "--run: expected with --resume" in refusal("--run", "digit-3", "--digits", "3", *out)


def test_the_page_and_the_command_go_on_with_what_the_other_has_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = create(tmp_path / "digit-3-2", tiny(3, iterations=None)).path

    def on_the_page(reached: int) -> None:
        local = Local(path, Run.open(path).config)
        local.start()
        local.send("train", 4)
        until(local, state("idle", at_least=reached))
        local.stop()
        assert saved_iteration(path) == reached

    on_the_page(4)
    more = ["--resume", "--run", "digit-3-2", "--iterations", "6", "--out", str(tmp_path)]
    monkeypatch.setattr("gan.runs.queue.Worker", Local)
    assert train.main([*more, "--workers", "1", "--threads", "1"]) == 0
    assert saved_iteration(path) == 6
    on_the_page(10)
