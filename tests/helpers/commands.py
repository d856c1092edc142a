"""Helpers for tests of commands: start a command, wait for it, and check how it rejects input."""

import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest

SECONDS = 240  # longer than any command in the tests takes, even on a busy machine; faulthandler_timeout is longer

# A plan for `python -m tools.study`.
PLAN = """
about = "a trial"
data = "sample"
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
    """Start a command and kill it at the end of the block, or after SECONDS, so that no read blocks forever.

    If the block raises an error, add a note with the command and its unread output. After SECONDS, there is always one.
    """
    process, is_over = subprocess.Popen(command, text=True, **options), threading.Event()

    def kill() -> None:
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
        error.add_note(f"the command: {shlex.join(command)}\nits output: {rest_of_output(process)}")
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


def rest_of_output(process: subprocess.Popen[str]) -> str:
    """Return the unread output of a killed process, whose children may still keep the pipes open."""
    with suppress(subprocess.TimeoutExpired, ValueError):  # ValueError means that the test closed the pipes
        return "".join(filter(None, process.communicate(timeout=5)))
    return "(unknown)"


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the next line of the process's standard output, or its standard error if it ended without one."""
    assert process.stdout
    return process.stdout.readline() or (process.stderr.read() if process.stderr else "")


def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command within SECONDS and return its exit code and output."""
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, **options)


def wait_for(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Poll until the condition holds. Raise AssertionError after a timeout."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)


def assert_refused(
    main: Callable[[list[str]], int], arguments: list[str], name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Assert that a command rejects these arguments: exit code 2 and one line with its name and these words."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{name}: ")
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
