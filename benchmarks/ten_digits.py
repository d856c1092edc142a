"""The whole job of train.py, ten digits on this machine's cores: `python -m benchmarks.ten_digits`.

Ten runs of a few iterations each from the shipped sample, in turns: one worker with one thread, one worker with all
cores for its threads, and as many workers as cores with a thread each. It is the wall time of the whole program that
counts, start and saving included, so the iterations a second are below those of a long run. Nothing is extrapolated.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence

import nnet.threads
from benchmarks.contest.programs import Ran, run_program
from benchmarks.contest.report import Figures, Table, add_save, run
from gan.command import Parser, whole

DIGITS = "0123456789"


def train(workers: int, threads: int, iterations: int, *more: str) -> Ran:
    """Run train.py once, into a folder that goes; `more` are options of it."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"iterations": iterations, "workers": workers, "threads": threads}
        options = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
        return run_program("train.py", "--digits", *DIGITS, "--out", folder, *options, *more)


def divisions(cores: int) -> list[tuple[int, int]]:
    """(workers, threads): one thread, all threads in one worker, all in workers of their own. The last is `auto`."""
    return list(dict.fromkeys([(1, 1), (1, cores), nnet.threads.divide(cores, len(DIGITS))]))


def measure(iterations: int, rounds: int, *more: str) -> list[Figures]:
    """Train in turns and print what it took; `more` are options of train.py."""
    run_program("-m", "nnet.fast.warm")
    found: dict[tuple[int, int], list[Ran]] = {}
    for _ in range(rounds):
        for division in divisions(nnet.threads.available_cores()):
            found.setdefault(division, []).append(train(*division, iterations, *more))
    table = Table({"workers x threads": 17, "wall time, s (each)": 30, "iterations/s in sum": 19, "peak MB": 7})
    rows = []
    for (workers, threads), runs in found.items():
        seconds = statistics.median(ran.seconds for ran in runs)
        each = ", ".join(f"{ran.seconds:.1f}" for ran in runs)
        speed, peak = len(DIGITS) * iterations / seconds, max(ran.peak_mb for ran in runs)
        table.row([f"{workers} x {threads}", f"{seconds:.1f} ({each})", f"{speed:.1f}", f"{peak:.0f}"])
        rows.append({"workers": workers, "threads": threads, "seconds": [ran.seconds for ran in runs], "peak_mb": peak})
    explain(rows, iterations)
    return rows


def explain(rows: Sequence[Figures], iterations: int) -> None:
    """The ratio, or why there is none."""
    print(f"\nTen runs of {iterations} iterations of the shipped network each.")
    if len(rows) < 2:
        print("There is one core, so there is one way to divide it.")
        return
    *others, best = rows
    for row in others:
        each = [other / seconds for other, seconds in zip(row["seconds"], best["seconds"], strict=True)]
        medians = statistics.median(row["seconds"]) / statistics.median(best["seconds"])
        print(
            f"{best['workers']} x {best['threads']} is {medians:.2f}x as fast as {row['workers']} x {row['threads']} "
            f"({min(each):.2f} - {max(each):.2f})."
        )


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.ten_digits", description="The whole job of train.py.")
    parser.add_argument("--iterations", type=whole(1), default=60, help="of each run (default 60)")
    parser.add_argument("--rounds", type=whole(1), default=3)
    parser.add_argument("--cluster", action="store_true", help="on a Dask cluster of this machine, a worker a run")
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.ten_digits`; returns the exit code, 1 if it cannot go on."""

    def measured(asked: argparse.Namespace) -> list[Figures]:
        return measure(asked.iterations, asked.rounds, *(["--cluster", "local"] if asked.cluster else []))

    return run("ten_digits", build_parser(), argv, measured)


if __name__ == "__main__":
    sys.exit(main())
