"""train.py --resume and --seeds: which runs are resumed, which settings are kept, and
which commands are suggested.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan.commands import train
from gan.commands.train_arguments import (
    build_parser,
    configs_of,
    prepare,
    recorded_cores,
    split_by_seed,
)
from gan.data import load
from gan.data.own_images import FILE, read, save
from gan.rules.run_config import Config, preset
from gan.runs.folder_lock import held
from gan.runs.local_queue import Queue
from gan.runs.provenance import record
from gan.runs.run import Run
from gan.runs.run_on_own_images import create_uploaded
from gan.runs.run_writer import create
from gan.runs.terminal_output import Lines, resume_command, server_command
from gan.runs.trainer import Trainer
from nnet import weights
from tests.helpers.commands import TINY, advised_command
from tests.helpers.fake_worker import tiny
from tests.helpers.letters import folder_of_letters
from tests.helpers.players import NOISE, noise_digits, trained
from tests.helpers.workers import Local, saved_iteration

pytestmark = pytest.mark.usefixtures("restore_signals")

Refusal = Callable[..., str]


def test_a_run_cannot_be_shortened(tmp_path: Path, refusal: Refusal) -> None:
    run = create(tmp_path / "digit-3", preset(3, iterations=300, batch=16))
    weights.save(run.generator, {}, {"iteration": "310"})
    with held(run) as writer:
        # Newer than the last save, so not reached.
        writer.save_picture(320, np.zeros((1, 28, 28), np.uint8))
    command = ["--digits", "3", "--out", str(tmp_path), "--resume", "--iterations"]
    assert "--iterations: expected at least 310" in refusal(*command, "309")
    assert Run.open(run.path).config.iterations == 300
    assert trained_by([*command, "310"]) == [(3, 310)]


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Return a function that calls train.main, which must refuse the arguments, and
    returns the error line.
    """

    def call(*arguments: str) -> str:
        assert train.main(arguments) == 2
        message = capsys.readouterr().err
        assert message.startswith("train.py: ") is True
        assert message.count("\n") == 1
        return message

    return call


def trained_by(arguments: list[str]) -> list[tuple[int | None, int | None]]:
    """Return the digits and iterations that a command would train.

    Raise InputError if it is refused.
    """
    parsed = build_parser().parse_args(arguments)
    configs = configs_of(parsed, load())
    for config in configs:
        prepare(parsed, config)
    return [(config.digit, config.iterations) for config in configs]


def test_resume_continues_existing_runs_and_creates_none(
    tmp_path: Path, refusal: Refusal
) -> None:
    out = str(tmp_path)
    message = refusal("--out", out, "--resume")
    assert (
        "expected runs to resume, found none; check --out, or leave --resume out to "
        "start training" in message
    )
    for digit in (7, 3):
        create(tmp_path / f"digit-{digit}", preset(digit, iterations=30))
    # The web page creates runs like this.
    create(tmp_path / "all-digits", preset(None, iterations=None))
    assert trained_by(["--out", out, "--resume"]) == [(3, 30), (7, 30)]
    message = refusal("--digits", "5", "--out", out, "--resume")
    assert "digit-5: expected the folder of a run" in message
    assert not (tmp_path / "digit-5").exists()


def test_the_advised_command_resumes_a_run_of_the_page(
    tmp_path: Path, refusal: Refusal
) -> None:
    for digit, reached in ((3, 500), (None, 20)):
        run = create(tmp_path / preset(digit).name, preset(digit, iterations=None))
        run.save_picture(reached, np.zeros((4, 28, 28), np.uint8))
    out = ["--out", str(tmp_path)]
    message = refusal("--digits", "3", *out)
    assert "digit-3: already holds a run" in message
    # 500 iterations are done, and 8,000 is the default
    assert trained_by(advised_command(message)) == [(3, 8500)]
    assert trained_by(
        advised_command(refusal("--digits", "3", "--iterations", "40", *out))
    ) == [(3, 540)]
    message = refusal("--resume", *out)
    assert "without a last iteration" in message
    assert trained_by(advised_command(message)) == [(3, 8500), (None, 8500)]
    assert trained_by(advised_command(refusal("--resume", "--digits", "3", *out))) == [
        (3, 8500)
    ]


def test_the_advised_command_names_the_data_of_the_run(
    tmp_path: Path, refusal: Refusal
) -> None:
    run = create(tmp_path / "digit-3", tiny(3, iterations=30))
    out = ["--digits", "3", "--out", str(tmp_path)]
    for path, data in (("my data", ["--data", "my data"]), (None, [])):
        record(run, replace(noise_digits(20), path=path), 0, 1)
        assert advised_command(refusal(*out)) == [
            "--digits",
            "3",
            "--resume",
            "--out",
            str(tmp_path),
            *data,
        ]


def test_commas_between_digits_are_refused_with_the_right_command(
    refusal: Refusal,
) -> None:
    for given, meant in (("3,5", "3 5"), ("3, 5", "3 5"), ("3 5,any", "3 5 any")):
        assert (
            refusal("--digits", *given.split())
            .rstrip()
            .endswith(f"write: --digits {meant}")
        )


def test_printed_commands_are_quoted_for_a_shell_and_name_the_data() -> None:
    arguments = build_parser().parse_args(["--out", "my runs", "--data", "data/mnist"])
    assert (
        server_command(arguments)
        == "python server.py --runs 'my runs' --data data/mnist"
    )
    assert (
        server_command(build_parser().parse_args([])) == "python server.py --runs runs"
    )
    assert (
        resume_command(["--out", "my runs", "--resume"])
        == "python train.py --out 'my runs' --resume"
    )


def test_run_selects_a_run_by_its_name_on_the_page(
    tmp_path: Path, refusal: Refusal
) -> None:
    for path in (tmp_path / "digit-3-2", tmp_path / "seed-4" / "digit-3"):
        create(path, preset(3, few=True, iterations=None, seed=4))
    out = ["--resume", "--out", str(tmp_path)]
    refused = refusal("--run", "digit-3-2", *out)
    assert "created on a page" in refused
    parsed = build_parser().parse_args(
        ["--run", "digit-3-2", "seed-4.digit-3", "--iterations", "30", *out]
    )
    runs = [
        prepare(part, config)
        for part in split_by_seed(parsed)
        for config in configs_of(part, load())
    ]
    assert [run.path for run in runs] == [
        tmp_path / "digit-3-2",
        tmp_path / "seed-4" / "digit-3",
    ]
    assert [(run.config.seed, run.config.iterations) for run in runs] == [(4, 30)] * 2
    create(tmp_path / "digit-3-3", preset(3, few=True, iterations=None))
    advice = advised_command(refusal("--run", "digit-3-3", *out))
    assert advice[:4] == ["--run", "digit-3-3", "--resume", "--iterations"]
    assert "expected the folder of a run" in refusal("--run", "digit-9", *out)
    assert "--run: expected with --resume" in refusal(
        "--run", "digit-3", "--out", str(tmp_path)
    )
    assert "--run: expected without --digits" in refusal(
        "--run", "digit-3", "--digits", "3", *out
    )


# Own images


@pytest.fixture
def letters_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run that train.py trained for 4 iterations on pictures of letters.

    Workers run in threads.
    """
    monkeypatch.setattr("gan.runs.local_queue.Worker", Local)
    letters = folder_of_letters(tmp_path / "letters", each=4)
    assert (
        train.main(
            [
                *TINY,
                "--iterations",
                "4",
                "--data",
                str(letters),
                "--out",
                str(tmp_path / "runs"),
            ]
        )
        == 0
    )
    return Run.open(tmp_path / "runs" / "all-labels")


def test_a_refused_resume_does_not_prolong_the_run(
    letters_run: Run, tmp_path: Path, refusal: Refusal
) -> None:
    other = folder_of_letters(tmp_path / "other", each=5)
    before = {path: path.read_bytes() for path in letters_run.path.rglob("*.*")}
    arguments = [
        "--resume",
        "--out",
        str(letters_run.path.parent),
        "--data",
        str(other),
        "--iterations",
        "40",
    ]
    assert train.main(arguments) == 2
    assert {path: path.read_bytes() for path in letters_run.path.rglob("*.*")} == before


def test_a_resumed_run_keeps_its_number_of_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("nnet.threads.available_cores", lambda: 4)
    config = tiny(3, batch=16, iterations=9)
    run = create(tmp_path / "digit-3", config)
    record(run, NOISE, 0, cores=1)
    for is_trained, options, expected in (
        (False, [], 2),
        (True, [], 1),
        (True, ["--cores", "1"], 1),
        (True, ["--cores", "2"], 2),
    ):
        if is_trained:
            run.save(trained(config, 1))
        arguments = build_parser().parse_args(
            ["--resume", "--digits", "3", "--out", str(tmp_path), *options]
        )
        recorded = recorded_cores([(arguments, config)])
        with train.engine(arguments, [config], Lines(), recorded) as (_, queue_of):
            queue = queue_of([run])
        assert isinstance(queue, Queue)
        assert queue.cores == {run.path: expected}
    mixed = Queue([run], [2], None, Lines(), {run.path: 1})
    assert mixed.cores == {run.path: 1}
    assert capsys.readouterr().err == (
        f"{run.path}: trained on 1 core before, now on 2; the result will not be "
        "that of an uninterrupted run.\n"
    )


def resume(run: Run, iterations: int, *which: str) -> None:
    out = ["--out", str(run.path.parent), "--iterations", str(iterations)]
    assert train.main(["--resume", *which, *out]) == 0
    assert saved_iteration(run.path) == iterations
    assert Run.open(run.path).config.iterations == iterations


def test_resume_finds_the_images_that_the_run_recorded_or_has(
    letters_run: Run, tmp_path: Path
) -> None:
    assert (letters_run.path / "nearest.png").is_file(), (
        "the run may copy so few images"
    )
    resume(letters_run, 6)
    resume(letters_run, 8, "--run", "all-labels")
    resume(letters_run, 10, "--digits", "any")
    save(read(tmp_path / "letters"), letters_run.path / FILE)
    shutil.rmtree(tmp_path / "letters")
    resume(letters_run, 12)


def test_a_run_on_all_of_its_images_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = np.array(["heart", "star"] * 60)
    np.savez(
        tmp_path / "drawn.npz", images=noise_digits(120).images, labels=labels, ink=True
    )
    config = tiny(None, names=("heart", "star"), labels=True, iterations=2)
    run = create_uploaded(tmp_path / "all-labels", read(tmp_path / "drawn.npz"), config)
    monkeypatch.setattr("gan.runs.local_queue.Worker", Local)
    resume(run, 2)
    resume(run, 4)
    assert len(Trainer(run.config, load(run.path / FILE)).batches.order) == 120


def test_resume_without_images_says_which_are_missing(
    letters_run: Run, tmp_path: Path, refusal: Refusal
) -> None:
    resume = ["--resume", "--out", str(letters_run.path.parent), "--iterations", "6"]
    (tmp_path / "letters").rename(tmp_path / "moved")
    assert f"{tmp_path / 'letters'}: expected the images that" in refusal(*resume)
    assert "found nothing; pass them with --data" in refusal(*resume)
    (letters_run.path / "provenance.json").unlink()
    message = (
        "expected images of A, B, C, found the digits 0 to 9; pass the --data that the "
        "run started with"
    )
    assert message in refusal(*resume)
    create(letters_run.path.with_name("digit-3"), preset(3, iterations=6))
    assert [config.digit for config in runs_of(*resume).values()] == [3], (
        "the runs on MNIST"
    )
    (letters_run.path.parent / "all-labels").rename(tmp_path / "elsewhere")
    assert "the run started with, or none for MNIST" in refusal(
        *resume, "--data", str(tmp_path / "moved")
    )


def runs_of(*arguments: str) -> dict[Path, Config]:
    """Return the configs that a command would train, by folder."""
    parts = split_by_seed(build_parser().parse_args(arguments))
    return {
        part.out / config.name: config
        for part in parts
        for config in configs_of(part, load())
    }


def test_each_seed_has_a_folder_with_a_run_per_digit() -> None:
    runs = runs_of("--digits", "3", "any", "--seeds", "2", "0", "2", "--out", "many")
    expected = {
        Path(f"many/seed-{s}/{name}"): s
        for s in (2, 0)
        for name in ("digit-3", "all-digits")
    }
    assert {path: config.seed for path, config in runs.items()} == expected
    assert {Run(path, tiny(3)).name for path in runs} == {
        f"seed-{path.parent.name[-1]}/{path.name}" for path in runs
    }
    assert runs_of("--digits", "3", "--seed", "2") == {
        Path("runs/digit-3"): preset(3, seed=2)
    }


def test_resume_without_seeds_continues_all_of_them(tmp_path: Path) -> None:
    for seed in (10, 0):
        create(
            tmp_path / f"seed-{seed}" / "digit-3", preset(3, seed=seed, iterations=30)
        )
    (tmp_path / "seed-x").mkdir()
    out = ["--resume", "--out", str(tmp_path)]
    assert list(runs_of(*out)) == [
        tmp_path / f"seed-{seed}" / "digit-3" for seed in (0, 10)
    ]
    create(tmp_path / "digit-5", preset(5, seed=4, iterations=30))
    assert [config.seed for config in runs_of(*out).values()] == [4, 0, 10]
    assert [config.seed for config in runs_of(*out, "--seed", "4").values()] == [4]
    assert [config.seed for config in runs_of(*out, "--seeds", "10").values()] == [10]
