"""Helpers for tests of commands: start a command, wait for it, and check how it rejects
input.
"""

import os
import re
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

# After this time a wait ends with an error. It decides no result: beside 15 busy
# processes on two cores, the longest wait takes a minute. faulthandler_timeout is
# longer.
SECONDS = 240

ROOT = Path(__file__).resolve().parents[2]
# Options of train.py for small networks.
TINY = (
    "--batch 4 --latent 8 --channels 4 8 --hidden-generator 16 "
    "--hidden-discriminator 16 --cores 1"
).split()

# The command gan-digits, as pip installs it.
GAN_DIGITS = """
import sys
from gan.commands.gan_digits import main
if __name__ == "__main__":
    sys.exit(main())
"""

# A plan for `python -m tools.study`.
PLAN = """
about = "a trial"
digits = [3]
seeds = [0, 1]
marks = [2, 4]
measures = ["sheet"]
[base]
batch = 4
channels = [2, 3]
hidden_generator = [4]
hidden_discriminator = 4
[variants.one]
"""


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a command and kill it at the end of the block, or after SECONDS, so that no
    read blocks forever.

    If the block raises an error, add a note with the command and its unread output.
    After SECONDS, there is always one."""
    process = subprocess.Popen(command, text=True, **options)
    is_over = threading.Event()

    def kill() -> None:
        if process.poll() is None:  # the block may go on after the command has ended
            is_over.set()
            process.kill()

    limit = threading.Timer(SECONDS, kill)
    limit.daemon = True
    limit.start()
    try:
        yield process
        assert not is_over.is_set()
    except BaseException as error:
        process.kill()
        error.add_note(
            f"the command: {shlex.join(command)}\nits output: {rest_of_output(process)}"
        )
        if is_over.is_set():
            error.add_note(f"it was killed after {SECONDS} s")
        raise
    finally:
        limit.cancel()
        process.kill()
        process.wait(SECONDS)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()


def start_train(
    *arguments: str, program: Path = ROOT / "train.py", **variables: str
) -> AbstractContextManager[subprocess.Popen[str]]:
    """Start train.py in its own process group, as a shell in a terminal does."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    env = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    return started(
        [sys.executable, str(program), *arguments],
        cwd=ROOT,
        process_group=0,
        env=env,
        **pipes,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for train.py; return its exit code and standard error.

    Standard output must be empty.
    """
    out, err = process.communicate(timeout=SECONDS)
    assert out == ""
    assert "Traceback" not in err, err
    return process.returncode, err


def advised_command(message: str) -> list[str]:
    """Return the arguments of the train.py command that a message suggests."""
    match = re.search(r"python train\.py ([^;\n]+)", message)
    assert match, message
    return shlex.split(match[1])


def rest_of_output(process: subprocess.Popen[str]) -> str:
    """Return the unread output of a killed process, whose children may still keep the
    pipes open.
    """
    with suppress(subprocess.TimeoutExpired, ValueError):
        # ValueError means that the test closed the pipes
        return "".join(filter(None, process.communicate(timeout=5)))
    return "(unknown)"


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the next line of the process's standard output, or its standard error if
    it ended without one.
    """
    assert process.stdout
    return process.stdout.readline() or (
        process.stderr.read() if process.stderr else ""
    )


def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command within SECONDS and return its exit code and output."""
    return subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, **options
    )


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Poll until the condition holds. Raise AssertionError after a timeout."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {SECONDS} s"
        time.sleep(0.02)


def is_running(number: int) -> bool:
    """Return whether a process is running. A zombie does not count."""
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    return False


def assert_refused(
    main: Callable[[list[str]], int],
    arguments: list[str],
    name: str,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Assert that a command rejects these arguments: exit code 2 and one line with its
    name and these words.
    """
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{name}: ")
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
