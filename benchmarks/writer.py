"""Time how long a user of the writer waits: `python -m benchmarks.writer`.

    python -m benchmarks.writer
    # CPU and wall time of a process until its first number
    python -m benchmarks.writer --cold

With --cold, a process starts with an empty kernel cache and compiles, and the next one
finds the cache full. This is measured for a number as SVG, and for `python -m
gan.write.warm`, which compiles everything. CPU time depends little on other work on the
machine. Without --cold, the benchmark uses the bundled models and times:

- the command `python -m gan.write`, including its startup;
- ten digits as PNG on one thread, in a new and in a cached handwriting, and the
  additional time for an SVG.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence

from benchmarks.parse_options import Options, Table, main_of, print_machine
from benchmarks.run_programs import Ran, compile_kernels, run_program
from benchmarks.timing import time_runs
from gan.write import to_png, to_svg, write
from nnet.fast.kernels.thread_pool import set_threads

NUMBER = "2026-11-25"
TEN = "1234567890"
OTHER_TEN = "9876543210"
ROUNDS = 5  # of each command
REPEATS = 20  # of the writing in this process, each with a different seed
WRITING = (
    "ten digits as PNG, new handwriting",
    "ten digits as PNG, known handwriting",
    "ten digits, SVG in addition",
)


def print_cold(command: Sequence[str]) -> None:
    """Print the median CPU and wall time of programs with empty and full caches."""
    programs = {"first number": command, "gan.write.warm": ("-m", "gan.write.warm")}
    table = Table({"what": 32, "CPU seconds, median": 19, "seconds": 7})
    for name, arguments in programs.items():
        ran: dict[str, list[Ran]] = {"nothing compiled": [], "compiled": []}
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                for times in ran.values():
                    times.append(run_program(*arguments, NUMBA_CACHE_DIR=folder))
        for state, times in ran.items():
            cpu = statistics.median(one.cpu_seconds for one in times)
            wall = statistics.median(one.seconds for one in times)
            table.row([f"{name}, {state}", f"{cpu:.2f}", f"{wall:.2f}"])


def time_writing(seed: int) -> list[float]:
    """Return the seconds of ten digits: new handwriting, known handwriting, SVG."""
    new = time_runs(lambda: to_png(write(TEN, seed=seed)), 1)
    known = time_runs(lambda: to_png(write(OTHER_TEN, seed=seed)), 1)
    writing = write(OTHER_TEN, seed=seed)
    return [ms / 1000 for ms in new + known + time_runs(lambda: to_svg(writing), 1)]


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    with tempfile.TemporaryDirectory() as folder:
        command = ("-m", "gan.write", NUMBER, "-o", f"{folder}/number.svg")
        if asked.cold:
            return print_cold(command)
        compile_kernels()
        ran = [run_program(*command) for _ in range(ROUNDS)]
    table = Table({"what": 52, "seconds, median": 15, "each": 40})

    def show(what: str, times: Sequence[float]) -> None:
        some = sorted(times)[:: max(1, len(times) // 5)]
        each = ", ".join(f"{seconds:.3f}" for seconds in some)
        table.row([what, f"{statistics.median(times):.3f}", each])

    show("python -m gan.write, whole process", [one.seconds for one in ran])
    set_threads(1)
    write(TEN)  # loads the networks
    each = [time_writing(seed) for seed in range(1, 1 + REPEATS)]
    for what, times in zip(WRITING, zip(*each, strict=True), strict=True):
        show(what, times)


OPTIONS: Options = {
    "--cold": {
        "action": "store_true",
        "help": "only time the first number of a process, also uncompiled",
    },
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
