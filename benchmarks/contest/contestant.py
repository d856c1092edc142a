"""A process that is timed: `python -m benchmarks.contest.contestant SPEC`, started by benchmarks/contest/race.py.

SPEC is JSON: {"make": "benchmarks.sides.ours:iteration", "threads": 2, ...}. The named function is called with the rest
and makes what is timed, by name. Then the process obeys a line of standard input at a time, each with one line of JSON:

    time 5 NAME       five runs of NAME: their milliseconds
    check FILE        compute what the sides are compared by: ours writes it to FILE, a peer reads that and answers
                      with its deviations by name, as benchmarks/contest/agreement.py says
    memory            the most memory the process has held so far, in MB

A process of its own, so that no other library's threads and no other memory allocator are in the way.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TextIO

Check = Callable[[str], dict[str, float]]


@dataclass
class Made:
    """What a contestant's function makes.

    Attributes
    ----------
    subjects : dict of str to function
        What is timed, by name.
    check : function of a file's name
        See "check FILE" above; without one there is nothing to compare.
    before : function of a subject's name
        Called before every run, and not timed.
    """

    subjects: dict[str, Callable[[], object]]
    check: Check = lambda path: {}
    before: Callable[[str], object] = lambda name: None


def time_runs(made: Made, name: str, count: int) -> list[float]:
    """Milliseconds of each of `count` runs."""
    times = []
    for _ in range(count):
        made.before(name)
        start = time.perf_counter()
        made.subjects[name]()
        times.append(1000 * (time.perf_counter() - start))
    return times


def peak_mb() -> float:
    """The most memory this process has held, in MB of 10^6 bytes.

    Linux: VmHWM, for what `getrusage` says there also holds what the parent had when it started this process.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e6
    except (OSError, KeyError):
        import resource  # not on Windows

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def answer(made: Made, line: str) -> Any:
    """Obey one line."""
    command, *words = line.split(maxsplit=1)
    if command == "time":
        count, name = words[0].split(maxsplit=1)
        return time_runs(made, name, int(count))
    if command == "check":
        return made.check(words[0])
    if command == "memory":
        return peak_mb()
    raise ValueError(f"expected time, check or memory, received {line!r}")


def obey(made: Made, lines: Iterable[str], answers: TextIO) -> None:
    """Answer every line until the input ends."""
    for line in lines:
        print(json.dumps(answer(made, line.strip())), file=answers, flush=True)


def main() -> None:
    """Make what SPEC says, say which subjects there are, and obey."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    spec = json.loads(sys.argv[1])
    module, _, function = spec.pop("make").partition(":")
    made = getattr(importlib.import_module(module), function)(**spec)
    print(json.dumps(list(made.subjects)), file=answers, flush=True)
    obey(made, sys.stdin, answers)


if __name__ == "__main__":
    main()
