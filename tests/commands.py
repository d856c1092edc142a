"""Help for tests of commands: waiting for what another process does, and how a refusal looks."""

import time
from collections.abc import Callable

import pytest


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait for another process to have done something."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
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
