"""Contestants timed in the same call, in turns, each in a process of its own.

A machine's clock and its other users change from minute to minute, so two figures taken one after the other compare
minutes rather than programs. Here every contestant has its turn in every round: one run that is not counted, then a
few that are. The figure to quote is the ratio of medians; its spread is the lowest and the highest ratio of a round.
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

ROOT = Path(__file__).resolve().parent.parent.parent
# Settings of threads and memory. A peer gets none of ours, nor the reader's: it is told its threads by its own call.
SETTINGS = ("OPENBLAS_", "MKL_", "BLIS_", "VECLIB_", "OMP_", "GOMP_", "KMP_", "MALLOC_")
FIRST_RUNS = 3  # before the first round: code is compiled and loaded, memory fetched


class ContestError(Exception):
    """A benchmark cannot go on: one line for the reader, exit code 1."""


def our_environment() -> dict[str, str]:
    """What a training worker inherits from train.py: nnet/threads.py has set it."""
    return dict(os.environ)


def peer_environment(**additions: str) -> dict[str, str]:
    """An environment without settings of threads and memory, but for these."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)} | additions


class Contestant:
    """The handle of a process that is timed.

    Parameters
    ----------
    name : str
        What tables call it.
    make : str
        "module:function" of what is timed, see benchmarks/contest/contestant.py.
    environment : dict of str to str
    **arguments
        For the function; JSON must be able to hold them.
    """

    def __init__(self, name: str, make: str, environment: dict[str, str], **arguments: Any) -> None:
        self.name, self.spec = name, json.dumps({"make": make, **arguments})
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.contest.contestant", self.spec],
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        try:
            self.subjects: list[str] = self._read()
        except ContestError:
            self.close()
            raise

    def __enter__(self) -> Contestant:
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
        raise ContestError(f"{self.name}: its process ended: {said[-1] if said else 'it said nothing'}")

    def tell(self, line: str) -> None:
        """Give a command; the answer is to be read with `hear`."""
        assert self.process.stdin
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # `hear` tells why

    def hear(self) -> Any:
        """The answer to the last command; ContestError, with the last line it said, if the process has gone."""
        return self._read()

    def ask(self, line: str) -> Any:
        """Give a command and wait for its answer."""
        self.tell(line)
        return self.hear()

    def time(self, count: int, subject: str) -> list[float]:
        """Milliseconds of `count` runs."""
        return [float(ms) for ms in self.ask(f"time {count} {subject}")]

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
    """Milliseconds of a contestant, round by round."""

    rounds: list[list[float]]
    peak_mb: float = 0.0

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """Lower quartile, median, upper quartile of all runs."""
        lower, median, upper = statistics.quantiles([ms for times in self.rounds for ms in times], n=4)
        return lower, median, upper

    @property
    def median(self) -> float:
        """Of all runs."""
        return statistics.median(ms for times in self.rounds for ms in times)

    def to_json(self) -> dict[str, Any]:
        """Rounded, for a file."""
        lower, median, upper = (round(ms, 4) for ms in self.quartiles)
        return {"ms": median, "ms_quartiles": [lower, upper], "peak_mb": round(self.peak_mb)}


@dataclass
class Ratio:
    """How many times as long one takes as another: by medians, and the lowest and highest of a round."""

    ratio: float
    lowest: float
    highest: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f}x ({self.lowest:.2f} - {self.highest:.2f})"


def ratio(slower: Timing, faster: Timing) -> Ratio:
    """Above 1 where `faster` deserves its name."""
    by_round = [statistics.median(a) / statistics.median(b) for a, b in zip(slower.rounds, faster.rounds, strict=True)]
    return Ratio(slower.median / faster.median, min(by_round), max(by_round))


def race(contestants: Sequence[Contestant], rounds: int, count: int, subject: str | None = None) -> dict[str, Timing]:
    """Time a subject of all contestants (default: the first of each), alternating; by their names.

    Every round gives each contestant, in turn, one run that is not counted and `count` that are.
    """
    timings = {contestant.name: Timing([]) for contestant in contestants}
    for contestant in contestants:
        contestant.time(FIRST_RUNS, subject or contestant.subjects[0])
    for _ in range(rounds):
        for contestant in contestants:
            times = contestant.time(1 + count, subject or contestant.subjects[0])
            timings[contestant.name].rounds.append(times[1:])
    for contestant in contestants:
        timings[contestant.name].peak_mb = contestant.ask("memory")
    return timings
