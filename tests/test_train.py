"""The command line for training: wrong wishes cost nothing, an interrupted run goes on, and the bytes are the same."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from commands import SECONDS, started, wait_for
from gated import FILE, hold

import train
from gan.config import Config, preset
from gan.runs.run import Run
from gan.runs.run_writer import create

ROOT = Path(__file__).resolve().parent.parent
TINY = "--batch 4 --latent 8 --channels 4 8 --hidden-generator 16 --hidden-discriminator 16 --threads 1".split()
TRAIN, GATED = ROOT / "train.py", ROOT / "tests" / "gated.py"


def start(*arguments: str, program: Path = TRAIN, **variables: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """Start train.py in a process group of its own, as a terminal does."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    env = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    return started([sys.executable, str(program), *arguments], cwd=ROOT, process_group=0, env=env, **pipes)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return its exit code and what it wrote; standard output stays empty."""
    out, err = process.communicate(timeout=SECONDS)
    assert out == ""
    assert "Traceback" not in err, err
    return process.returncode, err


def resume_command(err: str, out: Path) -> list[str]:
    """The arguments of the printed command, which must be ready for a shell."""
    found = re.search(r"\. Go on with: (python train\.py .* --resume)$", err, re.MULTILINE)
    assert found, err
    words = shlex.split(found[1])
    assert str(out) in words
    return words[2:]


@pytest.fixture
def main(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[int, str]]]:
    """Call train.main in this process; gives its exit code and what it wrote. Signal handlers are put back."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*arguments: str) -> tuple[int, str]:
        code = train.main(arguments)
        return code, capsys.readouterr().err

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Wrong wishes

WRONG = {
    "--digits 11": "--digits: expected 0 to 9 or any, received 11",
    "--digits=-1": "--digits: expected 0 to 9 or any, received -1",
    "--digits 3 x": "--digits: expected 0 to 9 or any, received x",
    "--digits 3,5": "received 3,5; write: --digits 3 5",
    "--digits": "--digits: expected at least one argument",
    "--iterations 0": "--iterations: expected a whole number of at least 1, received 0",
    "--iterations ten": "--iterations: expected a whole number of at least 1, received ten",
    "--workers 0": "--workers: expected a whole number of at least 1, received 0",
    "--workers many": "--workers: expected a whole number of at least 1, received many",
    "--threads -2": "--threads: expected a whole number of at least 1, received -2",
    "--seed -1": "--seed: expected a whole number from 0 to 4294967295, received -1",
    "--batch 0": "--batch: expected a whole number from 1 to 4096 images, received 0",
    "--batch 5000": "--batch: expected a whole number from 1 to 4096 images, received 5000",
    "--batch 501 --digits 3": "batch: expected at most the 500 images there are, received 501",
    "--gamma -1": "--gamma: expected a number of at least 0, received -1",
    "--gamma inf": "--gamma: expected a number of at least 0, received inf",
    "--gamma 1 --loss classic": "add --gamma 0",
    "--channels 0 32": "--channels: expected a whole number of at least 1, received 0",
    "--channels 32": "--channels: expected 2 arguments",
    "--hidden-generator 0": "--hidden-generator: expected a whole number of at least 1, received 0",
    "--hidden-discriminator -1": "--hidden-discriminator: expected a whole number of at least 0, received -1",
    "--learning-rate 7": "--learning-rate: expected a number above 0 and at most 1, received 7",
    "--learning-rate 0": "--learning-rate: expected a number above 0 and at most 1, received 0",
    "--loss hinge": "--loss: expected relativistic or classic, received hinge",
    "--frob 3": "unrecognized arguments: --frob 3",
    "--data nowhere": "the folder nowhere does not exist",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_a_wrong_wish_gives_one_line_and_code_two_and_makes_nothing(
    arguments: str, main: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, err = main(*arguments.split())
    assert code == 2
    assert err.startswith("train.py: ")
    assert WRONG[arguments] in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_workers_and_threads_may_be_left_to_the_machine() -> None:
    for text, expected in (("auto", None), ("3", 3)):
        arguments = train.build_parser().parse_args(["--workers", text, "--threads", text])
        assert (arguments.workers, arguments.threads) == (expected, expected)


@pytest.mark.parametrize("resume", [[], ["--resume"]])
@pytest.mark.parametrize("name", ["file", "file/below", "x" * 300])
def test_an_out_that_cannot_be_a_folder(
    name: str, resume: list[str], main: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    code, err = main("--digits", "3", "--out", str(tmp_path / name), *resume)
    assert (code, err.count("\n")) == (2, 1)
    assert ("expected the folder of a run" if resume else "expected a folder to write in") in err
    assert files(tmp_path) == {tmp_path / "file": b"mine"}


def test_an_out_that_cannot_be_written_any_more(main: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    run = create(tmp_path / "digit-3", preset(3))
    (run.path / f".config.json.{os.getpid()}.part").mkdir()  # in the way of what is written, even for root
    code, err = main("--digits", "3", "--out", str(tmp_path), "--resume", "--iterations", "7000")
    assert (code, err.count("\n")) == (2, 1)
    assert "expected a folder to write in" in err


def test_a_run_that_is_there_is_not_overwritten_and_no_other_is_begun(
    main: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    create(tmp_path / "digit-4", preset(4))
    before = files(tmp_path)
    code, err = main("--digits", "3", "4", "--out", str(tmp_path))
    assert code == 2
    assert "digit-4: holds a run already" in err
    assert files(tmp_path) == before


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00"])
def test_a_damaged_config(content: bytes, main: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    (create(tmp_path / "digit-3", preset(3)).path / "config.json").write_bytes(content)
    before = files(tmp_path)
    code, err = main("--digits", "3", "--out", str(tmp_path), "--resume")
    assert (code, err.count("\n")) == (2, 1)
    assert "config.json: is not the configuration of a run" in err
    assert files(tmp_path) == before


def test_resuming_with_other_settings(main: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    create(tmp_path / "digit-3", preset(3, seed=5))
    before = files(tmp_path)
    code, err = main("--digits", "3", "--out", str(tmp_path), "--resume", "--no-freeze", "--seed", "0")
    assert code == 2
    assert "freeze: True there, False asked for" in err
    assert "seed: 5 there, 0 asked for" in err
    assert files(tmp_path) == before


def test_which_runs_are_asked_for() -> None:
    def configs(*arguments: str) -> list[int | None]:
        return [config.digit for config in train.configs_of(train.build_parser().parse_args(arguments))]

    assert configs() == list(range(10))
    assert configs("--digits", "3", "3") == [3]
    assert configs("--digits", "any", "3", "any") == [None, 3]
    arguments = "--digits 3 --no-freeze --loss classic --batch 7 --seed 2 --iterations 9 --learning-rate 0.5"
    (config,) = train.configs_of(train.build_parser().parse_args(arguments.split()))
    assert config == preset(3, "classic", freeze=False, batch=7, seed=2, iterations=9, learning_rate=0.5)


def test_the_sizes_of_the_networks() -> None:
    arguments = "--digits any --latent 8 --channels 32 64 --hidden-generator --hidden-discriminator 0"
    (config,) = train.configs_of(train.build_parser().parse_args(arguments.split()))
    sizes: dict[str, Any] = {"latent": 8, "channels": (32, 64), "hidden_generator": (), "hidden_discriminator": 0}
    assert config == preset(None, few=True, **sizes)
    (config,) = train.configs_of(train.build_parser().parse_args("--digits 3 --hidden-generator 9 7".split()))
    assert config == preset(3, few=True, hidden_generator=(9, 7))


@pytest.mark.parametrize(
    ("options", "config"),
    [("", preset(5, few=True)), ("--data x", preset(5)), ("--no-bend --gamma .5 --iterations 5500", preset(5)),
     ("--data x --bend", preset(5, bend=True)), ("--loss classic", preset(5, "classic"))],
)  # fmt: skip
def test_the_few_digits_of_the_sample_are_bent_and_those_of_a_folder_are_not(options: str, config: Config) -> None:
    arguments = train.build_parser().parse_args(["--digits", "5", *options.split()])
    assert train.configs_of(arguments) == [config]


# Real runs


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run of 40 iterations that nothing interrupted: its folder, and what was printed."""
    out = tmp_path_factory.mktemp("whole")
    with start("--digits", "3", "--iterations", "40", "--out", str(out), *TINY) as process:
        code, err = finish(process)
    assert code == 0
    return out / "digit-3", err


@pytest.mark.slow
def test_a_run_from_the_command_line(whole: tuple[Path, str]) -> None:
    path, err = whole
    assert err.splitlines()[0].startswith("Data: 5,000-digit sample. 1 run(s), 1 at a time, 1 thread(s) each")
    assert err.splitlines()[-2] == "digit-3: saved at iteration 40 of 40"
    assert Run.open(path).pictures() == [*range(0, 41, 5)]
    assert [line["iteration"] for line in Run.open(path).metrics()] == [10, 20, 30, 40]


def stands_at(run: Run, iteration: int) -> bool:
    return [line["iteration"] for line in run.metrics()][-1:] == [iteration]


def test_ctrl_c_saves_and_the_printed_command_goes_on_to_the_same_bytes(
    whole: tuple[Path, str], tmp_path: Path, main: Callable[..., tuple[int, str]]
) -> None:
    out, gate = tmp_path / "my runs", tmp_path / "gate"
    hold(gate, 20)
    arguments = ["--digits", "3", "5", "--workers", "2", "--iterations", "40", "--out", str(out), *TINY]
    run, other = (Run(out / f"digit-{digit}", preset(digit)) for digit in (3, 5))
    with start(*arguments, program=GATED, **{FILE: str(gate)}) as process:
        for each in (run, other):  # neither waits for the other's end
            wait_for(partial(stands_at, each, 20), "iteration 20")
        os.killpg(process.pid, signal.SIGINT)  # the terminal sends Ctrl-C to the workers, too
        threading.Event().wait(0.05)
        process.terminate()  # must not cut the saving short
        code, err = finish(process)
    assert code == 130
    assert "Saved. Go on" in err
    assert (run.pictures()[-1], other.pictures()[-1]) == (20, 20)
    assert all(each.checkpoint.exists() for each in (run, other))
    assert run.generator.read_bytes() != (whole[0] / "generator.safetensors").read_bytes()
    code, err = main(*resume_command(err, out))
    assert code == 0
    assert {"digit-3: saved at iteration 40 of 40", "digit-5: saved at iteration 40 of 40"} <= set(err.splitlines())
    assert run.generator.read_bytes() != other.generator.read_bytes()
    for name in ("generator.safetensors", "checkpoint.safetensors", "config.json", "images/40.png", "images/10.png"):
        assert (run.path / name).read_bytes() == (whole[0] / name).read_bytes(), name
    interrupted, straight = run.metrics(), Run.open(whole[0]).metrics()
    for line in interrupted + straight:
        del line["iterations_per_second"]
    assert interrupted == straight


def test_ctrl_c_before_the_first_iteration_is_quiet_too(tmp_path: Path, main: Callable[..., tuple[int, str]]) -> None:
    with start("--digits", "3", "--iterations", "2", "--out", str(tmp_path), *TINY) as process:
        assert process.stderr
        assert process.stderr.readline().startswith("Data: ")
        threading.Event().wait(0.1)  # now the worker is importing
        os.killpg(process.pid, signal.SIGINT)
        code, err = finish(process)
    assert code == 130
    assert main(*resume_command(err, tmp_path))[0] == 0
    assert (tmp_path / "digit-3" / "generator.safetensors").exists()


def test_a_finished_run_is_prolonged_and_damaged_checkpoints_cost_a_line_then_code_two(
    whole: tuple[Path, str], main: Callable[..., tuple[int, str]]
) -> None:
    """The last one with this run."""
    path, _ = whole
    arguments = ["--digits", "3", "--out", str(path.parent), "--resume", *TINY, "--iterations", "43"]
    code, err = main(*arguments)
    assert (code, err.splitlines()[-2]) == (0, "digit-3: saved at iteration 43 of 43")
    assert Run.open(path).pictures()[-2:] == [40, 43]
    checkpoint, before = path / "checkpoint.safetensors", path / "checkpoint-before.safetensors"
    good = checkpoint.read_bytes()
    checkpoint.write_bytes(good[:-1])
    code, err = main(*arguments)
    assert code == 0
    assert "; went back to the checkpoint before it, of iteration 40" in err
    assert checkpoint.read_bytes() == good
    for each in (checkpoint, before):
        each.write_bytes(good[:-1])
    there = files(path)
    code, err = main(*arguments)
    assert code == 2
    assert "checkpoint.safetensors: expected a whole safetensors file" in err
    assert files(path) == there
