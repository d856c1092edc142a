"""Run the process to be timed: `python -m benchmarks.timing_child SPEC`. benchmarks/timing.py starts it.

SPEC is JSON: {"make": "benchmarks.our_iteration:iteration", "threads": 2, ...}. The function named by "make" receives
the other arguments and returns a Timed. The process answers each line of standard input with one line of JSON:

    time 5        run the function five times and return the milliseconds of each run
    check FILE    our side writes its gradients to FILE; PyTorch reads FILE and returns its deviations by name
    memory        return the peak memory of the process in MB

Each side runs in its own process, so neither affects the threads or the memory allocator of the other.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TextIO


@dataclass
class Timed:
    """A function to time, and a function that compares its results with those of another side."""

    run: Callable[[], object]
    check: Callable[[str], dict[str, float]] = lambda path: {}


def time_runs(run: Callable[[], object], count: int) -> list[float]:
    """Return the milliseconds of each run."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    return times


def peak_mb() -> float:
    """Return the peak memory of this process in MB of 10^6 bytes.

    On Linux, read VmHWM, because `getrusage` also counts the memory that the parent held when it started this process.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e6
    except (OSError, KeyError):
        import resource  # imported here because it is missing on Windows

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def answer(timed: Timed, line: str) -> Any:
    """Execute one line of input and return its answer."""
    command, *words = line.split(maxsplit=1)
    if command == "time":
        return time_runs(timed.run, int(words[0]))
    if command == "check":
        return timed.check(words[0])
    if command == "memory":
        return peak_mb()
    raise ValueError(f"expected time, check or memory, received {line!r}")


def serve(timed: Timed, lines: Iterable[str], answers: TextIO) -> None:
    """Answer every line until the input ends."""
    for line in lines:
        print(json.dumps(answer(timed, line.strip())), file=answers, flush=True)


def main() -> None:
    """Call the function that SPEC names, report that it is ready, and answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # send library output to standard error, so that standard output holds only answers
    spec = json.loads(sys.argv[1])
    module, _, function = spec.pop("make").partition(":")
    timed = getattr(importlib.import_module(module), function)(**spec)
    print(json.dumps("ready"), file=answers, flush=True)
    serve(timed, sys.stdin, answers)


if __name__ == "__main__":
    main()
