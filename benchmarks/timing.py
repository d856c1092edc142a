"""Time several processes round-robin, so that their timings are comparable.

A machine's clock speed and load change from minute to minute. If one program is timed after the other, the comparison
also reflects those changes. Every process therefore runs in every round: one uncounted run, then a few counted ones.
Report the ratio of medians, with the lowest and highest ratio of any round as its spread.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnet.threads import CHILD_SETTINGS

ROOT = Path(__file__).resolve().parent.parent
# Prefixes of thread and memory settings. PyTorch must inherit neither ours nor the user's.
SETTINGS = ("OPENBLAS_", "MKL_", "BLIS_", "VECLIB_", "OMP_", "GOMP_", "KMP_", "MALLOC_")
WARM_UP_RUNS = 3  # before the first round, so that code is compiled and loaded and memory is allocated


class BenchmarkError(Exception):
    """Raised if a benchmark cannot continue. The user sees its message in one line; the exit code is 1."""


def our_environment() -> dict[str, str]:
    """Return the environment of a training worker, with the settings from nnet/threads.py."""
    return os.environ | CHILD_SETTINGS


def clean_environment(**additions: str) -> dict[str, str]:
    """Return the environment without thread and memory settings, plus these additions."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)} | additions


class TimedProcess:
    """Start and control a process to be timed.

    Parameters
    ----------
    name : str
        The name of the process in tables.
    make : str
        "module:function", a function that returns a Timed. See benchmarks/timing_child.py.
    environment : dict of str to str
        The environment variables of the process.
    **arguments
        Arguments for the function; they must be JSON values.
    """

    def __init__(self, name: str, make: str, environment: dict[str, str], **arguments: Any) -> None:
        self.name = name
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.timing_child", json.dumps({"make": make, **arguments})],
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        try:
            self._read()
        except BenchmarkError:
            self.close()
            raise

    def __enter__(self) -> TimedProcess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _read(self) -> Any:
        assert self.process.stdout
        if line := self.process.stdout.readline():
            return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        said = [line.strip() for line in self.errors if line.strip()]
        raise BenchmarkError(f"{self.name}: its process ended: {said[-1] if said else 'it printed no error'}")

    def ask(self, line: str) -> Any:
        """Send a command and return the process's answer.

        If the process has ended, raise BenchmarkError with the last line that it printed.
        """
        assert self.process.stdin
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # _read raises an error with the reason
        return self._read()

    def time(self, count: int) -> list[float]:
        """Return the milliseconds taken by each of `count` runs."""
        return [float(ms) for ms in self.ask(f"time {count}")]

    def close(self) -> None:
        """Stop the process."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.errors.close()


@dataclass
class Timing:
    """The milliseconds of every run of a process, round by round."""

    rounds: list[list[float]]
    peak_mb: float = 0.0

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """The lower quartile, median and upper quartile of all runs."""
        lower, median, upper = statistics.quantiles([ms for times in self.rounds for ms in times], n=4)
        return lower, median, upper

    @property
    def median(self) -> float:
        """The median of all runs."""
        return statistics.median(ms for times in self.rounds for ms in times)

    def to_json(self) -> dict[str, Any]:
        """Return rounded figures as a JSON object."""
        lower, median, upper = (round(ms, 4) for ms in self.quartiles)
        return {"ms": median, "ms_quartiles": [lower, upper], "peak_mb": round(self.peak_mb)}


@dataclass
class Ratio:
    """The time of one process relative to another: the ratio of medians, and the extreme ratios of any round."""

    ratio: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f}x ({self.lowest:.2f} - {self.highest:.2f})"


def ratio(slower: Timing, faster: Timing) -> Ratio:
    """Compare two timings. The ratio is above 1 if `faster` takes less time."""
    by_round = [statistics.median(a) / statistics.median(b) for a, b in zip(slower.rounds, faster.rounds, strict=True)]
    return Ratio(slower.median / faster.median, min(by_round), max(by_round))


def time_in_turns(processes: Sequence[TimedProcess], rounds: int, count: int) -> dict[str, Timing]:
    """Time the processes round-robin, with `count` counted runs per round. Return the timings by process name."""
    timings = {process.name: Timing([]) for process in processes}
    for process in processes:
        process.time(WARM_UP_RUNS)
    for _ in range(rounds):
        for process in processes:
            timings[process.name].rounds.append(process.time(1 + count)[1:])
    for process in processes:
        timings[process.name].peak_mb = process.ask("memory")
    return timings
