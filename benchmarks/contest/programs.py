"""Whole programs, timed from outside as a person at a terminal would: started, waited for, and asked what they took.

They decide their threads and memory themselves, so nothing of ours is in their environment. Not for Windows: it is the
system that tells how much memory a program and its children held.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.contest.race import ROOT, ContestError, peer_environment

LOOK_SECONDS = 0.002  # between two looks whether something has happened
LONGEST = 600.0  # seconds to wait for it


@dataclass
class Ran:
    """What a program took: wall time, and the most memory that it or one of its children held."""

    seconds: float
    peak_mb: float


def start(
    arguments: list[str], errors: IO[str], environment: dict[str, str], stdout: int = subprocess.DEVNULL
) -> "subprocess.Popen[str]":
    """Start `python ARGUMENTS` in the project's folder, with an environment that says this besides."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=peer_environment(**environment),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=errors,
    )


def failure(arguments: list[str], errors: IO[str]) -> ContestError:
    """The error of a program that ended badly, with the last line it said."""
    errors.seek(0)
    said = [line.strip() for line in errors if line.strip()]
    return ContestError(f"python {' '.join(arguments)}: {said[-1] if said else 'ended without a word'}")


def run_program(*arguments: str, **environment: str) -> Ran:
    """Run `python ARGUMENTS` to its end; ContestError if its exit code is not 0."""
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        begin = time.perf_counter()
        process = start(list(arguments), errors, environment)
        _, status, usage = os.wait4(process.pid, 0)  # of it and of the children it has waited for
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise failure(list(arguments), errors)
    unit = 1 if sys.platform == "darwin" else 1024
    return Ran(seconds, usage.ru_maxrss * unit / 1e6)


def seconds_until(happened: Callable[[], bool], *arguments: str, **environment: str) -> float:
    """Run `python ARGUMENTS` to its end, and tell when something happened on the way, seconds after the start."""
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        begin = time.perf_counter()
        process = start(list(arguments), errors, environment)
        while not happened() and process.poll() is None and time.perf_counter() - begin < LONGEST:
            time.sleep(LOOK_SECONDS)
        seconds = time.perf_counter() - begin
        if not happened() or process.wait():
            process.kill()
            process.wait()
            raise failure(list(arguments), errors)
    return seconds


@contextmanager
def server(runs: Path, *more: str) -> Iterator[str]:
    """A server on a free port, from the line with its address to the end of the block; its address."""
    arguments = ["server.py", "--port", "0", "--runs", str(runs), *more]
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        process = start(arguments, errors, {}, subprocess.PIPE)
        assert process.stdout
        try:
            line = next((line for line in process.stdout if line.startswith("Open ")), None)  # it may compile first
            if line is None:
                raise failure(arguments, errors)
            yield line.split()[1].rstrip("/")
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
