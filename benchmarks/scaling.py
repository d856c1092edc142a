"""What a study would take with more processes: `python -m benchmarks.scaling docs/studies/freeze.jsonl`.

The file has the processor's seconds of every training that was done. They are dealt out again as a pool or a cluster
does, in the order of the plan: each to the process that is free first. What starting a process takes, and finding
things out at the marks, is not in it; so it is the least to expect of machines such as the one that did the study.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contest.report import Table
from gan.command import Parser, exit_code, whole
from gan.errors import InputError
from gan.study.points import Point, read_points

PROCESSES = (1, 2, 10, 20, 40, 100)


def seconds_of(points: Sequence[Point]) -> list[float]:
    """The processor's seconds of each training, up to its last mark; nothing of one that failed before its first."""
    found: dict[tuple[str, str, int], float] = {}
    for point in points:
        found[point["variant"], str(point["digit"]), point["seed"]] = point["cpu_seconds"]
    return list(found.values())


def makespan(seconds: Sequence[float], processes: int) -> float:
    """Seconds until the last of these is done, each begun by the process that is free first."""
    free = [0.0] * processes
    for each in seconds:
        first = free.index(min(free))
        free[first] += each
    return max(free)


def tell(path: Path, processes: Sequence[int]) -> None:
    """Print what the study would take."""
    seconds = seconds_of(read_points(path))
    if not seconds:
        raise InputError(f"{path}: expected what python -m gan.study has found, found no points")
    print(f"{path.name}: {len(seconds)} trainings, the longest of {max(seconds):.0f} s\n")
    table = Table({"processes": 9, "minutes": 7, "times as fast": 13})
    alone = makespan(seconds, 1)
    for count in processes:
        took = makespan(seconds, count)
        table.row([count, f"{took / 60:.1f}", f"{alone / took:.1f}"])


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.scaling", description="What a study would take with more processes.")
    parser.add_argument("study", type=Path, help="the points of a study that was done, as docs/studies/freeze.jsonl")
    parser.add_argument("--processes", type=whole(1), nargs="+", default=PROCESSES, metavar="N")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.scaling`; returns the exit code."""

    def task() -> None:
        asked = build_parser().parse_args(argv)
        tell(asked.study, asked.processes)

    return exit_code("benchmarks.scaling", task)


if __name__ == "__main__":
    sys.exit(main())
