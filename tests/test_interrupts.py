"""What Ctrl-C does to the programs while there is nothing to save: it ends them at once, even while they import."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import SECONDS, first_line, started

ROOT = Path(__file__).resolve().parent.parent
PIPES = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
COMMANDS = ["gan.write", "gan.sample", "gan.evaluate", "gan.study"]
PLAN = """
about = "a training that nobody waits for"
data = "sample"
digits = [3]
seeds = [0]
marks = [1000000]
measures = ["sheet"]
[base]
[variants.one]
"""
FIRST = "nnet.threads"  # what they import first, after nnet.ctrl_c
WHILE_IT_IMPORTS = """
import runpy, sys, time

class Slow:
    def find_spec(self, name, *_):
        if name in ("argparse", "asyncio", "gan"):
            print("importing", flush=True)
            time.sleep(100)

sys.meta_path.insert(0, Slow())
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.mark.parametrize("program", ["train.py", "server.py"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_there_is_nothing_to_save_a_signal_ends_it_at_once_without_a_traceback(program: str, number: int) -> None:
    command = [sys.executable, "-c", WHILE_IT_IMPORTS, str(ROOT / program)]
    with started(command, **PIPES) as process:
        assert first_line(process) == "importing\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (-number, "")


# What Python runs before all else, if it is called sitecustomize. It says that something is imported, and waits there
# until it is told to go on; where a word is named, only in a process whose command has it.
SITE = """
import os, sys, time

class Slow:
    def find_spec(self, name, *_):
        if name == os.environ["STOP_AT"] and os.environ["STOP_IN"] in " ".join(sys.orig_argv):
            print("importing", flush=True)
            while not os.path.exists(os.environ["GO_ON"]):
                time.sleep(0.01)

sys.meta_path.insert(0, Slow())
"""


@contextmanager
def importing(
    folder: Path, stop_at: str, command: str, *arguments: str, stop_in: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """`python -m command`, in a process group as in a terminal, while it imports something."""
    (folder / "sitecustomize.py").write_text(SITE, "utf-8")
    told = {"STOP_AT": stop_at, "STOP_IN": stop_in, "GO_ON": str(folder / "go")}
    env = os.environ | told | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    words = [sys.executable, "-m", command, *arguments]
    with started(words, cwd=ROOT, env=env, process_group=0, **PIPES) as process:
        while (line := first_line(process)) != "importing\n":
            assert "Traceback" not in line
            assert process.poll() is None
        yield process


@pytest.mark.parametrize("stop_at", [FIRST, "numpy", "argparse", "gan.command"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_imports_ends_at_once_without_a_traceback(command: str, stop_at: str, tmp_path: Path) -> None:
    with importing(tmp_path, stop_at, command) as process:
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (-signal.SIGINT, "")


def test_a_command_at_work_is_interrupted_so_that_it_can_clear_up(tmp_path: Path) -> None:
    words = ["--from", "-", "-o", str(tmp_path / "out")]
    with importing(tmp_path, "gan.write.batch", "gan.write", *words) as process:  # what --from alone needs
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (130, "gan.write: stopped\n")


def test_the_processes_of_a_study_end_with_it_without_a_traceback(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN, "utf-8")
    child = {"stop_in": "spawn_main"}
    with importing(tmp_path, "gan.study.measure", "gan.study", str(plan), "--workers", "1", **child) as process:
        os.killpg(process.pid, signal.SIGINT)
        (tmp_path / "go").touch()  # it is heard where the import ends
        _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (130, "gan.study: stopped\n")
