"""Time train.py as a whole, with ten digits on all cores: `python -m benchmarks.workers_and_threads`.

The benchmark trains ten runs of a few iterations on the bundled sample. It compares ways to divide the cores, by
default three: one worker with a single thread, one worker with one thread per core, and the default of train.py, where
some workers may have one thread more than others. With `--divisions 2x1 8x1 1x2 1x16`, there are more workers or
threads than a small machine has cores. The wall time covers the whole program, including startup and saves, so the
iterations per second are lower than in a long run.
"""

import argparse
import statistics
import sys
import tempfile

import nnet.threads
from benchmarks.command_line import Options, Table, main_of, print_machine
from benchmarks.programs import Ran, run_program
from gan.cli.command_line import whole

DIGITS = "0123456789"
Division = tuple[int, float]  # number of workers, mean number of threads per worker


def train(division: Division, iterations: int) -> Ran:
    workers, threads = division
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"iterations": iterations, "workers": workers, "threads": threads}  # a fraction: the default
        options = [word for name, size in sizes.items() if size % 1 == 0 for word in (f"--{name}", str(int(size)))]
        return run_program("train.py", "--digits", *DIGITS, "--out", folder, *options)


def divisions(cores: int) -> list[Division]:
    """Return the ways to divide the cores. The last one is the default of train.py."""
    each = nnet.threads.divide(cores, len(DIGITS))
    return list(dict.fromkeys([(1, 1), (1, cores), (len(each), sum(each) / len(each))]))


def division(text: str) -> Division:
    """Parse a division such as "8x1"."""
    workers, _, threads = text.partition("x")
    return whole(1)(workers), whole(1)(threads)


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    run_program("-m", "nnet.fast.warm")
    compared = asked.divisions or divisions(nnet.threads.available_cores())
    found: dict[Division, list[Ran]] = {each: [] for each in compared}
    for _ in range(asked.rounds):
        for each, runs in found.items():
            runs.append(train(each, asked.iterations))
    print_table(found, asked.iterations)


def print_table(found: dict[Division, list[Ran]], iterations: int) -> None:
    table = Table({"workers x threads": 17, "wall time, s (each)": 30, "iterations/s": 12, "peak MB": 7, "speed": 6})
    times = {division: [ran.seconds for ran in runs] for division, runs in found.items()}
    slowest = statistics.median(next(iter(times.values())))
    for (workers, threads), seconds in times.items():
        median, each = statistics.median(seconds), ", ".join(f"{one:.1f}" for one in seconds)
        peak = max(ran.peak_mb for ran in found[workers, threads])
        speed = f"{len(DIGITS) * iterations / median:.1f}"
        wall = f"{median:.1f} ({each})"
        table.row([f"{workers} x {threads:g}", wall, speed, f"{peak:.0f}", f"{slowest / median:.2f}x"])


OPTIONS: Options = {
    "--iterations": {"type": whole(1), "default": 60, "help": "of each run (default 60)"},
    "--rounds": {"type": whole(1), "default": 3, "help": "(default 3)"},
    "--divisions": {
        "nargs": "+", "type": division, "metavar": "WxT", "help": "workers x threads (default: three)"
    },
}  # fmt: skip


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
