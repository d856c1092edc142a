"""`train.py --seeds`: the same runs with each of several seeds, each seed in a folder of its own."""

import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import assert_refused
from fake_worker import tiny

import train
from gan.config import Config, preset
from gan.runs.run import Run
from gan.runs.run_writer import create


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """train.main sets one for SIGTERM; it is put back."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


def asked(*arguments: str) -> dict[Path, Config]:
    """The runs that a command would train, by their folders."""
    parts = train.split_by_seed(train.build_parser().parse_args(arguments))
    return {part.out / config.name: config for part in parts for config in train.configs_of(part)}


def test_every_seed_has_a_folder_with_a_run_a_digit() -> None:
    runs = asked("--digits", "3", "any", "--seeds", "2", "0", "2", "--out", "many")
    expected = {Path(f"many/seed-{s}/{name}"): s for s in (2, 0) for name in ("digit-3", "all-digits")}
    assert {path: config.seed for path, config in runs.items()} == expected
    assert asked("--digits", "3", "--seed", "2") == {Path("runs/digit-3"): preset(3, few=True, seed=2)}


def test_the_names_of_runs_tell_their_seeds(tmp_path: Path) -> None:
    assert Run(Path("many/seed-2/digit-3"), tiny(3)).name == "seed-2/digit-3"
    assert Run(Path("many/digit-3"), tiny(3)).name == "digit-3"


def test_runs_of_many_seeds_are_gone_on_with(tmp_path: Path) -> None:
    for seed in (0, 1):
        create(tmp_path / f"seed-{seed}" / "digit-3", preset(3, seed=seed, iterations=30))
    runs = asked("--resume", "--seeds", "0", "1", "--out", str(tmp_path))
    assert [(config.digit, config.seed, config.iterations) for config in runs.values()] == [(3, 0, 30), (3, 1, 30)]


def test_none_is_begun_if_one_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create(tmp_path / "seed-1" / "digit-3", preset(3, seed=1))
    arguments = ["--digits", "3", "--seeds", "0", "1", "--out", str(tmp_path)]
    words = "seed-1/digit-3: holds a run already; choose another --out, or go on with it: python train.py"
    assert_refused(train.main, arguments, "train.py", words, capsys)
    assert not (tmp_path / "seed-0").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--seeds 0 1 --seed 2", "--seed: not allowed with argument --seeds"),
        ("--seeds 0 -1", "--seeds: expected a whole number from 0 to 4294967295, received -1"),
        ("--seeds", "--seeds: expected at least one argument"),
    ],
)
def test_wrong_seeds_are_one_line(arguments: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(train.main, arguments.split(), "train.py", words, capsys)


def test_who_resumes_and_names_no_seed_goes_on_with_all_that_lie_there(tmp_path: Path) -> None:
    for seed in (10, 0):
        create(tmp_path / f"seed-{seed}" / "digit-3", preset(3, seed=seed, iterations=30))
    (tmp_path / "seed-x").mkdir()
    (tmp_path / "seed-7").symlink_to(tmp_path / "seed-0")
    out = ["--resume", "--out", str(tmp_path)]
    assert [(path.parent.name, config.seed) for path, config in asked(*out).items()] == [("seed-0", 0), ("seed-10", 10)]
    create(tmp_path / "digit-5", preset(5, seed=4, iterations=30))
    assert [config.seed for config in asked(*out).values()] == [4, 0, 10]
    assert [config.seed for config in asked(*out, "--seed", "4").values()] == [4]
    assert [config.seed for config in asked(*out, "--seeds", "10").values()] == [10]


def test_who_resumes_seeds_that_are_not_there_is_told_how_to_begin_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--resume", "--seeds", "7", "--out", str(tmp_path)]
    words = f"or begin: python train.py --seeds 7 --out {shlex.quote(str(tmp_path))}"
    assert_refused(train.main, arguments, "train.py", words, capsys)
