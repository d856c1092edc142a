"""Help for tests of commands: starting one, waiting for what it does, and how a refusal looks."""

import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest

SECONDS = 120  # longer than any command of the tests may take, even on a busy machine


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a command and kill it at the end of the block, or after SECONDS, so that no read from it waits for ever.

    An error in the block gets a note with the command and what is left of its output.
    """
    process = subprocess.Popen(command, text=True, **options)
    limit = threading.Timer(SECONDS, process.kill)
    limit.daemon = True
    limit.start()
    try:
        yield process
    except BaseException as error:
        process.kill()
        error.add_note(f"the command: {shlex.join(command)}\nwhat it wrote: {rest_of_output(process)}")
        raise
    finally:
        limit.cancel()
        process.kill()
        process.wait(SECONDS)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()


def rest_of_output(process: subprocess.Popen[str]) -> str:
    """Return what a killed process wrote and nobody has read; its children may keep the pipes open."""
    with suppress(subprocess.TimeoutExpired, ValueError):  # a ValueError: the test has read all and closed the pipes
        return "".join(filter(None, process.communicate(timeout=5)))
    return "(unknown)"


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the next line of its standard output, or what it wrote to standard error where it ended without one."""
    assert process.stdout
    return process.stdout.readline() or (process.stderr.read() if process.stderr else "")


def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, within SECONDS, and return its exit code and its output."""
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, **options)


def wait_for(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Wait for another process to have done something."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.02)


def assert_refused(
    main: Callable[[list[str]], int], arguments: list[str], name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command must refuse these arguments: exit code 2 and one line, which begins with its name and has the words."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{name}: ")
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
