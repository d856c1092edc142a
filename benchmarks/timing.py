"""Time several processes in turns, so that their figures can be compared.

A machine's clock and its other users change from minute to minute. Two figures taken one after the other compare the
minutes as much as the programs. So every process runs in every round: once uncounted, then a few counted times. Quote
the ratio of medians; its spread is the lowest and the highest ratio of a round.
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

ROOT = Path(__file__).resolve().parent.parent
# Settings of threads and memory. PyTorch must not inherit ours, nor the user's: its threads are set by a call.
SETTINGS = ("OPENBLAS_", "MKL_", "BLIS_", "VECLIB_", "OMP_", "GOMP_", "KMP_", "MALLOC_")
WARM_UP_RUNS = 3  # before the first round: code is compiled and loaded, memory is allocated


class BenchmarkError(Exception):
    """A benchmark cannot continue: one line for the user, exit code 1."""


def our_environment() -> dict[str, str]:
    """Return the environment of a training worker, which nnet/threads.py has set."""
    return dict(os.environ)


def clean_environment(**additions: str) -> dict[str, str]:
    """Return the environment without settings of threads and memory, plus these additions."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)} | additions


class TimedProcess:
    """Start and control a process that is timed.

    Parameters
    ----------
    name : str
        Its name in tables.
    make : str
        "module:function" that returns a Timed, see benchmarks/timing_child.py.
    environment : dict of str to str
    **arguments
        Arguments of the function; they must be JSON values.
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
        """Send a command and return its answer; BenchmarkError, with its last line, if the process has ended."""
        assert self.process.stdin
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # reading reports why
        return self._read()

    def time(self, count: int) -> list[float]:
        """Return the milliseconds of `count` runs."""
        return [float(ms) for ms in self.ask(f"time {count}")]

    def close(self) -> None:
        """End the process."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.errors.close()


@dataclass
class Timing:
    """The milliseconds of a process, round by round."""

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
        """Return rounded figures."""
        lower, median, upper = (round(ms, 4) for ms in self.quartiles)
        return {"ms": median, "ms_quartiles": [lower, upper], "peak_mb": round(self.peak_mb)}


@dataclass
class Ratio:
    """How many times as long one takes as another: by medians, and the lowest and highest ratio of a round."""

    ratio: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f}x ({self.lowest:.2f} - {self.highest:.2f})"


def ratio(slower: Timing, faster: Timing) -> Ratio:
    """Compare two timings; above 1 if `faster` takes less time."""
    by_round = [statistics.median(a) / statistics.median(b) for a, b in zip(slower.rounds, faster.rounds, strict=True)]
    return Ratio(slower.median / faster.median, min(by_round), max(by_round))


def time_in_turns(processes: Sequence[TimedProcess], rounds: int, count: int) -> dict[str, Timing]:
    """Time the processes in turns, `count` counted runs in each round; return the timings by name."""
    timings = {process.name: Timing([]) for process in processes}
    for process in processes:
        process.time(WARM_UP_RUNS)
    for _ in range(rounds):
        for process in processes:
            timings[process.name].rounds.append(process.time(1 + count)[1:])
    for process in processes:
        timings[process.name].peak_mb = process.ask("memory")
    return timings
