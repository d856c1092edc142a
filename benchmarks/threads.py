"""Time an iteration on several threads: `python -m benchmarks.threads`.

    python -m benchmarks.threads --threads 1 2 16             # wall time, CPU time and page faults of an iteration

The network is that of one digit. The table also has as many processes of one thread as there are cores, which run at
the same time. Otherwise, the processes take turns.
"""

import argparse
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from benchmarks.parse_options import Options, Table, main_of, print_machine
from benchmarks.step import CORES, config_of, start_ours
from benchmarks.timing import WARM_UP_RUNS, TimedProcess
from gan.cli.command_line import whole

OPTIONS: Options = {
    "--threads": {"nargs": "+", "type": whole(1), "default": sorted({1, CORES}), "help": f"(default: 1 and {CORES})"},
}
ITERATIONS, ROUNDS = 40, 10  # iterations of each process in a round


def run(process: TimedProcess, iterations: int) -> dict[str, float]:
    """Return the wall time, the CPU time and the page faults of one of several iterations."""
    before, times, after = process.ask("usage"), process.time(iterations), process.ask("usage")
    used = {name: (after[name] - before[name]) / iterations for name in ("cpu_ms", "faults")}
    return {"ms": statistics.median(times)} | used


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    config = config_of("digits", "relativistic")
    with ExitStack() as stack:
        rows = {f"{n} thread(s)": [stack.enter_context(start_ours(config, n))] for n in asked.threads}
        rows[f"{CORES} process(es)"] = [stack.enter_context(start_ours(config, 1)) for _ in range(CORES)]
        pool = stack.enter_context(ThreadPoolExecutor(CORES))
        found: dict[str, list[dict[str, float]]] = {name: [] for name in rows}
        for iterations in [WARM_UP_RUNS, *[ITERATIONS] * ROUNDS]:
            for name, processes in rows.items():
                found[name] += pool.map(run, processes, [iterations] * len(processes))
    table = Table({"": 14, "ms an iteration": 21, "CPU, ms": 8, "page faults": 11})
    for name, results in found.items():
        counted = results[len(rows[name]) :]  # without the warm-up
        lower, median, upper = statistics.quantiles([result["ms"] for result in counted], n=4)
        cpu, faults = (statistics.median(result[key] for result in counted) for key in ("cpu_ms", "faults"))
        table.row([name, f"{median:.1f} ({lower:.1f} - {upper:.1f})", f"{cpu:.1f}", f"{faults:.0f}"])


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
