"""Time train.py as a whole, with ten digits on all cores: `python -m benchmarks.workers_and_threads`.

The benchmark trains ten runs of a few iterations on the bundled sample. It compares ways to divide the cores, by
default three: one worker with a single thread, one worker with one thread per core, and one single-threaded worker per
core. With `--divisions 2x1 8x1 1x2 1x16`, there are more workers or threads than a small machine has cores. The wall
time covers the whole program, including startup and saves, so the iterations per second are lower than in a long run.
"""

import statistics
import sys
import tempfile
from collections.abc import Sequence

import nnet.threads
from benchmarks.programs import Ran, run_program
from benchmarks.report import Table, print_machine, run
from gan.cli.command_line import Parser, whole

DIGITS = "0123456789"
Division = tuple[int, int]  # number of workers, threads per worker


def train(division: Division, iterations: int, *more: str) -> Ran:
    """Run train.py once in a temporary folder; `more` are additional options for it."""
    workers, threads = division
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"iterations": iterations, "workers": workers, "threads": threads}
        options = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
        return run_program("train.py", "--digits", *DIGITS, "--out", folder, *options, *more)


def divisions(cores: int) -> list[Division]:
    """Return the ways to divide the cores. The last one is the default of train.py."""
    return list(dict.fromkeys([(1, 1), (1, cores), nnet.threads.divide(cores, len(DIGITS))]))


def division(text: str) -> Division:
    """Parse a division such as "8x1"."""
    workers, _, threads = text.partition("x")
    return whole(1)(workers), whole(1)(threads)


def measure(iterations: int, rounds: int, compared: Sequence[Division], *more: str) -> None:
    """Train with each division in turn and print the times; `more` are additional options for train.py."""
    print_machine()
    run_program("-m", "nnet.fast.warm")
    found: dict[Division, list[Ran]] = {}
    for _ in range(rounds):
        for each in compared:
            found.setdefault(each, []).append(train(each, iterations, *more))
    print_table(found, iterations)


def print_table(found: dict[Division, list[Ran]], iterations: int) -> None:
    """Print one row for each division."""
    table = Table({"workers x threads": 17, "wall time, s (each)": 30, "iterations/s": 12, "peak MB": 7, "speed": 6})
    times = {division: [ran.seconds for ran in runs] for division, runs in found.items()}
    slowest = statistics.median(next(iter(times.values())))
    for (workers, threads), seconds in times.items():
        median, each = statistics.median(seconds), ", ".join(f"{one:.1f}" for one in seconds)
        peak = max(ran.peak_mb for ran in found[workers, threads])
        speed = f"{len(DIGITS) * iterations / median:.1f}"
        wall = f"{median:.1f} ({each})"
        table.row([f"{workers} x {threads}", wall, speed, f"{peak:.0f}", f"{slowest / median:.2f}x"])


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.workers_and_threads` and return the exit code."""
    parser = Parser("python -m benchmarks.workers_and_threads", description="Time the whole job of train.py.")
    parser.add_argument("--iterations", type=whole(1), default=60, help="of each run (default 60)")
    parser.add_argument("--rounds", type=whole(1), default=3, help="(default 3)")
    parser.add_argument(
        "--divisions", nargs="+", type=division, metavar="WxT", help="workers x threads (default: three)"
    )
    parser.add_argument("--cluster", action="store_true", help="use a Dask cluster on this machine, a worker a run")

    def task() -> None:
        asked = parser.parse_args(argv)
        compared = asked.divisions or divisions(nnet.threads.available_cores())
        measure(asked.iterations, asked.rounds, compared, *(["--cluster", "local"] if asked.cluster else []))

    return run("workers_and_threads", task)


if __name__ == "__main__":
    sys.exit(main())
