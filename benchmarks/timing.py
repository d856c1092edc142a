"""Time several processes round-robin, so that their timings are comparable.

A machine's clock speed and load change from minute to minute. If one program is timed
after the other, the comparison also reflects those changes. Every process therefore
runs in every round: one uncounted run, then a few counted ones. Report the ratio of
medians, with the lowest and highest ratio of any round as its spread.

A process is `python -m benchmarks.timing SPEC`. SPEC is JSON: {"make":
"benchmarks.our_iteration:iteration", "threads": 2, ...}. The function named by "make"
receives the other arguments and returns a Timed. The process answers each line of
standard input with one line of JSON:

    time 5        run the function five times and return the milliseconds of each run
    check FILE    our side writes its gradients to FILE; PyTorch reads FILE and
                  returns its deviations by name
    peak          return its peak memory in MB

Each side runs in its own process, so neither affects the threads or the memory
allocator of the other.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.run_programs import Program

# Runs before the first round, which compile and load code and allocate memory.
WARM_UP_RUNS = 3


class TimedProcess(Program):
    """A process to be timed.

    `make` is "module:function", a function that returns a Timed for JSON arguments.
    """

    def __init__(
        self, name: str, make: str, environment: dict[str, str], **arguments: Any
    ) -> None:
        spec = json.dumps({"make": make, **arguments})
        pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        super().__init__(
            "-m", "benchmarks.timing", spec, environment=environment, **pipes
        )
        self.name = name

    def ask(self, line: str) -> Any:
        """Send a command and return the process's answer.

        If the process has ended, raise InputError.
        """
        assert self.process.stdin
        assert self.process.stdout
        with suppress(BrokenPipeError):
            # The process has ended. It sends no answer, and its log has the reason.
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        if answer := self.process.stdout.readline():
            return json.loads(answer)
        self.process.wait()
        raise self.failure()

    def time(self, count: int) -> list[float]:
        return [float(ms) for ms in self.ask(f"time {count}")]


@dataclass
class Timing:
    """The milliseconds of every run of a process, round by round."""

    rounds: list[list[float]]
    peak_mb: float = 0.0

    @property
    def quartiles(self) -> tuple[float, float, float]:
        lower, median, upper = statistics.quantiles(
            [ms for times in self.rounds for ms in times], n=4
        )
        return lower, median, upper


def ratio(slower: Timing, faster: Timing) -> str:
    """Format the ratio of medians, and the lowest and highest ratio of a single round.

    For example, "1.20x (1.15 - 1.31)" means that `slower` takes 1.2 times as long.
    """
    by_round = [
        statistics.median(a) / statistics.median(b)
        for a, b in zip(slower.rounds, faster.rounds, strict=True)
    ]
    of_medians = slower.quartiles[1] / faster.quartiles[1]
    return f"{of_medians:.2f}x ({min(by_round):.2f} - {max(by_round):.2f})"


def time_in_turns(
    processes: Sequence[TimedProcess], rounds: int, count: int
) -> dict[str, Timing]:
    """Time the processes round-robin, with `count` counted runs per round.

    Return the timings by process name.
    """
    timings = {process.name: Timing([]) for process in processes}
    for process in processes:
        process.time(WARM_UP_RUNS)
    for _ in range(rounds):
        for process in processes:
            timings[process.name].rounds.append(process.time(1 + count)[1:])
    for process in processes:
        timings[process.name].peak_mb = process.ask("peak")
    return timings


# The process to be timed


@dataclass
class Timed:
    """One side of a comparison: a function to time, and a check of its results."""

    run: Callable[[], object]
    check: Callable[[str], dict[str, float]] = lambda path: {}


def time_runs(run: Callable[[], object], count: int) -> list[float]:
    """Return the milliseconds of every run, including garbage collection.

    The module timeit turns that off by default.
    """
    times = timeit.repeat(run, "import gc; gc.enable()", number=1, repeat=count)
    return [1000 * seconds for seconds in times]


def peak_mb() -> float:
    """Return the peak memory of this process in MB of 10^6 bytes.

    On Linux, read VmHWM, because `getrusage` also counts the memory that the parent
    held when it started this process.
    """
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return int(status["VmHWM"].split()[0]) * 1024 / 1e6


def main() -> None:
    """Answer the lines of standard input, until it ends."""
    answers = os.fdopen(os.dup(1), "w")
    # Send library output to standard error, so that the answers stand alone.
    os.dup2(2, 1)
    spec = json.loads(sys.argv[1])
    module, _, function = spec.pop("make").partition(":")
    timed: Timed = getattr(importlib.import_module(module), function)(**spec)
    commands: dict[str, Callable[[str], Any]] = {
        "time": lambda count: time_runs(timed.run, int(count)),
        "check": timed.check,
        "peak": lambda _: peak_mb(),
    }
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        print(json.dumps(commands[command](argument)), file=answers, flush=True)


if __name__ == "__main__":
    main()
